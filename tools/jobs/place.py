"""Where a command works: the stack of this machine, or a project in the cloud; opened at first use.

It reads what the deployment is set up with from the same dotenv files. It signs nothing and starts
nothing at RunPod, so it needs none of the secrets; with RUNPOD_API_KEY it can ask and stop RunPod's
jobs by itself.
"""

import json
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from firepod import config, wiring
from firepod.adapters.bucket import Bucket
from firepod.adapters.clock import SystemClock
from firepod.adapters.firebase_users import FirebaseUsers
from firepod.adapters.firestore import FirestoreStore
from firepod.adapters.links_http import LinksHttp
from firepod.adapters.runpod_http import RunpodHttp
from firepod.adapters.task_queue import TaskQueue
from firepod.domain.errors import Misconfigured, Unavailable
from firepod.parameters import REGION
from firepod.ports import Backend
from firepod.protocol.runpod import JobReport, Submission
from firepod.settings import Settings
from local.stack.firebase_config import load_firebase_config
from local.stack.parameters import local_secrets, stack_parameters
from local.stack.ports import stack_ports
from local.stack.programs import client_environment
from tools.jobs import cloud_logs, local_logs
from tools.jobs.log_lines import Logs

if TYPE_CHECKING:
    from google.cloud.firestore import Client
    from google.cloud.storage import Bucket as StorageBucket

ROOT = Path(__file__).parents[2]
LOCAL_PROJECT = "demo-firepod"
NO_KEY = "RUNPOD_API_KEY is not set here, so RunPod cannot be asked."
_UNKNOWN = (
    "functions/.env.{} is missing, so it is not known what the deployment is set up with:"
    " endpoints, limits, how long things are kept. Get that file first; to look, it is not needed."
)
_VARIABLES = ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")


class NoPlace(Exception):
    """There is nothing to work on; its text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where the command line wants to work."""

    project: str | None
    port_offset: int
    bucket: str | None = None
    logging_url: str = cloud_logs.URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A backend, its database, and where its logs are read."""

    name: str  #: as it is told
    backend: Backend
    client: "Client"
    looks_here: bool  #: whether RunPod can be asked from here
    read_logs: Callable[[str, datetime | None], Logs]  #: by file_uid, from a time on
    unknown: str = ""  #: why nothing can be changed from here: what it is set up with is not known


def open_place(asked: Asked) -> Place:
    """Open it; the environment of this process gets what Google's libraries look for there.

    Raises:
        NoPlace: says what is missing, and the command that mends it.
    """
    project = asked.project or os.environ.get("GCLOUD_PROJECT") or LOCAL_PROJECT
    local = project.startswith("demo-") or "FIRESTORE_EMULATOR_HOST" in os.environ
    parameters = _local(project, asked.port_offset) if local else _deployed(project)
    if asked.bucket:
        os.environ["FIREBASE_STORAGE_BUCKET"] = asked.bucket
    settings = _settings(project, parameters, local=local)
    key = _runpod_key(settings, local=local)
    backend = Backend(
        store=FirestoreStore(client := _client(project, local=local), by="operator"),
        gpu=RunpodHttp(settings.runpod_base_url, key) if key else _NoKey(),
        storage=Bucket(
            lambda: _bucket(project),
            settings.media_urls,
            os.environ.get(_VARIABLES[1], ""),
            signed_for=timedelta(hours=settings.signed_url_hours),
        ),
        links=LinksHttp(settings.runpod_base_url if settings.local_runpod else ""),
        queue=TaskQueue(REGION, emulated=local),  # never asked: `watched` stands before it
        users=_Users(),
        clock=SystemClock(),
        settings=settings,
    )
    if local:
        folder = ROOT / ".firepod" / f"stack-{asked.port_offset}"
        name = f"the stack of this machine, {project} at {os.environ[_VARIABLES[0]]}"
        return Place(
            name=name,
            backend=backend,
            client=client,
            looks_here=bool(key),
            read_logs=lambda uid, _since: local_logs.read(folder, uid),
        )
    return Place(
        name=f"project {project}",
        backend=backend,
        client=client,
        looks_here=bool(key),
        read_logs=lambda uid, since: cloud_logs.read(project, uid, since, url=asked.logging_url),
        unknown="" if _own_parameters(project).is_file() else _UNKNOWN.format(project),
    )


def _local(project: str, port_offset: int) -> dict[str, str]:
    """Point Google's libraries to the emulators; the parameters of the stack that runs there."""
    ports = stack_ports(load_firebase_config(ROOT), port_offset)
    for name, value in client_environment(project, ports).items():
        os.environ.setdefault(name, value)
    os.environ |= {"FUNCTIONS_EMULATOR": "true"}  # addresses of this machine are right here
    host, _, port = os.environ["FIRESTORE_EMULATOR_HOST"].rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except (OSError, ValueError):
        raise NoPlace(
            f"Nothing answers at {host}:{port}, where the stack of this machine has its database."
            " Start it with `make start`, say which one with --port-offset, or name a project in"
            " the cloud with --project."
        ) from None
    written = ROOT / ".firepod" / f"stack-{port_offset}" / "functions" / ".env.local"
    if written.is_file():
        return _dotenv(written)
    return stack_parameters(ROOT / "functions", project, ports, {})


