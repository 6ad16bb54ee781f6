"""Firepod around one doomed process: Firestore, RunPod, a worker, and the sweeps that follow."""

import asyncio
import base64
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from google.cloud import firestore

from firepod.adapters.firestore import FirestoreStore
from firepod.adapters.links_http import LinksHttp
from firepod.adapters.runpod_http import RunpodHttp
from firepod.domain.errors import Unavailable
from firepod.domain.generation import Generation, GenerationRef, MediaType
from firepod.domain.quota import Limits
from firepod.models.parameters import OF_MEDIA
from firepod.ports import Backend
from firepod.protocol.tokens import Callback, parse_keyring, sign
from firepod.settings import MediaUrls, Settings, WorkerDelivery
from firepod.usecases.dispatch import dispatch
from firepod.usecases.erase import go_on
from firepod.usecases.reconcile import reconcile
from firepod.usecases.sweep import sweep
from tests.failpoints.folder_storage import FolderStorage
from tests.fakes.users import FakeUsers
from worker.engines.interface import OutputFile, Result
from worker.run import Surroundings, run_job

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "demo-failpoints"
ENDPOINT = "image"
KEYS = f"k1:{'0123456789abcdef' * 2}"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
FIRST_SWEEP = timedelta(seconds=40)  # past the lease of a call of /run
SECOND_SWEEP = timedelta(minutes=3)  # past the deadline of every job
LATER = timedelta(minutes=10)
_TASKS = {"reconcile": reconcile, "dispatch": dispatch}


class TinyEngine:
    """Makes a picture at once."""

    def run(self, _task: str, _request: Any, _inputs: Any, workdir: Path, _step: Any) -> Result:
        path = workdir / "picture.png"
        path.write_bytes(PNG)
        return Result((OutputFile(path, "image/png"),), {"seed": 1})


@dataclass(slots=True)
class MovedClock:
    """The real clock, moved on."""

    moved: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def uid(self) -> str:
        return uuid.uuid4().hex

    def seed(self, bits: int) -> int:
        return bits


@dataclass(slots=True)
class ListedQueue:
    """Tasks wait here until `System.sweep` carries them out."""

    tasks: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def enqueue(self, function: str, payload: Mapping[str, Any], **_: Any) -> None:
        self.tasks.append((function, payload))


@dataclass(frozen=True, slots=True)
class WorkersFirebase:
    """What `worker.firebase.Firebase` offers, on the same store and folder."""

    store: FirestoreStore
    storage: FolderStorage

    def bucket(self, _media_urls: str) -> FolderStorage:
        return self.storage


def make_settings(runpod_url: str) -> Settings:
    return Settings(
        runpod_api_key="local",
        runpod_base_url=runpod_url,
        endpoints=dict.fromkeys(OF_MEDIA.values(), ENDPOINT),
        webhook_keys=parse_keyring(KEYS),
        webhook_base_url="http://127.0.0.1:9/runpodwebhook",  # callbacks are the test's business
        worker_delivery=WorkerDelivery.CREDENTIALS,
        media_urls=MediaUrls.TOKEN,
        limits=Limits(4, 1000),
        check_revoked=False,
        execution_timeout_seconds=30,
        queue_ttl_seconds=30,
        reconcile_after_seconds=5,
        retention_days=0,
    )


def environment(settings: Settings, firestore_host: str, folder: Path) -> dict[str, str]:
    """What the functions emulator would set for the doomed process."""
    endpoints = {f"RUNPOD_{kind}_ENDPOINT_ID": ENDPOINT for kind in ("IMAGE", "VIDEO", "VOICE")}
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((str(ROOT / "functions"), str(ROOT))),
        "FUNCTIONS_EMULATOR": "true",
        "GCLOUD_PROJECT": PROJECT,
        "FIREBASE_CONFIG": json.dumps({"projectId": PROJECT, "storageBucket": "none"}),
        "FIRESTORE_EMULATOR_HOST": firestore_host,
        "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9",  # tokens need no signature then
        "RUNPOD_API_KEY": settings.runpod_api_key,
        "WEBHOOK_KEYS": KEYS,
        "RUNPOD_BASE_URL": settings.runpod_base_url,
        **endpoints,
        "RUNPOD_TTS_ENDPOINT_ID": ENDPOINT,
        "WEBHOOK_BASE_URL": settings.webhook_base_url,
        "WORKER_DELIVERY": settings.worker_delivery,
        "EXECUTION_TIMEOUT_SECONDS": str(settings.execution_timeout_seconds),
        "QUEUE_TTL_SECONDS": str(settings.queue_ttl_seconds),
        "RECONCILE_AFTER_SECONDS": str(settings.reconcile_after_seconds),
        "CHECK_REVOKED": "false",  # there is no Firebase Auth
        "FAILPOINTS_STORAGE": str(folder / "storage"),
        "FAILPOINTS_QUEUE": str(folder / "queue.jsonl"),
    }


