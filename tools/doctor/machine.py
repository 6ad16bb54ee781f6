"""What this machine needs, and whether somebody is signed in."""

import re
import shutil
import subprocess
import sys

from tools.doctor.case import FIREBASE, Case
from tools.doctor.finding import Check, Finding, broken, note, well

SECONDS = 15.0
PYTHON = (3, 11)
NODE = (20,)


def version_of(program: str) -> tuple[int, ...] | None:
    """What `--version` says; () where it says no number, None where there is no such program."""
    path = shutil.which(program)
    if path is None:
        return None
    try:
        ran = subprocess.run(  # noqa: S603 (one of the programs named below)
            [path, "--version"], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"\d+(?:\.\d+)+", ran.stdout + ran.stderr)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def look_at_tools(_case: Case) -> Finding:
    if sys.version_info[:2] != PYTHON:
        return broken(
            f"This is Python {_dotted(sys.version_info[:2])}, and the functions run on 3.11.",
            "https://www.python.org/downloads/",
        )
    found = {name: version_of(name) for name in ("node", "npm", "make", "git")}
    node = found["node"]
    if node is None or node < NODE:
        says = "is not on the PATH" if node is None else "is older than 20"
        return broken(f"node {says}; firebase-tools needs Node 20.", "https://nodejs.org/download")
    if lacking := [name for name, version in found.items() if version is None]:
        return broken(f"{', '.join(lacking)} is not on the PATH.", "install it, and try again")
    versions = {"Python": sys.version_info[:3], **found}
    says = ", ".join(f"{name} {_dotted(version)}" for name, version in versions.items())
    if shutil.which("gcloud") is None:
        return note(
            f"{says}. gcloud is not here: lines that begin with it also run in Cloud Shell.",
            "https://shell.cloud.google.com or https://cloud.google.com/sdk/docs/install",
        )
    return well(f"{says}, gcloud.")


def look_at_firebase_tools(case: Case) -> Finding:
    locked = case.read_json("package.json")["devDependencies"]["firebase-tools"]
    try:
        installed = case.read_json("node_modules/firebase-tools/package.json")["version"]
    except OSError:
        return broken("firebase-tools is not installed.", "make node_modules/.installed")
    if installed != locked:
        return broken(
            f"firebase-tools is {installed}, and package-lock.json says {locked}.",
            "npm ci --omit=optional",
        )
    return well(f"firebase-tools {installed}, that of package-lock.json.")


def look_at_login(case: Case) -> Finding:
    if case.account is None:
        return broken("Nobody is signed in at Firebase.", f"{FIREBASE} login")
    who = case.account.email or "who the environment names"
    return well(f"Signed in as {who}.")


CHECKS = (
    Check(
        name="machine",
        asks="Python 3.11, Node 20, npm, make and git are here; gcloud, if it is",
        look=look_at_tools,
        of_machine=True,
    ),
    Check(
        name="firebase-tools",
        asks="the version that package-lock.json names is installed",
        look=look_at_firebase_tools,
        of_machine=True,
    ),
    Check(
        name="login",
        asks="somebody is signed in: firebase login, or credentials of the environment",
        look=look_at_login,
        needs=("firebase-tools",),
        of_machine=True,
    ),
)


def _dotted(version: tuple[int, ...] | None) -> str:
    return ".".join(str(part) for part in version or ())
