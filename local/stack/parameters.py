"""What the functions of one stack are configured with: dotenv files and local secrets.

firebase-tools takes a parameter from dotenv files only, and lets them win over its own environment.
So the values of a stack are written to a folder of its own (see `firebase_config`).
"""

import fcntl
import os
import secrets
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from local.stack.ports import HOST

REGION = "us-central1"


def function_url(project: str, functions_port: int, name: str) -> str:
    """Where the Functions emulator serves an HTTPS function, a callable or a task queue."""
    return f"http://{HOST}:{functions_port}/{project}/{REGION}/{name}"


def stack_parameters(
    functions: Path,
    project: str,
    ports: Mapping[str, int],
    overrides: Mapping[str, str],
    *,
    at_runpod: bool = False,
) -> dict[str, str]:
    """All parameters of the stack's functions.

    From weak to strong: functions/.env, functions/.env.{project}, the stack's own URLs, the
    developer's functions/.env.local, `overrides`. `at_runpod`, RunPod itself is in the place of
    the local one: then the project's file counts for nothing, which is about the local one, where
    it is and what each user may have made there for nothing.
    """
    runpod = {
        **_read(functions / f".env.{project}"),
        "RUNPOD_BASE_URL": f"http://{HOST}:{ports['runpod']}/v2",
    }
    return {
        **_read(functions / ".env"),
        **({} if at_runpod else runpod),
        "WEBHOOK_BASE_URL": function_url(project, ports["functions"], "runpodwebhook"),
        **_read(functions / ".env.local"),
        **overrides,
    }


def write_parameters(folder: Path, parameters: Mapping[str, str]) -> None:
    """Write the dotenv file that firebase-tools reads for this stack."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name}={_quoted(value)}\n" for name, value in sorted(parameters.items())]
    (folder / ".env.local").write_text("".join(lines), "utf-8")


def local_secrets(functions: Path) -> dict[str, str]:
    """The secrets in functions/.secret.local, which is made, or completed, with random ones.

    A secret that the file lacks would be asked from Google's Secret Manager.
    """
    path = functions / ".secret.local"
    fresh = {
        "RUNPOD_API_KEY": f"local-{secrets.token_hex(24)}",
        "WEBHOOK_KEYS": f"local:{secrets.token_hex(32)}",
    }
    # Readable by its owner only, and completed by one stack when two start at once.
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        known = _parse(text)
        missing = {name: value for name, value in fresh.items() if not known.get(name)}
        if text and not text.endswith("\n"):
            file.write("\n")
        file.writelines(f"{name}={value}\n" for name, value in missing.items())
    return {**known, **missing}


def _read(path: Path) -> dict[str, str]:
    return _parse(path.read_text("utf-8")) if path.exists() else {}


def _parse(text: str) -> dict[str, str]:
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value or "" for name, value in values.items()}


def _quoted(value: str) -> str:
    if not any(character in value for character in "#\"'\\\n\r\t "):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{escaped}"'