class System:
    """Firepod for one test module; every case has a user of its own."""

    def __init__(self, firestore_host: str, runpod_url: str, folder: Path) -> None:
        self.settings = make_settings(runpod_url)
        self.runpod_url = runpod_url
        self.storage = FolderStorage(folder / "storage")
        self.clock = MovedClock()
        self.queue = ListedQueue()
        self.client = firestore.Client(project=PROJECT)
        self.backend = Backend(
            store=FirestoreStore(self.client),
            gpu=RunpodHttp(runpod_url, self.settings.runpod_api_key),
            storage=self.storage,
            links=LinksHttp(runpod_url),
            queue=self.queue,
            users=FakeUsers(),
            clock=self.clock,
            settings=self.settings,
        )
        self.user = ""
        self._doomed = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.failpoints.doomed"],
            cwd=ROOT,
            env=environment(self.settings, firestore_host, folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def close(self) -> None:
        self._doomed.communicate(timeout=10)

    def new_user(self, rules: list[dict[str, Any]]) -> None:
        self.user = uuid.uuid4().hex
        self.clock.moved = timedelta()
        origin = self.runpod_url.removesuffix("/v2")
        requests.put(f"{origin}/local/faults", json=rules, timeout=10).raise_for_status()

    def call(
        self, function: str, body: Any, *, path: str = "/", step: int = 0, when: str = "before"
    ) -> dict[str, Any]:
        """One request in a process of its own, which dies at `step`."""
        order = {
            "function": function,
            "path": path,
            "body": body,
            "headers": {"Authorization": f"Bearer {self._id_token()}"},
            "step": step,
            "when": when,
        }
        assert self._doomed.stdin is not None
        assert self._doomed.stdout is not None
        self._doomed.stdin.write(json.dumps(order) + "\n")
        self._doomed.stdin.flush()
        answer: dict[str, Any] = json.loads(self._doomed.stdout.readline())
        return answer

    def work(self, *, firebase: bool = True) -> None:
        """A worker does all jobs that wait, with or without access to Firebase."""
        own = WorkersFirebase(FirestoreStore(self.client), self.storage) if firebase else None
        # Nobody listens at the jobs' own URLs: what is asked there is the test's business, too.
        around = Surroundings(
            TinyEngine(),
            own,  # type: ignore[arg-type]
            lambda *_: None,
            lambda *_: None,
            claim_seconds=0.0,
        )
        base = f"{self.runpod_url}/{ENDPOINT}"
        while True:
            taken = requests.get(f"{base}/job-take/w1?gpu=cpu", timeout=10)
            if taken.status_code == 204:
                return
            job = taken.json()
            answer = asyncio.run(run_job(job, around))
            body = answer if "error" in answer else {"output": answer}
            url = f"{base}/job-done/w1/{job['id']}?isStream=false"
            requests.post(url, data=json.dumps(body), timeout=10).raise_for_status()

    def sweep(self, moved: timedelta) -> None:
        """The minute comes, so much later; the queued tasks are carried out."""
        self.clock.moved = moved
        sweep(self.backend)
        while self.queue.tasks:
            function, payload = self.queue.tasks.pop(0)
            try:
                if "user_id" in payload:
                    go_on(self.backend, payload["user_id"])
                else:
                    _TASKS[function](self.backend, payload["file_uid"])
            except Unavailable:
                continue  # the queue's next try is the next sweep here

    def generation(self) -> Generation | None:
        """The user's generation, if there is one."""
        found = self.backend.store.newest(self.user, MediaType.IMAGES, limit=2)
        assert len(found) < 2
        return found[0] if found else None

    def ref(self) -> GenerationRef:
        generation = self.generation()
        assert generation is not None
        return generation.ref

    def leases(self) -> dict[str, Any]:
        data = self.client.document(f"quotas/{self.user}").get().to_dict() or {"leases": {}}
        leases: dict[str, Any] = data["leases"]
        return leases

    def job_ids(self) -> list[str]:
        """The user's jobs that are not done with."""
        jobs = self.client.collection("jobs").stream()
        return [job.id for job in jobs if job.get("user_id") == self.user]

    def files(self) -> set[str]:
        return {path for path in self.storage.paths() if f"/{self.user}/" in path}

    def everything(self) -> set[str]:
        """All documents and objects that are the user's, or name the user, wherever they are."""
        documents = {
            document.reference.path
            for collection in self.client.collections()
            for document in self._below(collection)
            if self.user in f"{document.reference.path} {document.to_dict()}"
        }
        owned = {
            path
            for path in self.storage.paths()
            if getattr(self.storage.stat(path), "owner", "") == self.user
        }
        return documents | owned | self.files()

    def _below(self, collection: Any) -> list[Any]:
        found = []
        for reference in collection.list_documents():  # those without fields, too
            snapshot = reference.get()
            found += [snapshot] if snapshot.exists else []
            for inner in reference.collections():
                found += self._below(inner)
        return found

    def runpod_jobs(self) -> list[dict[str, Any]]:
        """RunPod's history of the user's jobs."""
        origin = self.runpod_url.removesuffix("/v2")
        answer = requests.get(f"{origin}/local/log?user_id={self.user}", timeout=10)
        jobs: list[dict[str, Any]] = answer.json()["jobs"]
        return jobs

    def callback(self) -> tuple[str, dict[str, Any]]:
        """What RunPod would call for the user's job: path, body."""
        generation = self.generation()
        assert generation is not None
        (job,) = self.runpod_jobs()
        status = requests.get(
            f"{self.runpod_url}/{ENDPOINT}/status/{job['job_id']}",
            headers={"Authorization": "Bearer local"},
            timeout=10,
        )
        until = datetime.now(UTC) + timedelta(hours=1)
        token = sign(
            Callback(generation.ref, generation.attempt, until), self.settings.webhook_keys
        )
        return f"/{token}", status.json()

    def _id_token(self) -> str:
        now = int(datetime.now(UTC).timestamp())
        claims = {
            "iss": f"https://securetoken.google.com/{PROJECT}",
            "aud": PROJECT,
            "iat": now,
            "auth_time": now,
            "exp": now + 3600,
            "sub": self.user,
            "user_id": self.user,
            "firebase": {"sign_in_provider": "anonymous", "identities": {}},
        }
        parts = [{"alg": "none", "typ": "JWT"}, claims]
        encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in parts]
        return b".".join([*encoded, b""]).decode()
