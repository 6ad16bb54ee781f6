"""What the doctor says where Google and RunPod refuse, fail or hang, check by check."""

import threading

import pytest

from tests.fakes.google_project import (
    ACCOUNT,
    APP_CHECK,
    AUTH,
    BILLING,
    FIREBASE,
    FIRESTORE,
    FUNCTIONS,
    ITSELF,
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
)
from tools.doctor.finding import Check, broken, well
from tools.doctor.running import findings

# What a check asks first -> the check, and the role that may ask.
ASKED = {
    BILLING: ("billing", "roles/viewer"),
    SERVICES: ("apis", "roles/serviceusage.serviceUsageViewer"),
    f"{AUTH}/config": ("sign-in", "roles/firebaseauth.viewer"),
    SITES: ("web app", "roles/firebase.viewer"),
    FIRESTORE: ("firestore", "roles/datastore.viewer"),
    STORAGE: ("bucket", "roles/storage.bucketViewer"),
    f"{SECRETS}/RUNPOD_API_KEY/versions/latest": ("secrets", "roles/secretmanager.viewer"),
    POLICY: ("roles", "roles/iam.securityReviewer"),
    APP_CHECK: ("app check", "roles/firebaseappcheck.viewer"),
    FUNCTIONS: ("functions", "roles/cloudfunctions.viewer"),
    f"{FIRESTORE}/collectionGroups": ("indexes", "roles/datastore.indexAdmin"),
}
EACH = pytest.mark.parametrize(("path", "name", "role"), [(k, *v) for k, v in ASKED.items()])


def only(checks, name):
    """That check, the only broken one: no other is dragged along."""
    broken = [one["name"] for one in checks.values() if one["state"] == "broken"]
    assert broken[:1] == [name]
    assert set(broken) <= {name, "limits"}  # which asks about guests, too
    return checks[name]


@EACH
def test_who_may_not_ask_is_told_the_role_that_is_missing(operator, path, name, role):
    operator.google.refuse(path, 403)

    said = only(operator.run(), name)

    assert role in said["says"]
    grant = f"gcloud projects add-iam-policy-binding {PROJECT} --member=user:me@example.com"
    assert said["mend"] == [f"{grant} --role={role} --condition=None"]


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, (name, _) in ASKED.items() if path != FUNCTIONS]
)
def test_an_api_that_is_off_is_named_with_the_command_that_turns_it_on(operator, path, name):
    operator.google.refuse(path, 403, "SERVICE_DISABLED")

    said = only(operator.run(), name)

    api = path.partition("/")[0]
    assert said["mend"][0] == f"gcloud services enable {api} --project={PROJECT}"
    assert f"apiid={api}" in said["mend"][1]


@pytest.mark.parametrize(
    ("path", "name", "status"),
    [(path, name, 500) for path, (name, _) in ASKED.items()] + [(SERVICES, "apis", 429)],
)
def test_what_is_out_of_order_is_to_be_tried_again(operator, path, name, status):
    operator.google.refuse(path, status)

    said = only(operator.run(), name)

    assert f"answers {status}" in said["says"]
    assert said["mend"] == ["https://status.cloud.google.com"]


def test_what_does_not_answer_holds_up_nothing_else(operator):
    operator.google.said[BILLING] = None

    said = only(operator.run(seconds=0.3), "billing")

    assert said["says"] == "cloudbilling.googleapis.com does not answer."


@pytest.mark.parametrize("answer", [[1], {"services": 7}, (200, b"<html>")], ids=str)
def test_an_answer_of_another_form_breaks_no_other_check(operator, answer):
    operator.google.said[SERVICES] = answer

    only(operator.run(), "apis")


def test_a_check_that_has_a_bug_says_so_and_breaks_no_other(operator):
    operator.google.said[f"{SECRETS}/RUNPOD_API_KEY/versions/latest:access"] = {"payload": "ha"}

    said = only(operator.run(), "secrets")

    assert "This check itself is broken (TypeError)" in said["says"]


def test_a_sign_in_that_ended_is_renewed(operator):
    operator.google.refuse("", 401)

    said = only(operator.run(), "project")

    assert said["mend"] == ["node_modules/.bin/firebase login --reauth"]


def test_who_may_not_ask_on_the_projects_account_is_told_so(operator):
    operator.google.refuse(f"{AUTH}/config", 403, "USER_PROJECT_DENIED")

    assert "roles/serviceusage.serviceUsageConsumer" in only(operator.run(), "sign-in")["says"]


def test_a_service_account_is_granted_its_role_as_one(operator):
    operator.account = type(operator.account)("ci@p.iam.gserviceaccount.com", "t")
    operator.google.refuse(BILLING, 403)

    assert "--member=serviceAccount:ci@p.iam" in operator.run()["billing"]["mend"][0]


