"""A bucket that is a folder, so that processes share it without a Storage emulator."""

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from firepod.domain.generation import ListedFile, Output, StoredFile, UploadUrl
from tests.fakes.storage import at_once

_T = TypeVar("_T")


class FolderStorage:
    """`firepod.ports.Storage`, and what a worker uses of the bucket adapter."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def together(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        return [call() for call in calls]

    def beside(self, call: Callable[[], _T]) -> Callable[[], _T]:
        return at_once(call)

    def stat(self, path: str) -> StoredFile | None:
        try:
            return StoredFile(**json.loads(self._label(path).read_text()))
        except FileNotFoundError:
            return None

    def head(self, path: str, count: int) -> bytes:
        return self.read(path, count) or b""

    def read(self, path: str, at_most: int) -> bytes | None:
        file = self._data(path)
        return file.read_bytes()[:at_most] if file.exists() else None

    def put(self, output: Output, data: bytes, *, owner: str, attempt: int) -> StoredFile:
        stored = StoredFile(
            output.path, output.content_type, len(data), uuid.uuid4().hex, owner, attempt
        )
        self._data(output.path).parent.mkdir(parents=True, exist_ok=True)
        self._data(output.path).write_bytes(data)
        self._label(output.path).write_text(json.dumps(asdict(stored)))
        return stored

    def put_file(self, output: Output, filename: str, *, owner: str, attempt: int) -> StoredFile:
        return self.put(output, Path(filename).read_bytes(), owner=owner, attempt=attempt)

    def delete(self, paths: Iterable[str], *, owner: str, upto_attempt: int) -> None:
        for path in paths:
            file = self.stat(path)
            if file is not None and file.owner == owner and file.attempt <= upto_attempt:
                self._label(path).unlink()
                self._data(path).unlink()

    def listing(self, prefix: str, *, after: str = "", limit: int) -> list[ListedFile]:
        names = sorted(name for name in self.paths() if name.startswith(prefix) and name > after)
        return [self._listed(name) for name in names[:limit]]

    def _listed(self, path: str) -> ListedFile:
        file, status = self.stat(path), self._label(path).stat()
        assert file is not None
        moment = datetime.fromtimestamp(status.st_mtime, UTC)
        return ListedFile(
            path, file.content_type, file.size_bytes, file.owner, moment, status.st_ino
        )

    def remove(self, file: ListedFile) -> None:
        if self.stat(file.path) is not None and self._listed(file.path).version == file.version:
            self.delete([file.path], owner=file.owner, upto_attempt=file.version)

    def share(self, file: StoredFile) -> str:
        return self.url(file)

    def url(self, file: StoredFile) -> str:
        return f"https://media.test/{file.path}"

    def read_url(self, file: StoredFile, until: datetime) -> str:
        return f"{self.url(file)}?until={until.isoformat()}"

    def upload_url(self, output: Output, *, owner: str, attempt: int, until: datetime) -> UploadUrl:
        raise NotImplementedError

    def paths(self) -> set[str]:
        """Everything that is stored."""
        return {
            str(label.relative_to(self._folder))[: -len(".label")]
            for label in self._folder.rglob("*.label")
        }

    def _data(self, path: str) -> Path:
        return self._folder / f"{path}.data"

    def _label(self, path: str) -> Path:
        return self._folder / f"{path}.label"
