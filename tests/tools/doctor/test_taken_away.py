"""`make doctor` where everything is well, and with each prerequisite taken away in turn."""

import pytest

from tests.fakes.google_project import (
    ACCOUNT,
    APP_CHECK,
    AUTH,
    BILLING,
    BUCKET,
    ENDPOINT,
    FIREBASE,
    FIRESTORE,
    FUNCTIONS,
    ITSELF,
    MANAGED,
    NAMES,
    PAGE,
    POLICY,
    PROJECT,
    RUNPOD,
    SECRETS,
    SERVICES,
    SITES,
    STORAGE,
    functions,
    refusal,
    secret_value,
)
from tools.doctor.order import CHECKS

SETTING = f"node_modules/.bin/firebase functions:secrets:set %s --project {PROJECT}"
INDEXES = f"{FIRESTORE}/collectionGroups/-/indexes"
FIELDS = f"{FIRESTORE}/collectionGroups/-/fields"


def without(path):
    return lambda operator: operator.google.said.pop(path)


def says(path, answer):
    return lambda operator: operator.google.said.update({path: answer})


def changed(path, **fields):
    return lambda operator: operator.google.said[path].update(fields)


def parameters(**values):
    def change(operator):
        for name, value in values.items():
            operator.parameter(name, value)

    return change


def lacks_role(path, role):
    def change(operator):
        bindings = operator.google.said[path]["bindings"]
        bindings[:] = [one for one in bindings if one["role"] != f"roles/{role}"]

    return change


def without_api(name):
    def change(operator):
        listed = operator.google.said[SERVICES]["services"]
        listed[:] = [one for one in listed if not one["name"].endswith(f"/{name}.googleapis.com")]

    return change


def public_files(**access):
    def change(operator):
        operator.parameter("MEDIA_URLS", "public")
        operator.google.said[STORAGE]["iamConfiguration"] = access

    return change


def index_state(path, name, **fields):
    def change(operator):
        entry = operator.google.said[path][name][0]
        (entry["indexConfig"]["indexes"][0] if name == "fields" else entry).update(fields)

    return change


def granting(role):
    line = f"gcloud projects add-iam-policy-binding {PROJECT}"
    return f"{line} --member=serviceAccount:{ACCOUNT} --role={role} --condition=None"


def on_itself(role):
    line = f"gcloud iam service-accounts add-iam-policy-binding {ACCOUNT} --project={PROJECT}"
    return f"{line} --member=serviceAccount:{ACCOUNT} --role={role} --condition=None"


