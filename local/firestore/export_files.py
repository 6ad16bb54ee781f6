"""Where an export lies on disk, and whether it is whole; it knows nothing of documents.

A folder with two files: the one that firebase-tools names (what is in the export, and its digest),
and the records one after the other. It appears under its name when it is complete, never before.
The format is this server's own.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any

FORMAT = "local-firestore-1"
_METADATA_ENDING = ".overall_export_metadata"
_RECORDS = "documents"
_LENGTH_BYTES = 4


class BrokenExport(ValueError):
    """An export that is not there, not whole, or of another program; the message says which."""


@dataclass(frozen=True)
class Export:
    """What an export holds; `records` are bytes that only its writer understands."""

    database: str
    records: list[bytes]


def write_export(folder: pathlib.Path, database: str, records: Iterable[bytes]) -> None:
    """Write an export beside `folder`, then put it there, over another one; raises OSError."""
    if folder.exists() and any(folder.iterdir()) and not list(folder.glob(f"*{_METADATA_ENDING}")):
        raise FileExistsError(f"{folder} holds something else than an export")
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = pathlib.Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        _write(aside, f"{folder.name}{_METADATA_ENDING}", database, records)
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def _write(
    aside: pathlib.Path, metadata_name: str, database: str, records: Iterable[bytes]
) -> None:
    digest, count = hashlib.sha256(), 0
    with (aside / _RECORDS).open("wb") as file:
        for record in records:
            framed = len(record).to_bytes(_LENGTH_BYTES, "big") + record
            digest.update(framed)
            file.write(framed)
            count += 1
        _to_disk(file)
    metadata = {
        "format": FORMAT,
        "database": database,
        "documents": count,
        "sha256": digest.hexdigest(),
    }
    with (aside / metadata_name).open("w", encoding="utf-8") as text:
        json.dump(metadata, text, indent=2)
        _to_disk(text)


def _to_disk(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())


def read_export(metadata_file: pathlib.Path) -> Export:
    """Read an export by the file that describes it; raises BrokenExport."""
    try:
        metadata = json.loads(metadata_file.read_text(encoding="utf-8"))
        data = metadata_file.with_name(_RECORDS).read_bytes()
        form, database, digest = (metadata[key] for key in ("format", "database", "sha256"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenExport(f"{metadata_file} describes no export of this server") from error
    if form != FORMAT or not isinstance(database, str):
        raise BrokenExport(f"{metadata_file} describes an export of another format: {form}")
    if hashlib.sha256(data).hexdigest() != digest:
        raise BrokenExport(f"the export of {metadata_file} is not what was written")
    return Export(database, _records(data))


def metadata_file_of(folder: pathlib.Path) -> pathlib.Path:
    """Find the file that describes the export in a folder; raises BrokenExport."""
    found = sorted(folder.glob(f"*{_METADATA_ENDING}"))
    if len(found) != 1:
        raise BrokenExport(f"there is no export in {folder}")
    return found[0]


def _records(data: bytes) -> list[bytes]:
    records, at = [], 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[start - _LENGTH_BYTES : start], "big")
        records.append(data[start:at])
    return records
