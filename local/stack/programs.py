"""What a stack consists of: the programs, their command lines and their environments."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.stack.emulator_ui import CACHE
from local.stack.options import EMULATORS, Options
from local.stack.ports import HOST

ENDPOINTS = {
    "RUNPOD_IMAGE_ENDPOINT_ID": "local-image",
    "RUNPOD_VIDEO_ENDPOINT_ID": "local-video",
    "RUNPOD_VOICE_ENDPOINT_ID": "local-voice",
    "RUNPOD_TTS_ENDPOINT_ID": "local-tts",
}
MADE_THERE = dict(zip(ENDPOINTS, ("images", "videos", "voices", "tts"), strict=True))


@dataclass(frozen=True, slots=True)
class Program:
    """One program of a stack; its output goes to {log_dir}/{name}.log."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path


def bucket_of(project: str) -> str:
    """The default bucket of a demo project (firebase-tools: emulator/adminSdkConfig)."""
    return f"{project}.appspot.com"


def stand_in_environment(root: Path, base: Mapping[str, str]) -> dict[str, str]:
    """What makes firebase-tools run our stand-ins for Google's jars: a `java` and two files.

    The variables are firebase-tools' own (emulator/downloadableEmulators).
    """
    java = root / "local" / "java"
    return {
        "PATH": os.pathsep.join((str(java), base.get("PATH", ""))),
        "FIREPOD_PYTHON": sys.executable,  # what local/java/java runs them with
        "FIRESTORE_EMULATOR_BINARY_PATH": str(java / "firestore-stand-in.jar"),
        "STORAGE_EMULATOR_BINARY_PATH": str(java / "storage-rules-stand-in.jar"),
        # A query that lacks its index is told, or refused where this is set.
        "FIRESTORE_INDEX_FILE": str(root / "firestore.indexes.json"),
        "FIRESTORE_REQUIRE_INDEXES": base.get("FIRESTORE_REQUIRE_INDEXES", ""),
    }


KEY = "FIREPOD_RUNPOD_API_KEY"  #: which runpod_key.cjs takes out of the environment
NOTES = "FIREPOD_NOTE_REQUESTS"  #: a file for what note_requests.cjs notes; without: nothing
PRELOADS = (
    "no_keep_alive.cjs",
    "no_tokens_in_logs.cjs",
    "storage_preconditions.cjs",
    "large_bodies.cjs",
    "background_work.cjs",
)


def node_options(root: Path, *preloads: str) -> str:
    """NODE_OPTIONS that load files of this folder first; quoted as Node reads it, for any path."""
    paths = (str(root / "local" / "stack" / name) for name in preloads)
    return " ".join(f"--require {json.dumps(path, ensure_ascii=False)}" for path in paths)


def console_origins(ports: Mapping[str, int]) -> tuple[str, ...]:
    """Where a browser of this machine has the console from."""
    return tuple(f"http://{name}:{ports['hosting']}" for name in (HOST, "localhost"))


def client_environment(project: str, ports: Mapping[str, int]) -> dict[str, str]:
    """What points Google's and Firebase's server libraries to the emulators of this stack."""
    return {
        "GCLOUD_PROJECT": project,
        "GOOGLE_CLOUD_PROJECT": project,
        "FIREBASE_STORAGE_BUCKET": bucket_of(project),
        "FIRESTORE_EMULATOR_HOST": f"{HOST}:{ports['firestore']}",
        "FIREBASE_AUTH_EMULATOR_HOST": f"{HOST}:{ports['auth']}",
        "FIREBASE_STORAGE_EMULATOR_HOST": f"{HOST}:{ports['storage']}",
        "STORAGE_EMULATOR_HOST": f"http://{HOST}:{ports['storage']}",
    }


