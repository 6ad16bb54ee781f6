"""firebase, gcloud and REST of Google, as far as `make setup` has them change a project."""

import base64
import json
import sys
from typing import Any

from tests.fakes.google_project import (
    ACCOUNT,
    AUTH,
    FIREBASE,
    FIRESTORE,
    ITSELF,
    POLICY,
    PROJECT,
    SECRETS,
    SERVICES,
    SITES,
    STORAGE,
    GoogleProject,
    secret_value,
    site,
)
from tests.fakes.json_server import Answer, Asked

WELL = GoogleProject().said
DID = "did.example/did"  # where the programs tell what they were told
BUCKET_CALL = f"firebasestorage.googleapis.com/v1alpha/projects/{PROJECT}/defaultBucket"
SITE_CALL = f"firebasehosting.googleapis.com/v1beta1/projects/{PROJECT}/sites/{PROJECT}"
# What each program is: it tells SERVED what it was told, and ends as it is told. Its second line is
# one of the shell's and of Python's, because no first line can name a path with a space.
PROGRAM = f"""#!/bin/sh
"exec" "{sys.executable}" "-SE" "$0" "$@"
import json, os, sys, urllib.request
told = json.dumps({{"words": sys.argv, "given": sys.stdin.read()}}).encode()
kind = {{"Content-Type": "application/json"}}
asked = urllib.request.Request(os.environ["SERVED"] + "/{DID}", told, kind)
sys.exit(json.load(urllib.request.urlopen(asked))["code"])
"""


class Changes:
    """Does to the served project what firebase, gcloud and the REST interfaces would."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said
        self.did: list[str] = []  # in order, shortened
        self.failing = ""  # the beginning of what fails
        self.deaf = False  # says that it is done, and does nothing

    def __call__(self, asked: Asked) -> Answer | None:
        if asked.path == DID:
            program, *words = asked.body["words"]
            name = program.rpartition("/")[2]
            return 200, {"code": self.run(name, words, asked.body["given"])}
        if asked.method == "PATCH" and asked.path == SITE_CALL:
            self.did.append("PATCH site")
            assert asked.query == "updateMask=appId"
            self.said[SITES] = {"sites": [site(**asked.body)]}
            return 200, {}
        if asked.method == "POST" and asked.path == BUCKET_CALL:
            self.did.append("POST defaultBucket")
            assert asked.body == {"location": "us-central1"}
            self.restore(f"{FIREBASE}/adminSdkConfig", f"{STORAGE}/iam")
            self.said[STORAGE] = {**WELL[STORAGE], "cors": []}
            return 200, {}
        return None

    def run(self, name: str, words: list[str], given: str) -> int:
        line = f"{name} {' '.join(words)}"
        assert f"--project {PROJECT}" in line or name == "gcloud"
        self.did.append(line)
        if self.failing and line.startswith(self.failing):
            return 3
        if not self.deaf:
            self.change(line, words, given)
        return 0

    def change(self, line: str, words: list[str], given: str) -> None:
        role = line.partition("--role=")[2].partition(" ")[0]
        binding = {"role": role, "members": [f"serviceAccount:{ACCOUNT}"]}
        match words[:2]:
            case ["services", "enable"]:
                self.restore(SERVICES)
            case ["apps:create", "WEB"]:
                self.restore(f"{FIREBASE}/webApps")
            case ["deploy", "--only"]:
                way = "anonymous" if "tools/setup/anonymous.json" in words else "email"
                self.said[f"{AUTH}/config"] = {"signIn": {way: {"enabled": True}}}
            case ["firestore:databases:create", "(default)"]:
                self.restore(FIRESTORE)
            case ["functions:secrets:set", secret]:
                assert words[2:4] == ["--data-file", "-"]
                where = f"{SECRETS}/{secret}/versions/latest"
                self.said[where] = {"state": "ENABLED"}
                self.said[f"{where}:access"] = secret_value(given)
            case ["projects", "add-iam-policy-binding"]:
                self.said[POLICY]["bindings"].append(binding)
            case ["iam", "service-accounts"]:
                self.said[ITSELF]["bindings"].append(binding)
            case ["storage", "buckets"]:
                if role:
                    self.said[f"{STORAGE}/iam"]["bindings"].append(binding)
                else:
                    self.restore(STORAGE)
            case _:
                raise AssertionError(line)

    def restore(self, *paths: str) -> None:
        for path in paths:
            self.said[path] = json.loads(json.dumps(WELL[path]))

    def value(self, secret: str) -> str:
        data = self.said[f"{SECRETS}/{secret}/versions/latest:access"]["payload"]["data"]
        return base64.b64decode(data).decode()
