"""A project at Google and an account at RunPod, as far as `make doctor` asks of them: served.

`https://host/path` is asked as `/host/path`; what stands in `said` is answered, the rest is a 404.
"""

import base64
import copy
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from firepod import VERSION
from tests.fakes.json_server import Answer, Asked, json_server

ROOT = Path(__file__).resolve().parents[2]
PROJECT, NUMBER = "my-project", "123456"
ACCOUNT = f"{NUMBER}-compute@developer.gserviceaccount.com"
BUCKET = f"{PROJECT}.firebasestorage.app"
SITE = f"https://{PROJECT}.web.app"
APP = "1:123456:web:abc"
TOKEN, RUNPOD_KEY = "ya29.of-an-operator", "rpa_of-an-operator"
WEBHOOK_KEYS = "k1:0123456789abcdef0123456789abcdef"
ENDPOINT = "abc123"
NAMES = ["api", "cancel", "discard", "dispatch", "erase", "generate"]
NAMES += ["reconcile", "retry", "runpodwebhook", "sweep"]

FIREBASE = f"firebase.googleapis.com/v1beta1/projects/{PROJECT}"
BILLING = f"cloudbilling.googleapis.com/v1/projects/{PROJECT}/billingInfo"
SERVICES = f"serviceusage.googleapis.com/v1/projects/{PROJECT}/services"
AUTH = f"identitytoolkit.googleapis.com/admin/v2/projects/{PROJECT}"
SITES = f"firebasehosting.googleapis.com/v1beta1/projects/{PROJECT}/sites"
FIRESTORE = f"firestore.googleapis.com/v1/projects/{PROJECT}/databases/(default)"
STORAGE = f"storage.googleapis.com/storage/v1/b/{BUCKET}"
SECRETS = f"secretmanager.googleapis.com/v1/projects/{PROJECT}/secrets"
POLICY = f"cloudresourcemanager.googleapis.com/v1/projects/{PROJECT}:getIamPolicy"
ITSELF = f"iam.googleapis.com/v1/projects/{PROJECT}/serviceAccounts/{ACCOUNT}:getIamPolicy"
FUNCTIONS = f"cloudfunctions.googleapis.com/v2/projects/{PROJECT}/locations/-/functions"
APP_CHECK = f"firebaseappcheck.googleapis.com/v1/projects/{PROJECT}/apps/{APP}"
RUNPOD = "api.runpod.ai/v2"
MANAGED = "rest.runpod.io/v1/endpoints"
PAGE = f"{PROJECT}.web.app"

APIS = [
    *("firestore", "firebasestorage", "identitytoolkit", "iamcredentials", "secretmanager"),
    *("cloudfunctions", "cloudbuild", "artifactregistry", "run", "eventarc", "pubsub"),
    *("storage", "cloudtasks", "cloudscheduler"),
]
MEMBER = f"serviceAccount:{ACCOUNT}"


def secret_value(text: str) -> dict[str, Any]:
    return {"payload": {"data": base64.b64encode(text.encode()).decode()}}


def roles(*names: str) -> dict[str, Any]:
    return {"bindings": [{"role": f"roles/{name}", "members": [MEMBER]} for name in names]}


def functions(*names: str, region: str = "us-central1") -> dict[str, Any]:
    where = f"projects/{PROJECT}/locations/{region}/functions"
    config = {"serviceAccountEmail": ACCOUNT}
    return {
        "functions": [
            {"name": f"{where}/{name}", "state": "ACTIVE", "serviceConfig": config}
            for name in names
        ]
    }


def site(**fields: Any) -> dict[str, Any]:
    name = f"projects/{PROJECT}/sites/{PROJECT}"
    return {"name": name, "type": "DEFAULT_SITE", "defaultUrl": SITE, **fields}


def indexes() -> tuple[dict[str, Any], dict[str, Any]]:
    """What Firestore says when all of firestore.indexes.json is deployed."""
    here = json.loads((ROOT / "firestore.indexes.json").read_text())
    groups = f"projects/{PROJECT}/databases/(default)/collectionGroups"
    composite = [
        {
            "name": f"{groups}/{one['collectionGroup']}/indexes/{number}",
            "queryScope": one["queryScope"],
            "fields": [*one["fields"], {"fieldPath": "__name__", "order": "DESCENDING"}],
            "state": "READY",
        }
        for number, one in enumerate(here["indexes"])
    ]
    fields = [
        {
            "name": f"{groups}/{one['collectionGroup']}/fields/{one['fieldPath']}",
            "indexConfig": {
                "indexes": [
                    {
                        "queryScope": index["queryScope"],
                        "fields": [{"fieldPath": one["fieldPath"], "order": index["order"]}],
                        "state": "READY",
                    }
                    for index in one["indexes"]
                ]
            },
        }
        for one in here["fieldOverrides"]
    ]
    return {"indexes": composite}, {"fields": fields}