def firebase(
    options: Options, config: Path, base: Mapping[str, str], imported: Path | None = None
) -> Program:
    """The Firebase Emulator Suite, so that it neither asks anybody anything nor knows anybody."""
    private, key = options.log_dir / "firebase-tools", options.runpod_key
    preloads = [*PRELOADS]
    if key:
        preloads.append("runpod_key.cjs")
    if base.get(NOTES):
        preloads.append("note_requests.cjs")
    environment = {
        **_without_others(base),
        # No prompt, no message of the day, no update check.
        "CI": "true",
        "NO_UPDATE_NOTIFIER": "1",
        # No account and no usage statistics: those are settings in the user's own folder.
        "XDG_CONFIG_HOME": str(private / "config"),
        "CLOUDSDK_CONFIG": str(private / "config"),
        "METADATA_SERVER_DETECTION": "none",
        "NODE_OPTIONS": node_options(options.root, *preloads),
        **({KEY: key} if key else {}),
        # The Storage emulator empties a folder of a fixed name in here when it starts.
        "TMPDIR": str(private / "tmp"),
        # Where its downloads are: the UI, and Google's jars.
        **({CACHE: base[CACHE]} if CACHE in base else {}),
    }
    if not options.official_emulators:
        environment |= stand_in_environment(options.root, base)
    program = options.root / "node_modules" / "firebase-tools" / "lib" / "bin" / "firebase.js"
    command = [
        shutil.which("node") or "node",
        str(program),
        "emulators:start",
        *("--project", options.project),
        *("--config", str(config)),
        *("--only", ",".join(name for name in EMULATORS if options.has(name))),
        *(("--import", str(imported)) if imported else ()),
        "--non-interactive",
    ]
    return Program("firebase", tuple(command), environment, private)


def made_at(parameters: Mapping[str, str]) -> list[tuple[str, str]]:
    """The endpoints of our worker with what each makes; none where a parameter is empty."""
    return [(parameters[name], made) for name, made in MADE_THERE.items() if parameters[name]]


def runpod(
    options: Options,
    ports: Mapping[str, int],
    parameters: Mapping[str, str],
    api_key: str,
    base: Mapping[str, str],
) -> Program:
    """The local RunPod, which starts the workers with the environment that it has itself.

    They know of Firebase only where WORKER_DELIVERY says that they hold credentials.
    """
    root = options.root
    has_credentials = parameters.get("WORKER_DELIVERY") == "credentials"
    environment = {
        **_without_others(base),
        **(client_environment(options.project, ports) if has_credentials else {}),
        "PYTHONPATH": os.pathsep.join((str(root / "functions"), str(root))),
        "PYTHONUNBUFFERED": "1",
        # A worker without credentials fetches its inputs by URL, of Storage only.
        "FIREPOD_DOWNLOAD_HOSTS": f"{HOST}:{ports['storage']}",
        # For requests that come without the functions, and do not say what is to be made.
        "FIREPOD_MEDIA_TYPE": ",".join(f"{one}={made}" for one, made in made_at(parameters)),
        **options.worker_environment,
    }
    endpoints = dict.fromkeys(f"{one}:{options.workers}" for one, _ in made_at(parameters))
    command = [
        *(sys.executable, "-m", "local.runpod"),
        *("--host", HOST, "--port", str(ports["runpod"]), "--api-key", api_key),
        *([arg for one in endpoints for arg in ("--endpoint", one)] or ["--no-workers"]),
        # A public endpoint is told no ids: its jobs are known by their prompts.
        *("--identity-fields", "file_uid,user_id,media_type,task_type,attempt,prompt"),
        *("--pages", ",".join(console_origins(ports))),
        *("--worker-command", shlex.join((sys.executable, str(root / "worker" / "handler.py")))),
    ]
    set_ones = {name: value for name, value in environment.items() if value}
    return Program("runpod", tuple(command), set_ones, root)


def _without_others(base: Mapping[str, str]) -> dict[str, str]:
    # A developer's credentials and projects must not reach programs that write or spend somewhere.
    others = ("GOOGLE_", "GCLOUD_", "FIREBASE_", "FIRESTORE_", "STORAGE_", "RUNPOD_")
    return {name: value for name, value in base.items() if not name.startswith(others)}
