"""The clients: one that waits, and one of asyncio. Both say and give the same."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from firepod_client.documents import Generation, Output, Page
from firepod_client.exchange import Alone, Answer, Ask, Pause, Talk
from firepod_client.progress import bar
from firepod_client.requests import GenerationRequest
from firepod_client.sign_in import Account, Token
from firepod_client.talks import Identity, Talks, Update

Result = TypeVar("Result")


def site(project: str) -> str:
    """Where a project's REST API is, if its Hosting site has the project's name."""
    return f"https://{project}.web.app/api"


def local(host: str, port_offset: int) -> tuple[str, Account]:
    """The stack that `make start` runs, and a new guest of it."""
    emulator = f"http://{host}:{9099 + port_offset}"
    return f"http://{host}:{5005 + port_offset}/api", Account("local", {}, emulator)


class _Client:
    """What both have: who asks whom."""

    def __init__(self, api_url: str, identity: Identity | str) -> None:
        """`api_url` as `site("my-project")` gives it; `identity`: an Account or an ID token."""
        named = Token(identity) if isinstance(identity, str) else identity
        self._talks = Talks(api_url, named)

    @classmethod
    def local(cls, host: str = "127.0.0.1", port_offset: int = 0) -> Self:
        """A new guest of the stack that `make start` runs."""
        return cls(*local(host, port_offset))


class Firepod(_Client):
    """A Firepod backend, as one user; every call waits for its answer and raises FirepodError."""

    def __init__(
        self, api_url: str, identity: Identity | str, http: httpx.Client | None = None
    ) -> None:
        super().__init__(api_url, identity)
        self._http = http or httpx.Client()
        self._turn = threading.Lock()

    def run(
        self,
        request: GenerationRequest,
        *,
        on_update: Update | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> Generation:
        """Start a generation and wait for its end; Ctrl-C cancels it.

        ``timeout`` is in seconds, None waits for ever; ``progress`` shows a bar (needs tqdm).

        Raises:
            GenerationEnded: it failed, or was cancelled.
            StillRunning: the time is over; it goes on.
        """
        started = self.generate(request)
        try:
            return self.wait(started, on_update=on_update, progress=progress, timeout=timeout)
        except KeyboardInterrupt:
            self.cancel(started)
            raise

    def generate(self, request: GenerationRequest) -> Generation:
        """Start one; answers at once, and starts nothing twice where it has to ask again."""
        return self._play(self._talks.generate(request))

    def wait(
        self,
        generation: Generation | str,
        *,
        on_update: Update | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> Generation:
        """Wait for the end of one, named by its `path`; see `run`."""
        with bar(shown=progress) as shown:
            return self._play(self._talks.wait(_path(generation), _both(shown, on_update), timeout))

    def get(self, generation: Generation | str) -> Generation:
        """One as it is now."""
        return self._play(self._talks.get(_path(generation)))

    def cancel(self, generation: Generation | str) -> Generation:
        """Stop one."""
        return self._play(self._talks.change(_path(generation), "cancel"))

    def retry(self, generation: Generation | str) -> Generation:
        """Start a failed or cancelled one again, under the same name."""
        return self._play(self._talks.change(_path(generation), "retry"))

    def discard(self, generation: Generation | str) -> Generation:
        """Delete one and its files."""
        return self._play(self._talks.change(_path(generation), "discard"))

    def page(
        self,
        *,
        media_type: str | None = None,
        status: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page:
        """Some of the user's, newest first."""
        return self._play(self._talks.page(media_type, status, limit, cursor))

    def generations(
        self, *, media_type: str | None = None, status: str | None = None
    ) -> Iterator[Generation]:
        """All of the user's, newest first, read as they are asked for."""
        cursor = None
        while True:
            page = self.page(media_type=media_type, status=status, cursor=cursor)
            yield from page.generations
            if (cursor := page.cursor) is None:
                return

    def upload(self, file: Path | str | bytes, name: str | None = None) -> str:
        """Hand in a file; gives the path for `init_image`, `mask_image` or `audio`."""
        return self._play(self._talks.upload(_file(file), name))

    def download(self, output: Output, into: Path | str = ".") -> Path:
        """Save a file into a folder or under a name; gives where it is."""
        return self._play(self._talks.download(output, Path(into)))

    def quota(self) -> dict[str, Any]:
        """What is left of today."""
        return self._play(self._talks.quota())

    def models(self) -> list[dict[str, Any]]:
        """What generations can be made with."""
        return self._play(self._talks.models())

    def erase(self) -> None:
        """Delete everything of the user's."""
        self._play(self._talks.erase())

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _play(self, talk: Talk[Result]) -> Result:
        came: Answer = None
        while True:
            try:
                wanted = talk.send(came)
            except StopIteration as end:
                result: Result = end.value
                return result
            match wanted:
                case Pause():
                    time.sleep(wanted.seconds)
                    came = None
                case Alone():
                    with self._turn:
                        came = self._play(wanted.talk)
                case Ask():
                    try:
                        came = self._http.request(**_arguments(wanted))
                    except httpx.TransportError as error:
                        came = error