def well() -> dict[str, Any]:
    """Everything is there, and as it should be."""
    composite, fields = indexes()
    health = {"jobs": {"inQueue": 0, "inProgress": 0}, "workers": {"idle": 1, "throttled": 0}}
    said: dict[str, Any] = {
        FIREBASE: {"projectId": PROJECT, "projectNumber": NUMBER, "displayName": "Mine"},
        f"{FIREBASE}/adminSdkConfig": {"projectId": PROJECT, "storageBucket": BUCKET},
        f"{FIREBASE}/webApps": {"apps": [{"appId": APP, "state": "ACTIVE"}]},
        BILLING: {"billingEnabled": True},
        SERVICES: {
            "services": [{"name": f"projects/1/services/{one}.googleapis.com"} for one in APIS]
        },
        f"{AUTH}/config": {"signIn": {"anonymous": {"enabled": True}}},
        f"{AUTH}/defaultSupportedIdpConfigs": {},
        SITES: {"sites": [site(appId=APP)]},
        FIRESTORE: {"type": "FIRESTORE_NATIVE", "locationId": "nam5"},
        f"{FIRESTORE}/collectionGroups/-/indexes": composite,
        f"{FIRESTORE}/collectionGroups/-/fields": fields,
        STORAGE: {
            "location": "US-CENTRAL1",
            "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}},
            "cors": json.loads((ROOT / "storage.cors.json").read_text()),
        },
        f"{STORAGE}/iam": {"bindings": []},
        POLICY: roles(
            "datastore.user",
            "cloudtasks.enqueuer",
            "run.invoker",
            "cloudbuild.builds.builder",
            "firebaseauth.viewer",
            "storage.objectAdmin",
        ),
        ITSELF: roles("iam.serviceAccountUser", "iam.serviceAccountTokenCreator"),
        FUNCTIONS: functions(*NAMES),
        f"{RUNPOD}/{ENDPOINT}/health": health,
        f"{MANAGED}/{ENDPOINT}": {"id": ENDPOINT, "workersMax": 3, "executionTimeoutMs": 600000},
        f"{PAGE}/__/firebase/init.json": {"projectId": PROJECT, "apiKey": "web-key"},
        f"{PAGE}/api/health": {"status": "ok", "version": VERSION},
        f"{APP_CHECK}/recaptchaEnterpriseConfig": {"siteKey": "site"},
    }
    for name, value in (("RUNPOD_API_KEY", RUNPOD_KEY), ("WEBHOOK_KEYS", WEBHOOK_KEYS)):
        said[f"{SECRETS}/{name}/versions/latest"] = {"state": "ENABLED"}
        said[f"{SECRETS}/{name}/versions/latest:access"] = secret_value(value)
    return copy.deepcopy(said)


def refusal(status: int, reason: str = "") -> Answer:
    error = {"code": status, "message": "in Google's words", "status": "X"}
    if reason:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
    return status, {"error": error}


class GoogleProject:
    """What is answered: path -> JSON, or (status, JSON); and what was asked."""

    def __init__(self) -> None:
        self.said = well()
        self.asked: list[tuple[str, str, dict[str, str]]] = []  # (method, path, headers)
        self.off_on_account: set[str] = set()  # paths that this project may not be charged for
        #: Asked -> (status, JSON), of what changes something
        self.changes: Callable[[Asked], Answer | None] = lambda _: None
        self.url = ""
        self.hanging = threading.Event()  # a path whose answer is None waits for it

    def answer(self, path: str) -> Answer:
        found = self.said.get(path, refusal(404))
        if found is None:
            self.hanging.wait(30)
            found = {}
        return found if isinstance(found, tuple) else (200, found)

    def answer_page(self, path: str, query: str, said: object) -> None:
        """What a path answers with this in its query."""
        self.said[f"{path}?{query}"] = said

    def refuse(self, beginning: str, status: int, reason: str = "") -> None:
        """Every path with this beginning, whatever it was."""
        for path in self.said:
            if path.startswith(beginning):
                self.said[path] = refusal(status, reason)


@contextmanager
def served() -> Iterator[GoogleProject]:
    project = GoogleProject()

    def talk(asked: Asked) -> Answer:
        project.asked.append((asked.method, asked.path, asked.headers))
        if asked.path.startswith("iam.googleapis.com/") and asked.body:
            return refusal(400)  # it takes what it is told in the query alone
        if asked.path in project.off_on_account and "x-goog-user-project" in asked.headers:
            return refusal(403, "SERVICE_DISABLED")
        if (changed := project.changes(asked)) is not None:
            return changed
        page = f"{asked.path}?{asked.query}"
        return project.answer(page if page in project.said else asked.path)

    with json_server(talk) as project.url:
        try:
            yield project
        finally:
            project.hanging.set()