BROKEN = {
    "no node": (lambda o: (o.bin / "node").unlink(), "machine", "https://nodejs.org"),
    "an old node": (lambda o: o.program("node", "v18.9.1"), "machine", "https://nodejs.org"),
    "no git": (lambda o: (o.bin / "git").unlink(), "machine", "install it"),
    "other firebase-tools": (
        lambda o: (o.root / "node_modules/firebase-tools/package.json").write_text(
            '{"version": "1.2.3"}'
        ),
        "firebase-tools",
        "npm ci",
    ),
    "no firebase-tools": (
        lambda o: (o.root / "node_modules/firebase-tools/package.json").unlink(),
        "firebase-tools",
        "make node_modules/.installed",
    ),
    "nobody signed in": (
        lambda o: setattr(o, "account", None),
        "login",
        "node_modules/.bin/firebase login",
    ),
    "no project": (without(FIREBASE), "project", f"projects:create {PROJECT}"),
    "somebody else's": (says(FIREBASE, refusal(403)), "project", "projects:list"),
    "Spark": (changed(BILLING, billingEnabled=False), "billing", "usage/details"),
    "no billing account": (says(BILLING, {}), "billing", "usage/details"),
    "signing off": (
        without_api("iamcredentials"),
        "apis",
        f"gcloud services enable iamcredentials.googleapis.com --project={PROJECT}",
    ),
    "Authentication never started": (
        says(f"{AUTH}/config", refusal(404)),
        "sign-in",
        "authentication/providers",
    ),
    "no provider": (says(f"{AUTH}/config", {}), "sign-in", "authentication/providers"),
    "only a provider that is off": (
        lambda o: o.google.said.update(
            {
                f"{AUTH}/config": {},
                f"{AUTH}/defaultSupportedIdpConfigs": {
                    "defaultSupportedIdpConfigs": [
                        {"name": "projects/1/x/google.com", "enabled": False}
                    ]
                },
            }
        ),
        "sign-in",
        "authentication/providers",
    ),
    "no web app": (says(f"{FIREBASE}/webApps", {}), "web app", "apps:create WEB firepod"),
    "a deleted web app": (
        says(f"{FIREBASE}/webApps", {"apps": [{"appId": "1", "state": "DELETED"}]}),
        "web app",
        "apps:create WEB firepod",
    ),
    "not linked": (
        says(SITES, {"sites": [{"type": "DEFAULT_SITE", "defaultUrl": "https://x"}]}),
        "web app",
        "settings/general/web:1:123456:web:abc",
    ),
    "no Hosting site": (
        says(SITES, {}),
        "web app",
        f"hosting:sites:create {PROJECT} --app 1:123456:web:abc",
    ),
    "no Firestore": (
        without(FIRESTORE),
        "firestore",
        'firestore:databases:create "(default)" --location us-central1',
    ),
    "Datastore mode": (changed(FIRESTORE, type="DATASTORE_MODE"), "firestore", "native mode"),
    "no bucket": (
        says(f"{FIREBASE}/adminSdkConfig", {"projectId": PROJECT}),
        "bucket",
        f"https://console.firebase.google.com/project/{PROJECT}/storage",
    ),
    "a bucket that is gone": (without(STORAGE), "bucket", "/storage"),
    "a bad parameter": (
        parameters(MAX_DAILY_PER_USER="many"),
        "parameters",
        f"functions/.env.{PROJECT}",
    ),
    "an unknown parameter": (parameters(MAX_DAYLY_TOTAL="7"), "parameters", ".env"),
    "no such table": (parameters(MODELS="nowhere.toml"), "parameters", ".env"),
    "no key of RunPod": (
        without(f"{SECRETS}/RUNPOD_API_KEY/versions/latest"),
        "secrets",
        SETTING % "RUNPOD_API_KEY",
    ),
    "a disabled key": (
        says(f"{SECRETS}/RUNPOD_API_KEY/versions/latest", {"state": "DISABLED"}),
        "secrets",
        SETTING % "RUNPOD_API_KEY",
    ),
    "no key for callbacks": (
        without(f"{SECRETS}/WEBHOOK_KEYS/versions/latest"),
        "secrets",
        "openssl rand -hex 32",
    ),
    "a short key for callbacks": (
        says(f"{SECRETS}/WEBHOOK_KEYS/versions/latest:access", secret_value("k1:short")),
        "secrets",
        "functions:secrets:set WEBHOOK_KEYS --data-file -",
    ),
    "RunPod refuses": (
        says(f"{RUNPOD}/{ENDPOINT}/health", (401, {})),
        "runpod key",
        SETTING % "RUNPOD_API_KEY",
    ),
    "RunPod is out of order": (
        says(f"{RUNPOD}/{ENDPOINT}/health", (503, b"out of order")),
        "runpod key",
        "https://uptime.runpod.io",
    ),
    "no such endpoint": (
        without(f"{RUNPOD}/{ENDPOINT}/health"),
        "endpoints",
        "tools.runpod endpoints create",
    ),
    **{
        f"without {role}": (lacks_role(POLICY, role), "roles", granting(f"roles/{role}"))
        for role in (
            "datastore.user",
            "cloudtasks.enqueuer",
            "run.invoker",
            "cloudbuild.builds.builder",
            "firebaseauth.viewer",
        )
    },
    "without the bucket's role": (
        lacks_role(POLICY, "storage.objectAdmin"),
        "roles",
        f"gcloud storage buckets add-iam-policy-binding gs://{BUCKET}",
    ),
    **{
        f"without {role}": (lacks_role(ITSELF, role), "roles", on_itself(f"roles/{role}"))
        for role in ("iam.serviceAccountUser", "iam.serviceAccountTokenCreator")
    },
    "no account of the functions": (without(ITSELF), "roles", "compute.googleapis.com"),
    "public files of uniform access": (
        public_files(uniformBucketLevelAccess={"enabled": True}),
        "public files",
        f"gs://{BUCKET} --no-uniform-bucket-level-access",
    ),
    "public files that may not be": (
        public_files(publicAccessPrevention="enforced"),
        "public files",
        f"gs://{BUCKET} --no-public-access-prevention",
    ),
    "App Check without an app": (
        without(f"{APP_CHECK}/recaptchaEnterpriseConfig"),
        "app check",
        "appcheck/apps",
    ),
    "a function less": (
        says(FUNCTIONS, functions(*NAMES[1:])),
        "functions",
        f"make deploy PROJECT={PROJECT}",
    ),
    "a function that failed": (
        lambda o: o.google.said[FUNCTIONS]["functions"][0].update(state="FAILED"),
        "functions",
        "functions/logs",
    ),
    "functions elsewhere": (
        says(FUNCTIONS, functions(*NAMES, region="europe-west1")),
        "functions",
        f"make deploy PROJECT={PROJECT}",
    ),
    "no index": (
        lambda o: o.google.said[INDEXES]["indexes"].pop(0),
        "indexes",
        "firebase deploy --only firestore:indexes",
    ),
    "no index of a field": (
        lambda o: o.google.said[FIELDS].update(fields=[]),
        "indexes",
        "firebase deploy --only firestore:indexes",
    ),
    "a broken index": (
        index_state(INDEXES, "indexes", state="NEEDS_REPAIR"),
        "indexes",
        "firestore/indexes",
    ),
    "a page without configuration": (
        without(f"{PAGE}/__/firebase/init.json"),
        "page",
        "make deploy",
    ),
    "a page of another project": (
        changed(f"{PAGE}/__/firebase/init.json", projectId="another"),
        "page",
        "make deploy",
    ),
    "an api that fails": (says(f"{PAGE}/api/health", (503, {})), "page", "functions/logs"),
}


