"""`make setup`: a new project is set up in the doctor's order, by programs that are served."""

import json
import os
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest

from firepod.protocol.tokens import parse_keyring
from tests.fakes.google_changes import BUCKET_CALL, PROGRAM, WELL, Changes
from tests.fakes.google_project import (
    APP,
    AUTH,
    BILLING,
    BUCKET,
    FIREBASE,
    FIRESTORE,
    FUNCTIONS,
    ITSELF,
    POLICY,
    PROJECT,
    RUNPOD_KEY,
    SECRETS,
    SERVICES,
    SITES,
    STORAGE,
    refusal,
    site,
)
from tools.doctor.case import SIGN_INS
from tools.setup.__main__ import main

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def new(operator, monkeypatch):
    """A project on the Blaze plan in which nothing was ever done, and firebase and gcloud."""
    said = operator.google.said
    for path in (FIRESTORE, STORAGE, f"{STORAGE}/iam"):
        del said[path]
    for name in ("RUNPOD_API_KEY", "WEBHOOK_KEYS"):
        for end in ("", ":access"):
            del said[f"{SECRETS}/{name}/versions/latest{end}"]
    said.update(
        {
            SERVICES: {},
            f"{FIREBASE}/webApps": {},
            f"{FIREBASE}/adminSdkConfig": {"projectId": PROJECT},
            SITES: {"sites": [site()]},
            f"{AUTH}/config": refusal(404),
            POLICY: {"bindings": []},
            ITSELF: {"bindings": []},
            FUNCTIONS: {},
        }
    )
    (operator.root / f"functions/.env.{PROJECT}").unlink()
    tools = operator.root / "node_modules/.bin"
    tools.mkdir()
    for path in (operator.bin / "gcloud", tools / "firebase"):
        path.write_text(PROGRAM)
        path.chmod(0o755)
    monkeypatch.setenv("SERVED", operator.google.url)
    operator.google.changes = Changes(said)
    return operator.google.changes


@pytest.fixture
def set_up(operator, new):
    """Runs it; gives the exit code and what was printed, in which nothing secret is."""

    def run(*arguments, key=RUNPOD_KEY):
        given = {"RUNPOD_API_KEY": key} if key else {}
        words = ["--project", PROJECT, "--through", operator.google.url, *arguments]
        operator.capsys.readouterr()
        code = main(words, lambda _: operator.account, operator.root, given, lambda _: None)
        printed = "".join(operator.capsys.readouterr())
        assert RUNPOD_KEY not in printed
        if f"{SECRETS}/WEBHOOK_KEYS/versions/latest:access" in operator.google.said:
            assert new.value("WEBHOOK_KEYS").partition(":")[2] not in printed
        return code, printed

    return run


FIRST = (
    "gcloud services enable firestore",
    "firebase apps:create WEB",
    "PATCH site",
    "firebase deploy --only auth --config tools/setup/anonymous.json",
    "firebase firestore:databases:create (default)",
    "POST defaultBucket",
    "firebase functions:secrets:set RUNPOD_API_KEY",
    "firebase functions:secrets:set WEBHOOK_KEYS",
    "gcloud projects add-iam-policy-binding",
)
LAST = ("gcloud iam service-accounts", "gcloud storage buckets update")


def test_a_new_project_is_set_up_in_the_doctors_order_and_nothing_is_left(operator, new, set_up):
    code, printed = set_up("--yes")

    assert code == 0, printed
    for line, wanted in zip(new.did, FIRST, strict=False):
        assert line.startswith(wanted)
    assert new.did[-2].startswith(LAST[0])
    assert (
        new.did[-1] == f"gcloud storage buckets update gs://{BUCKET} --cors-file=storage.cors.json"
    )
    assert "Nothing is left to do before make deploy." in printed
    assert new.value("RUNPOD_API_KEY") == RUNPOD_KEY
    assert parse_keyring(new.value("WEBHOOK_KEYS"))
    own = (operator.root / f"functions/.env.{PROJECT}").read_text()
    assert own == "MAX_DAILY_TOTAL=2000\n"

    operator.run("--before-deploy")
    assert operator.code == 0
    did = list(new.did)
    assert set_up("--yes")[0] == 0
    assert new.did == did


