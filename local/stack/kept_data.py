"""What a stack keeps between runs: users, documents and files, as firebase-tools exports them.

Each export is a numbered folder, and the highest number counts. A new one gets its number when it
is complete, and only then the one before goes: a run that is killed loses nothing but itself.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from local.firestore.export_files import read_export
from local.stack.options import KEPT, Options
from local.stack.ports import HOST

_INCOMING = "incoming"
_EXPORT_SECONDS = 20.0


class NotKeptError(Exception):
    """The data of this run could not be exported; the message says why."""


def last_data(options: Options, say: Callable[[str], None]) -> Path | None:
    """The export that a run starts with, None for an empty one; a broken one is set aside."""
    folder = options.data_dir
    if folder is None:
        return None
    if options.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(folder / _INCOMING, ignore_errors=True)
    found = _exports(folder)
    if not found:
        return None
    newest = found[-1]
    try:
        _check(newest, official=options.official_emulators)
    except (OSError, ValueError, KeyError, TypeError) as error:
        aside = _free_name(folder, "broken")
        newest.rename(aside)
        say(f"The data of the last run cannot be read and stays in {aside}: {error}")
        return None
    return newest


async def keep_data(http: aiohttp.ClientSession, folder: Path, hub_port: int) -> None:
    """Have the running emulators exported, in place of what was kept before.

    Raises NotKeptError; what was kept before stays then.
    """
    incoming = _place_for_incoming(folder)
    try:
        async with http.post(
            f"http://{HOST}:{hub_port}/_admin/export",
            json={"path": str(incoming), "initiatedBy": "exit"},
            timeout=aiohttp.ClientTimeout(total=_EXPORT_SECONDS),
        ) as answer:
            if answer.status != 200:
                raise NotKeptError(await answer.text())
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NotKeptError(f"firebase-tools does not answer: {error!r}") from error
    _adopt(incoming)


def _place_for_incoming(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / _INCOMING


def _adopt(incoming: Path) -> None:
    before = _exports(incoming.parent)
    number = int(before[-1].name) + 1 if before else 1
    incoming.rename(incoming.with_name(str(number)))
    for old in before:
        shutil.rmtree(old, ignore_errors=True)


def _exports(folder: Path) -> list[Path]:
    found = [path for path in folder.glob("*") if path.name.isdecimal()]
    return sorted(found, key=lambda path: int(path.name))


def _check(export: Path, *, official: bool) -> None:
    metadata = _json(export / "firebase-export-metadata.json")
    for name in KEPT:
        if not (export / metadata[name]["path"]).is_dir():
            raise ValueError(f"{metadata[name]['path']} is missing")
    if not official:
        read_export(export / metadata["firestore"]["metadata_file"])
    _json(export / metadata["auth"]["path"] / "accounts.json")
    _json(export / metadata["storage"]["path"] / "buckets.json")


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _free_name(folder: Path, name: str) -> Path:
    number = 1
    while (path := folder / f"{name}-{number}").exists():
        number += 1
    return path
