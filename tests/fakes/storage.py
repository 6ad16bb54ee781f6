"""The bucket in memory."""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from firepod.domain.errors import Unavailable
from firepod.domain.generation import ListedFile, Output, StoredFile, UploadUrl
from firepod.domain.links import Stream
from firepod.kinds import registry
from tests.fakes.clock import FakeClock
from tests.fakes.failpoints import Failpoints

_T = TypeVar("_T")


def at_once(call: Callable[[], _T]) -> Callable[[], _T]:
    """As `Storage.beside`, without a thread: every run takes the same steps in the same order."""
    try:
        result = call()
    except Exception as error:  # noqa: BLE001 (for who waits)
        return functools.partial(_raise, error)
    return lambda: result


def _raise(error: Exception) -> Any:
    raise error


@dataclass
class FakeStorage:
    """`firepod.ports.Storage`, and what a worker does with the URLs that it gets."""

    clock: FakeClock
    failpoints: Failpoints = field(default_factory=Failpoints)
    files: dict[str, StoredFile] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    created: dict[str, datetime] = field(default_factory=dict)
    sessions: dict[str, tuple[Output, str, int, datetime]] = field(default_factory=dict)
    tokens: int = 0

    def together(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        return [call() for call in calls]

    def beside(self, call: Callable[[], _T]) -> Callable[[], _T]:
        return at_once(call)

    def stat(self, path: str) -> StoredFile | None:
        self.failpoints.reach("storage.stat")
        return self.files.get(path)

    def head(self, path: str, count: int) -> bytes:
        self.failpoints.reach("storage.head")
        return self.contents.get(path, b"")[:count]

    def read(self, path: str, at_most: int) -> bytes | None:
        self.failpoints.reach("storage.read")
        data = self.contents.get(path)
        return None if data is None else data[:at_most]

    def put(self, output: Output, data: bytes, *, owner: str, attempt: int) -> StoredFile:
        self.failpoints.reach("storage.put begins")
        there = self.files.get(output.path)
        if there is not None and there.attempt >= attempt:
            if (there.owner, there.attempt) != (owner, attempt):
                raise Unavailable("The file could not be stored.")
            return there
        stored = self.keep(output.path, data, output.content_type, owner=owner, attempt=attempt)
        self.failpoints.reach("storage.put has stored")
        return stored

    def put_file(self, output: Output, filename: str, *, owner: str, attempt: int) -> StoredFile:
        return self.put(output, Path(filename).read_bytes(), owner=owner, attempt=attempt)

    def put_stream(self, output: Output, stream: Stream, *, owner: str, attempt: int) -> StoredFile:
        return self.put(output, stream.read(), owner=owner, attempt=attempt)

    def copy(self, path: str, output: Output, *, owner: str, attempt: int) -> StoredFile | None:
        self.failpoints.reach("storage.copy")
        data = self.contents.get(path)
        return None if data is None else self.put(output, data, owner=owner, attempt=attempt)

    def delete(self, paths: Iterable[str], *, owner: str, upto_attempt: int) -> None:
        self.failpoints.reach("storage.delete")
        for path in paths:
            file = self.files.get(path)
            if file is not None and file.owner == owner and file.attempt <= upto_attempt:
                self._forget(path)

    def below(self, prefix: str) -> list[StoredFile]:
        return [file for path, file in sorted(self.files.items()) if path.startswith(prefix)]

    def listing(self, prefix: str, *, after: str = "", limit: int) -> list[ListedFile]:
        self.failpoints.reach("storage.listing")
        names = sorted(name for name in self.files if name.startswith(prefix) and name > after)
        return [self._listed(self.files[name]) for name in names[:limit]]

    def _listed(self, file: StoredFile) -> ListedFile:
        return ListedFile(
            file.path,
            file.content_type,
            file.size_bytes,
            file.owner,
            self.created[file.path],
            int(file.token.removeprefix("token-")),
        )

    def remove(self, file: ListedFile) -> None:
        self.failpoints.reach("storage.remove begins")
        there = self.files.get(file.path)
        if there is not None and self._listed(there).version == file.version:
            self._forget(file.path)
        self.failpoints.reach("storage.remove is over")

    def _forget(self, path: str) -> None:
        del self.files[path], self.contents[path], self.created[path]

    def share(self, file: StoredFile) -> str:
        self.failpoints.reach("storage.share")
        return self.url(file)

    def url(self, file: StoredFile) -> str:
        self.failpoints.reach("storage.url")
        return f"https://media.test/{file.path}?token={file.token}"

    def read_url(self, file: StoredFile, until: datetime) -> str:
        self.failpoints.reach("storage.read_url")
        return f"https://media.test/{file.path}?until={until:%Y-%m-%dT%H:%M:%SZ}"

    def upload_url(self, output: Output, *, owner: str, attempt: int, until: datetime) -> UploadUrl:
        self.failpoints.reach("storage.upload_url")
        there = self.files.get(output.path)
        if there is not None and there.attempt < attempt:
            self._forget(output.path)
        url = f"https://upload.test/{len(self.sessions) + 1}"
        self.sessions[url] = (output, owner, attempt, until)
        return UploadUrl(url, {"Content-Type": output.content_type})

    def upload(self, url: str, data: bytes) -> bool:
        """Somebody who holds an upload URL uses it; whether the object was created."""
        output, owner, attempt, until = self.sessions[url]
        taken = output.path in self.files or self.clock.now() > until
        if taken or not 0 < len(data) <= registry.largest_of(output):
            return False
        self.keep(output.path, data, output.content_type, owner=owner, attempt=attempt)
        return True

    def keep(
        self,
        path: str,
        data: bytes,
        content_type: str,
        *,
        owner: str = "ann",
        attempt: int = 0,
        encoding: str = "",
    ) -> StoredFile:
        """Put an object there without further questions."""
        self.tokens += 1
        token = f"token-{self.tokens}"
        label = (token, owner, attempt, encoding)
        self.files[path] = StoredFile(path, content_type, len(data), *label)
        self.contents[path] = data
        self.created[path] = self.clock.now()
        return self.files[path]
