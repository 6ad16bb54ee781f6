"""Each call of a client, as a conversation."""

import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx

from firepod_client.documents import Generation, Output, Page
from firepod_client.errors import FirepodError, GenerationEnded, StillRunning
from firepod_client.exchange import Alone, Ask, Pause, Talk, arrived, content, repeatable

LARGEST_UPLOAD_BYTES = 25 * 1024 * 1024
ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".wav", ".mp3", ".ogg", ".flac", ".m4a"})
# A look costs a read: soon at first, then less and less often.
LOOK_SECONDS, LOOK_GROWTH, LONGEST_LOOK_SECONDS = 0.3, 1.3, 3.0
LONGEST_SILENCE_SECONDS = 60.0
Update = Callable[[Generation], None]


class Identity(Protocol):
    """Gives the ID token of who asks."""

    def token(self, *, fresh: bool = False) -> Talk[str]: ...


class Talks:
    """What can be asked of one backend by one user."""

    def __init__(self, api_url: str, identity: Identity) -> None:
        self._api_url = api_url.rstrip("/")
        self._identity = identity

    def generate(self, request: Mapping[str, Any]) -> Talk[Generation]:
        data = {"idempotency_key": uuid.uuid4().hex} | dict(request)
        return Generation.of((yield from self._asked("POST", "/generations", json=data)))

    def get(self, path: str) -> Talk[Generation]:
        return Generation.of((yield from self._asked("GET", _rest_path(path))))

    def change(self, path: str, how: str) -> Talk[Generation]:
        method, end = ("DELETE", "") if how == "discard" else ("POST", f"/{how}")
        answer = yield from self._asked(method, _rest_path(path) + end)
        return Generation.of(answer)

    def wait(self, path: str, on_update: Update | None, seconds: float | None) -> Talk[Generation]:
        until = None if seconds is None else time.monotonic() + seconds
        pause, told, heard = LOOK_SECONDS, None, time.monotonic()
        while True:
            try:
                now = yield from self.get(path)
            except FirepodError as error:
                # The generation goes on meanwhile, so a moment's silence is no end of the waiting.
                if (
                    error.code != "unavailable"
                    or time.monotonic() - heard > LONGEST_SILENCE_SECONDS
                ):
                    raise
                yield Pause(LONGEST_LOOK_SECONDS)
                continue
            heard = time.monotonic()
            if on_update is not None and now.document != told:
                on_update(now)
                told = now.document
            if now.status == "completed":
                return now
            if now.ended:
                raise GenerationEnded(now)
            if until is not None and time.monotonic() > until:
                raise StillRunning(now, seconds or 0.0)
            yield Pause(pause)
            pause = min(pause * LOOK_GROWTH, LONGEST_LOOK_SECONDS)

    def page(
        self, media_type: str | None, status: str | None, limit: int, cursor: str | None
    ) -> Talk[Page]:
        asked = {"media_type": media_type, "status": status, "limit": str(limit), "cursor": cursor}
        params = {name: value for name, value in asked.items() if value is not None}
        answer = yield from self._asked("GET", "/generations", params=params)
        found = tuple(Generation.of(one) for one in answer["generations"])
        return Page(found, answer["next_cursor"])

    def upload(self, file: Path | bytes, name: str | None) -> Talk[str]:
        called = name or (file.name if isinstance(file, Path) else "")
        ending = Path(called).suffix.lower()
        if ending not in ENDINGS:
            raise FirepodError(
                "invalid-argument",
                f"Only {', '.join(sorted(ENDINGS))} can be uploaded; of bytes, give a name.",
            )
        if isinstance(file, Path) and file.stat().st_size > LARGEST_UPLOAD_BYTES:
            raise FirepodError("invalid-argument", "A file may have at most 25 MiB.")
        data = file.read_bytes() if isinstance(file, Path) else file
        if not 0 < len(data) <= LARGEST_UPLOAD_BYTES:
            raise FirepodError("invalid-argument", "A file has 1 byte to 25 MiB.")
        answer = yield from self._asked("POST", "/uploads", files={"file": (called, data)})
        return str(answer["path"])

    def quota(self) -> Talk[dict[str, Any]]:
        said: dict[str, Any] = yield from self._asked("GET", "/quota")
        return said

    def models(self) -> Talk[list[dict[str, Any]]]:
        return list((yield from self._asked("GET", "/models"))["models"])

    def erase(self) -> Talk[None]:
        yield from self._asked("DELETE", "/me")

    def download(self, output: Output, into: Path) -> Talk[Path]:
        answer = yield from repeatable(Ask("GET", output.url, seconds=300.0))
        if not answer.is_success:
            raise FirepodError("not-found", f"The file cannot be read (HTTP {answer.status_code}).")
        path = into / Path(output.path).name if into.is_dir() else into
        path.write_bytes(answer.content)
        return path

    def _asked(self, method: str, path: str, **what: Any) -> Talk[Any]:
        answer = yield from self._once(method, path, fresh=False, **what)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            answer = yield from self._once(method, path, fresh=True, **what)
        return content(answer)

    def _once(self, method: str, path: str, *, fresh: bool, **what: Any) -> Talk[httpx.Response]:
        token = yield Alone(self._identity.token(fresh=fresh))
        ask = Ask(
            method, self._api_url + path, headers={"Authorization": f"Bearer {token}"}, **what
        )
        # Asked twice, these would answer of what the first one has done.
        if path.endswith("/retry") or (method == "DELETE" and path.startswith("/generations/")):
            return arrived((yield ask))
        return (yield from repeatable(ask))


def _rest_path(path: str) -> str:
    match path.split("/"):
        case ["generations", _, media_type, file_uid] if file_uid:
            return f"/generations/{media_type}/{file_uid}"
    raise FirepodError("invalid-argument", f"{path!r} is not the path of a generation.")