def test_secrets_that_may_not_be_read_are_no_fault_and_runpod_is_not_asked(operator, monkeypatch):
    for name in ("RUNPOD_API_KEY", "WEBHOOK_KEYS"):
        operator.google.said[f"{SECRETS}/{name}/versions/latest:access"] = refusal(403)

    checks = operator.run()

    assert operator.code == 0
    assert checks["secrets"]["state"] == checks["runpod key"]["state"] == "note"
    assert not [path for _, path, _ in operator.google.asked if path.startswith(RUNPOD)]

    monkeypatch.setenv("RUNPOD_API_KEY", "rpa_of-this-shell")
    assert operator.run()["runpod key"]["state"] == "ok"


def test_the_key_of_runpod_goes_to_runpod_and_googles_token_to_google_alone(operator):
    operator.run()

    sent = {
        (path.partition("/")[0], head.get("Authorization", ""))
        for _, path, head in operator.google.asked
    }
    theirs = {host for host, said in sent if said.startswith("Bearer rpa_")}
    assert theirs == {"api.runpod.ai", "rest.runpod.io"}
    assert {host for host, said in sent if "ya29" in said and "googleapis" not in host} == set()
    assert (PAGE, "") in sent


def test_a_key_that_only_runs_jobs_is_enough(operator):
    operator.google.refuse("rest.runpod.io", 403)

    assert operator.run()["endpoints"]["state"] == "ok"


def test_without_an_endpoint_of_ones_own_the_key_is_tried_on_a_public_one(operator):
    operator.parameter("RUNPOD_IMAGE_ENDPOINT_ID", "")

    checks = operator.run()

    (asked,) = [path for _, path, _ in operator.google.asked if path.startswith(RUNPOD)]
    assert asked.endswith("/status/doctor")
    assert checks["runpod key"]["state"] == checks["endpoints"]["state"] == "ok"


def test_before_the_first_deployment_what_it_brings_is_only_noted(operator):
    operator.google.said[FUNCTIONS] = {}

    checks = operator.run()

    assert operator.code == 0
    assert [checks[name]["state"] for name in ("functions", "indexes", "page")] == ["note"] * 3


def test_before_the_first_deployment_the_functions_api_may_be_off(operator):
    operator.google.refuse(FUNCTIONS, 403, "SERVICE_DISABLED")

    assert operator.run()["functions"]["says"] == "Nothing is deployed yet."
    assert operator.code == 0


def test_an_api_that_is_off_only_for_the_projects_account_is_asked_without_it(operator):
    """A new project has no Cloud Billing API; firebase-tools' own project has."""
    operator.google.off_on_account.add(BILLING)

    assert operator.run()["billing"]["state"] == "ok"


def test_before_a_deployment_what_it_mends_is_not_asked(operator):
    operator.google.said[FUNCTIONS] = functions(*NAMES[:3])

    assert "functions" in operator.run()
    assert operator.code == 1
    assert not {"functions", "indexes", "page"} & operator.run("--before-deploy").keys()
    assert operator.code == 0


def test_lists_are_read_to_their_last_page(operator):
    every = operator.google.said[FIREBASE + "/webApps"]
    operator.google.said[FIREBASE + "/webApps"] = {"nextPageToken": "2"}
    operator.google.answer_page(FIREBASE + "/webApps", "pageToken=2", every)

    assert operator.run()["web app"]["state"] == "ok"


def test_an_editor_of_the_project_needs_but_the_right_to_sign(operator):
    account = operator.google.said[POLICY]["bindings"][0]["members"]
    operator.google.said[POLICY] = {"bindings": [{"role": "roles/editor", "members": account}]}
    operator.google.said[f"{STORAGE}/iam"] = {
        "bindings": [
            {"role": "roles/storage.legacyBucketOwner", "members": [f"projectEditor:{PROJECT}"]}
        ]
    }

    assert operator.run()["roles"]["state"] == "ok"


def test_the_account_that_the_deployed_functions_have_is_the_one_that_is_looked_at(operator):
    own = f"firepod@{PROJECT}.iam.gserviceaccount.com"
    for one in operator.google.said[FUNCTIONS]["functions"]:
        one["serviceConfig"]["serviceAccountEmail"] = own
    operator.google.said[ITSELF.replace(ACCOUNT, own)] = {}

    said = operator.run()["roles"]

    assert said["says"].startswith(f"{own} lacks roles/datastore.user")
    assert all(f"serviceAccount:{own}" in line for line in said["mend"])


def test_a_role_under_a_condition_counts_for_nothing(operator):
    for one in operator.google.said[POLICY]["bindings"]:
        one["condition"] = {"expression": "request.time < timestamp('2020-01-01T00:00:00Z')"}

    assert operator.run()["roles"]["state"] == "broken"


def test_all_of_them_together_take_no_longer_than_they_may():
    waiting = threading.Event()

    def look(_case):
        waiting.wait(10)
        return well("late")

    quick = Check(name="quick", asks="?", look=lambda _case: well("soon"))
    slow = Check(name="slow", asks="?", look=look)
    try:
        found = {one.name: said for one, said in findings([slow, quick], None, seconds=0.1)}
    finally:
        waiting.set()
    assert found == {
        "quick": well("soon"),
        "slow": broken("Nobody answered within 0.1 s.", "try again"),
    }