def test_without_yes_it_says_the_commands_and_changes_nothing(operator, new, set_up):
    before = json.dumps(operator.google.said)

    code, printed = set_up()

    assert (code, new.did, json.dumps(operator.google.said)) == (0, [], before)
    assert "    gcloud services enable firestore.googleapis.com" in printed
    assert f'POST https://{BUCKET_CALL} {{"location": "us-central1"}}' in printed
    assert "    PATCH" not in printed
    assert "Nothing was changed." in printed
    assert not (operator.root / f"functions/.env.{PROJECT}").exists()
    assert {method for method, path, _ in operator.google.asked if path != POLICY} == {"GET"}


def test_what_fails_stops_it_and_the_next_run_goes_on_from_there(new, set_up):
    new.failing = failing = FIRST[7]
    code, printed = set_up("--yes")
    assert code == 1
    assert "It ended with 3, and said why above" in printed
    assert "it goes on from here" in printed
    assert new.did[-1].startswith(failing)

    new.failing, new.did = "", []
    code, printed = set_up("--yes")
    assert (code, new.did[0].startswith(failing)) == (0, True), printed


def stand(**fields):
    return lambda operator: operator.__dict__.update(fields)


BY_YOU = {
    "sign in": (stand(account=None), "login: Nobody is signed in", "firebase login"),
    "the plan": (lambda o: o.google.said.update({BILLING: {}}), "billing: ", "usage/details"),
    "a project": (lambda o: o.google.said.pop(FIREBASE), "project: ", f"projects:create {PROJECT}"),
}


@pytest.mark.parametrize(("take", "says", "mend"), BY_YOU.values(), ids=BY_YOU)
def test_where_a_person_comes_first_it_says_that_and_runs_nothing(
    operator, new, set_up, take, says, mend
):
    take(operator)

    for arguments in ((), ("--yes",)):
        code, printed = set_up(*arguments)

        lines = [line for line in printed.splitlines() if line.startswith("BY YOU")]
        assert (code, new.did, len(lines)) == (1, [], 1)
        assert says in lines[0]
        assert mend in printed


def test_without_runpods_key_all_else_is_done_and_the_key_is_asked_for(new, set_up):
    code, printed = set_up("--yes", key="")

    assert code == 1
    assert printed.splitlines()[-2].startswith("BY YOU     secrets: RUNPOD_API_KEY is yours")
    assert printed.splitlines()[-1].strip().startswith("node_modules/.bin/firebase functions:secr")
    assert [one for one in new.did if "RUNPOD_API_KEY" in one] == []
    assert parse_keyring(new.value("WEBHOOK_KEYS"))
    assert new.did[-1].startswith(LAST[1])


def test_a_key_for_callbacks_stays_and_users_may_have_addresses_instead(new, set_up):
    kept = f"k1:{'7' * 32}"
    new.change("", ["functions:secrets:set", "WEBHOOK_KEYS", "--data-file", "-"], kept)

    assert set_up("--yes", "--sign-in", "email")[0] == 0
    assert new.value("WEBHOOK_KEYS") == kept
    by_address = FIRST[3].replace("anonymous", "email")
    assert f"{by_address} --non-interactive --project {PROJECT}" in new.did


def test_a_program_that_is_not_here_is_named_with_what_was_not_run(operator, set_up):
    (operator.bin / "gcloud").unlink()

    code, printed = set_up("--yes")

    assert code == 1
    assert "gcloud is not here: https://cloud.google.com/sdk" in printed
    assert "Not run:\n    gcloud services enable" in printed


def test_what_is_done_and_takes_no_effect_is_told_as_that(new, set_up):
    new.deaf = True

    code, printed = set_up("--yes")

    assert (code, len(new.did)) == (1, 1)
    assert "It is done, and Google still says: These APIs are off" in printed


