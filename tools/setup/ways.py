"""What mends a finding of the doctor, as far as a program can."""

import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from firepod.parameters import REGION, SECRETS
from tools.doctor.case import FIREBASE, Case
from tools.doctor.finding import Check, Finding, State
from tools.setup.steps import Command, Parameter, Request, Step

# Whose commands are run as the doctor gives them. The others' are a person's to choose.
COMMANDS = ("apis", "web app", "sign-in", "firestore", "roles", "cors")
# Nothing after them can be mended before they are.
STOPS = ("machine", "firebase-tools", "login", "project", "billing")
LIMITED = "MAX_DAILY_TOTAL"
DAILY_TOTAL = "2000"  # units, as the doctor proposes


@dataclass(frozen=True, slots=True)
class Person:
    """Only a person can do it."""

    says: str


def way(
    case: Case, check: Check, finding: Finding, given: Mapping[str, str]
) -> tuple[Step, ...] | Person | None:
    """The steps, in their order; None where nothing has to be done.

    `given` are the variables of this shell: RunPod's key is taken from there.
    """
    if finding.state is State.WARNING:
        return _decided(case, check, finding)
    if finding.state is not State.BROKEN:
        return None
    lines = _commands(case, finding)
    if lines and lines[0][:3] == ("gcloud", "services", "enable"):
        return (Command(lines[0]),)
    if check.name == "secrets":
        return _secrets(case, finding, given)
    if finding.mend[:1] == (case.setup,):
        return (_bucket(case) if check.name == "bucket" else _link(case),)
    if check.name in COMMANDS and lines:
        return tuple(Command(words) for words in lines)
    return Person("\n    ".join((f"{check.name}: {finding.says}", *finding.mend)))


def _decided(case: Case, check: Check, finding: Finding) -> tuple[Step, ...] | None:
    """Of warnings only what has one right answer, or bounds what a day may cost."""
    if check.name == "cors":
        return tuple(Command(words) for words in _commands(case, finding))
    # A 0 in the project's own file is somebody's decision.
    here = case.parameters
    if check.name == "limits" and here.values.get(LIMITED) == "0" and LIMITED not in here.own:
        return (Parameter(LIMITED, DAILY_TOTAL),)
    return None


def _commands(case: Case, finding: Finding) -> list[tuple[str, ...]]:
    """The lines of a finding that are commands; nobody but the functions is given a role."""
    found = [one for one in finding.mend if one.startswith(("gcloud ", FIREBASE))]
    if any("add-iam-policy-binding" in one for one in found):
        functions = f" --member=serviceAccount:{case.service_account} "
        found = [one for one in found if functions in one]
    return [tuple(shlex.split(one)) for one in found]


def _secrets(case: Case, finding: Finding, given: Mapping[str, str]) -> tuple[Step, ...] | Person:
    mends = " ".join(finding.mend)
    if not any(name in mends for name in SECRETS):  # it could not be asked
        return Person("\n    ".join((f"secrets: {finding.says}", *finding.mend)))
    lacking = [name for name in SECRETS if name in mends or case.secret_version(name) is None]
    values = {
        "RUNPOD_API_KEY": (given.get("RUNPOD_API_KEY", "").strip(), "the key of this shell"),
        "WEBHOOK_KEYS": (f"k1:{secrets.token_hex(32)}", "a new key, which nobody sees"),
    }
    steps = tuple(
        Command(
            tuple(
                shlex.split(
                    case.firebase(f"functions:secrets:set {name} --data-file - --non-interactive")
                )
            ),
            *values[name],
        )
        for name in lacking
        if values[name][0]
    )
    return steps or Person(
        "secrets: RUNPOD_API_KEY is yours to make (https://console.runpod.io/user/settings)"
        f" and to type:\n    {case.firebase('functions:secrets:set RUNPOD_API_KEY')}"
    )


def _bucket(case: Case) -> Request:
    # https://firebase.google.com/docs/reference/rest/storage/rest/v1alpha/projects.defaultBucket/create
    url = f"https://firebasestorage.googleapis.com/v1alpha/projects/{case.project}/defaultBucket"
    return Request("POST", url, {"location": REGION})


def _link(case: Case) -> Request:
    # https://firebase.google.com/docs/reference/hosting/rest/v1beta1/projects.sites/patch
    url = f"https://firebasehosting.googleapis.com/v1beta1/{case.site.get('name', '')}"
    return Request("PATCH", f"{url}?updateMask=appId", {"appId": case.apps[0].get("appId", "")})