def _deployed(project: str) -> dict[str, str]:
    """The parameters of a deployment, once it is clear that somebody is signed in."""
    import google.auth
    from google.auth.exceptions import GoogleAuthError

    try:
        google.auth.default()
    except GoogleAuthError:
        raise NoPlace("Sign in first: gcloud auth application-default login") from None
    own = _own_parameters(project)
    os.environ.setdefault("FIREBASE_STORAGE_BUCKET", f"{project}.firebasestorage.app")
    return {**_dotenv(ROOT / "functions" / ".env"), **(_dotenv(own) if own.is_file() else {})}


def _own_parameters(project: str) -> Path:
    return ROOT / "functions" / f".env.{project}"


def _settings(project: str, parameters: Mapping[str, str], *, local: bool) -> Settings:
    bucket = os.environ["FIREBASE_STORAGE_BUCKET"]
    os.environ.update(parameters)
    os.environ["GCLOUD_PROJECT"] = project
    os.environ["FIREBASE_CONFIG"] = json.dumps({"projectId": project, "storageBucket": bucket})
    before = {name: os.environ.get(name) for name in ("RUNPOD_API_KEY", "WEBHOOK_KEYS")}
    # Nothing is signed from here, and a key for RunPod is looked for apart.
    os.environ |= {"RUNPOD_API_KEY": "none", "WEBHOOK_KEYS": f"none:{secrets.token_hex(24)}"}
    try:
        return config.load_settings()
    except Misconfigured as error:
        where = f".firepod/stack-* or functions/.env* ({'local' if local else project})"
        raise NoPlace(f"{error.message} It was read from {where}.") from None
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _runpod_key(settings: Settings, *, local: bool) -> str:
    key = os.environ.get("RUNPOD_API_KEY", "").strip()
    if not key and local and settings.local_runpod:
        return local_secrets(ROOT / "functions")["RUNPOD_API_KEY"]
    return key


def _client(project: str, *, local: bool) -> "Client":
    from google.cloud.firestore import Client

    from firepod.adapters.firestore_reach import open_client

    if local:
        from google.auth.credentials import AnonymousCredentials

        return Client(project=project, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
    return open_client(project)


def _bucket(project: str) -> "StorageBucket":
    from firepod.adapters.storage_reach import open_client

    return open_client(project=project).bucket(config.storage_bucket())


def _dotenv(path: Path) -> dict[str, str]:
    return {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}


class _NoKey:
    """`Gpu` without a key."""

    def run(self, _endpoint_id: str, _body: dict[str, object]) -> Submission:
        raise Unavailable(NO_KEY)

    def status(self, _endpoint_id: str, _job_id: str) -> JobReport:
        raise Unavailable(NO_KEY)

    def cancel(self, _endpoint_id: str, _job_id: str) -> None:
        raise Unavailable(NO_KEY)

    def idle(self, _endpoint_id: str) -> bool:
        raise Unavailable(NO_KEY)


class _Users:
    """Firebase Auth, whose library is loaded when somebody is asked for."""

    def check(self, user_id: str, issued_at: int) -> None:
        wiring.firebase_app()
        FirebaseUsers().check(user_id, issued_at)