def test_a_role_that_the_operator_lacks_is_not_taken_by_setup(operator, new, set_up):
    operator.google.said[POLICY] = refusal(403)

    code, printed = set_up("--yes")

    assert code == 1
    assert "BY YOU     roles: This account may not ask cloudresourcemanager" in printed
    assert [one for one in new.did if "add-iam" in one] == []


def test_google_refusing_a_request_is_told_with_the_request(operator, new, set_up):
    operator.google.changes = lambda asked: (403, {}) if asked.path == BUCKET_CALL else new(asked)

    code, printed = set_up("--yes")

    assert code == 1
    assert f"Google answers 403:\n    POST https://{BUCKET_CALL}" in printed


@pytest.mark.parametrize("project", ["demo-firepod", "../x", ""])
def test_what_is_no_project_is_a_wrong_usage(project, capsys):
    assert main(["--project", project]) == 2
    assert "is no project" in capsys.readouterr().err


def test_firebase_turns_a_way_to_sign_in_on_by_the_file_that_setup_names(google, tmp_path):
    config = str(tmp_path)  # of somebody who has never signed in
    google.said["oauth2/v3/token"] = {"access_token": "t", "expires_in": 3600}
    google.said[f"v1beta1/projects/{PROJECT}:searchApps"] = {
        "apps": [{"appId": APP, "platform": "WEB", "state": "ACTIVE"}]
    }
    google.said["v1beta1/operations/1"] = {"done": True, "response": {}}
    asked = []

    def changes(request):
        if request.path.endswith(":testIamPermissions"):
            return 200, request.body
        if request.path.endswith(":provisionFirebaseApp"):
            asked.append(request.body)
            return 200, {"name": "operations/1"}
        return None

    google.changes = changes
    origins = ("TOKEN", "API", "RESOURCEMANAGER")
    environment = {"PATH": os.environ["PATH"], "HOME": config, "XDG_CONFIG_HOME": config}
    environment |= {f"FIREBASE_{one}_URL": google.url for one in origins}
    environment |= {"FIREBASE_TOKEN": "1//refresh"}
    words = ["deploy", "--only", "auth", "--config", "tools/setup/email.json", "--non-interactive"]
    ran = subprocess.run(
        ["node_modules/.bin/firebase", *words, "--project", PROJECT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    (body,) = asked
    assert (body["appNamespace"], body["parent"]) == (APP, f"projects/{PROJECT}")
    assert body["firebaseAuthInput"] == {"emailAuthProviderMode": "PROVIDER_ENABLED"}


def test_after_ctrl_c_it_goes_on_where_it_was(operator, new):
    def interrupted(_):
        raise KeyboardInterrupt

    new.deaf = True
    words = ["--project", PROJECT, "--through", operator.google.url, "--yes"]
    code = main(words, lambda _: operator.account, operator.root, {}, interrupted)
    assert (code, len(new.did)) == (130, 1)
    assert "Run it again: it goes on" in operator.capsys.readouterr().err


def test_a_sum_that_somebody_has_decided_stays(operator, new, set_up):
    operator.google.said.update(WELL)
    operator.parameter("MAX_DAILY_TOTAL", "0")

    code, printed = set_up("--yes")

    assert (code, new.did) == (0, [])
    assert "MAX_DAILY_TOTAL" not in printed


@pytest.mark.parametrize("name", SIGN_INS)
def test_the_files_of_ways_to_sign_in_are_as_firebase_has_them(name):
    schema = json.loads(
        (ROOT / "node_modules/firebase-tools/schema/firebase-config.json").read_text()
    )
    file = json.loads((ROOT / f"tools/setup/{name}.json").read_text())
    auth = {"$ref": "#/definitions/AuthConfig", "definitions": schema["definitions"]}
    jsonschema_rs.validate(auth, file["auth"])
    assert list(file["auth"]["providers"].values()) == [True]
