"""A deployment as an app's user meets it: Hosting, sign-in, `/api` and Storage, served.

`https://host/path` is asked as `/host/path`. It makes one picture, and keeps who its users are.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.fakes.json_server import Answer, Asked

PROJECT = "my-project"
HOST = f"{PROJECT}.web.app"
IDENTITY = "identitytoolkit.googleapis.com/v1"
FILES = "firebasestorage.googleapis.com"
ID_TOKEN = "eyJ.of-a-test-user"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
MODEL = {
    "id": "flux",
    "tasks": ["text2img"],
    "default_for": ["text2img"],
    "defaults": {},
    "bounds": {"width": {"max": 1536, "multiple_of": 64}},
    "sizes": [],
    "price": {"usd": 0.0024, "per": "megapixel"},
}


class Deployment:
    """`said` answers a path in place of what stands below; `polls` is how long things take."""

    def __init__(self) -> None:
        self.said: dict[str, Answer] = {}
        #: path -> a function of what was asked
        self.dynamic: dict[str, Callable[[Asked], Answer]] = {}
        #: (method, path) -> how often it answers 503 first
        self.faults: Counter[tuple[str, str]] = Counter()
        self.polls = 2
        self.erasing_polls = 2
        self.erasing = False
        self.guests, self.guest_limit = True, 20
        self.models = [MODEL]
        self.ending = {"status": "completed", "metrics": {"execution_ms": 1200, "cost_usd": 0.0002}}
        self.asked: list[Asked] = []
        self.accounts: dict[str, str | None] = {}
        self.pictures: dict[str, dict[str, Any]] = {}

    def talk(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        where = (asked.method, asked.path)
        if self.faults[where] > 0:
            self.faults[where] -= 1
            return 503, {"error": {"code": "unavailable", "message": "Not now."}}
        if asked.path in self.dynamic:
            return self.dynamic[asked.path](asked)
        if asked.path in self.said:
            return self.said[asked.path]
        host, _, path = asked.path.partition("/")
        if host == "identitytoolkit.googleapis.com":
            return self._identity(path.partition(":")[2], asked.body)
        if host == FILES:
            return 200, PNG
        if path == "__/firebase/init.json":
            return 200, {"projectId": PROJECT, "apiKey": "web-key"}
        if not path.startswith("api/"):
            return 200, b"firebase.initializeApp({});"
        if asked.headers.get("Authorization") != f"Bearer {ID_TOKEN}":
            return 401, {"error": {"code": "unauthenticated", "message": "Sign in first."}}
        return self._api(asked, path.removeprefix("api/"))

    def _identity(self, act: str, body: dict[str, Any]) -> Answer:
        if act == "delete":
            self.accounts.popitem()
            return 200, {}
        if "email" not in body and not self.guests:
            return 400, {"error": {"code": 400, "message": "ADMIN_ONLY_OPERATION"}}
        uid = f"user-{len(self.asked)}"
        self.accounts[uid] = body.get("email")
        return 200, {"localId": uid, "idToken": ID_TOKEN}

    def _api(self, asked: Asked, path: str) -> Answer:
        guest = self.accounts and next(iter(self.accounts.values())) is None
        match (asked.method, path):
            case ("GET", "quota"):
                return 200, {"daily": {"limit": self.guest_limit if guest else 200, "used": 0}}
            case ("GET", "models"):
                return 200, {"models": self.models}
            case ("POST", "generations"):
                self.pictures.setdefault(asked.headers["Idempotency-Key"], asked.body)
                return 202, {"file_uid": "f1", "status": "queued"}
            case ("DELETE", "me"):
                self.erasing = True
                return 202, {"status": "erasing"}
        return self._generation()

    def _generation(self) -> Answer:
        self.erasing_polls -= self.erasing
        if self.erasing_polls < 0:
            self.pictures.clear()
        if not self.pictures:
            return 404, {"error": {"code": "not-found", "message": "There is no such generation."}}
        self.polls -= 1
        if self.polls >= 0:
            return 200, {"status": "queued"}
        output = {
            "url": f"https://{FILES}/v0/f1",
            "content_type": "image/png",
            "size_bytes": len(PNG),
        }
        return 200, {"generation_data": {"outputs": [output]}, **self.ending}