class AsyncFirepod(_Client):
    """The same for asyncio: each call is awaited, `generations` is iterated with `async for`."""

    def __init__(
        self, api_url: str, identity: Identity | str, http: httpx.AsyncClient | None = None
    ) -> None:
        super().__init__(api_url, identity)
        self._http = http or httpx.AsyncClient()
        self._turn = asyncio.Lock()

    async def run(
        self,
        request: GenerationRequest,
        *,
        on_update: Update | None = None,
        progress: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109 (as of the one that waits)
    ) -> Generation:
        """As `Firepod.run`; a cancelled task cancels it."""
        started = await self.generate(request)
        try:
            return await self.wait(started, on_update=on_update, progress=progress, timeout=timeout)
        except asyncio.CancelledError:
            await asyncio.shield(self.cancel(started))
            raise

    async def generate(self, request: GenerationRequest) -> Generation:
        return await self._play(self._talks.generate(request))

    async def wait(
        self,
        generation: Generation | str,
        *,
        on_update: Update | None = None,
        progress: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109 (as of the one that waits)
    ) -> Generation:
        with bar(shown=progress) as shown:
            return await self._play(
                self._talks.wait(_path(generation), _both(shown, on_update), timeout)
            )

    async def get(self, generation: Generation | str) -> Generation:
        return await self._play(self._talks.get(_path(generation)))

    async def cancel(self, generation: Generation | str) -> Generation:
        return await self._play(self._talks.change(_path(generation), "cancel"))

    async def retry(self, generation: Generation | str) -> Generation:
        return await self._play(self._talks.change(_path(generation), "retry"))

    async def discard(self, generation: Generation | str) -> Generation:
        return await self._play(self._talks.change(_path(generation), "discard"))

    async def page(
        self,
        *,
        media_type: str | None = None,
        status: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page:
        return await self._play(self._talks.page(media_type, status, limit, cursor))

    async def generations(
        self, *, media_type: str | None = None, status: str | None = None
    ) -> AsyncIterator[Generation]:
        cursor = None
        while True:
            page = await self.page(media_type=media_type, status=status, cursor=cursor)
            for one in page.generations:
                yield one
            if (cursor := page.cursor) is None:
                return

    async def upload(self, file: Path | str | bytes, name: str | None = None) -> str:
        return await self._play(self._talks.upload(_file(file), name))

    async def download(self, output: Output, into: Path | str = ".") -> Path:
        return await self._play(self._talks.download(output, Path(into)))

    async def quota(self) -> dict[str, Any]:
        return await self._play(self._talks.quota())

    async def models(self) -> list[dict[str, Any]]:
        return await self._play(self._talks.models())

    async def erase(self) -> None:
        await self._play(self._talks.erase())

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.close()

    async def _play(self, talk: Talk[Result]) -> Result:
        came: Answer = None
        while True:
            try:
                wanted = talk.send(came)
            except StopIteration as end:
                result: Result = end.value
                return result
            match wanted:
                case Pause():
                    await asyncio.sleep(wanted.seconds)
                    came = None
                case Alone():
                    async with self._turn:
                        came = await self._play(wanted.talk)
                case Ask():
                    try:
                        came = await self._http.request(**_arguments(wanted))
                    except httpx.TransportError as error:
                        came = error


def _path(generation: Generation | str) -> str:
    return generation if isinstance(generation, str) else generation.path


def _file(file: Path | str | bytes) -> Path | bytes:
    return Path(file) if isinstance(file, str) else file


def _both(*tellers: Update | None) -> Update | None:
    told = [one for one in tellers if one is not None]
    if not told:
        return None

    def tell(generation: Generation) -> None:
        for one in told:
            one(generation)

    return tell


def _arguments(ask: Ask) -> Mapping[str, Any]:
    return {
        "method": ask.method,
        "url": ask.url,
        "json": ask.json,
        "params": ask.params,
        "headers": dict(ask.headers),
        "files": ask.files,
        "timeout": ask.seconds,
    }