def test_where_everything_is_well_all_is_ok_and_nothing_was_changed(operator):
    checks = operator.run()

    assert {one["name"]: one["state"] for one in checks.values()} == dict.fromkeys(
        [check.name for check in CHECKS], "ok"
    )
    assert (operator.code, operator.told["ok"], operator.told["first"]) == (0, True, None)
    changes = [path for method, path, _ in operator.google.asked if method != "GET"]
    assert sorted(changes) == sorted([POLICY, ITSELF])  # Google's way to ask for a policy


@pytest.mark.parametrize(("take", "name", "mend"), BROKEN.values(), ids=BROKEN)
def test_what_is_taken_away_is_named_first_with_what_mends_it(operator, take, name, mend):
    take(operator)

    checks = operator.run()

    assert (operator.code, operator.told["first"]) == (1, name)
    assert any(mend in line for line in checks[name]["mend"]), checks[name]
    states = {one["state"] for one in checks.values() if one["name"] != name}
    assert states <= {"ok", "not asked", "note", "warning"}


WARNED = {
    "far from the functions": (
        changed(FIRESTORE, locationId="eur3"),
        "firestore",
        "a database cannot be moved",
    ),
    "no CORS": (changed(STORAGE, cors=[]), "cors", f"gs://{BUCKET} --cors-file=storage.cors.json"),
    "no sum": (parameters(MAX_DAILY_TOTAL="0"), "limits", "MAX_DAILY_TOTAL=2000"),
    "guests without a sum": (parameters(MAX_DAILY_TOTAL="0"), "limits", "MAX_DAILY_PER_GUEST=0"),
    "kept for ever": (parameters(RETENTION_DAYS="0"), "limits", "RETENTION_DAYS=90"),
    "any page": (parameters(CORS_ORIGINS="*"), "limits", "CORS_ORIGINS=https://my-project.web.app"),
    "any app": (parameters(ENFORCE_APP_CHECK="false"), "limits", "ENFORCE_APP_CHECK=true"),
    "an endpoint without workers": (
        changed(f"{MANAGED}/{ENDPOINT}", workersMax=0),
        "endpoints",
        "console.runpod.io",
    ),
    "an endpoint that ends runs early": (
        changed(f"{MANAGED}/{ENDPOINT}", executionTimeoutMs=60_000),
        "endpoints",
        "console.runpod.io",
    ),
    "an endpoint without a GPU": (
        changed(f"{RUNPOD}/{ENDPOINT}/health", workers={"throttled": 2}),
        "endpoints",
        "console.runpod.io",
    ),
    "an endpoint with ill workers": (
        changed(f"{RUNPOD}/{ENDPOINT}/health", workers={"unhealthy": 1, "idle": 1}),
        "endpoints",
        "console.runpod.io",
    ),
    "an index that is being built": (
        index_state(FIELDS, "fields", state="CREATING"),
        "indexes",
        "firestore/indexes",
    ),
    "a TTL policy": (
        lambda o: o.google.said[FIELDS]["fields"][0].update(ttlConfig={"state": "ACTIVE"}),
        "indexes",
        "ttl?project=my-project",
    ),
}


@pytest.mark.parametrize(("take", "name", "mend"), WARNED.values(), ids=WARNED)
def test_what_works_and_should_be_decided_is_a_warning_and_no_failure(operator, take, name, mend):
    take(operator)

    checks = operator.run()

    assert (operator.code, operator.told["ok"], checks[name]["state"]) == (0, True, "warning")
    assert any(mend in line for line in checks[name]["mend"]), checks[name]
