"""What links of ready workers lead to, in memory."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from firepod.domain.links import LinkFailed, LinkProblem
from tests.fakes.failpoints import Failpoints


class FakeStream(io.BytesIO):
    """`firepod.domain.links.Stream`."""

    @property
    def size(self) -> int | None:
        return len(self.getvalue())

    def head(self, count: int) -> bytes:
        return self.getvalue()[:count]


@dataclass
class FakeLinks:
    """`firepod.ports.Links`; what is not in `there` is gone."""

    failpoints: Failpoints = field(default_factory=Failpoints)
    there: dict[str, bytes] = field(default_factory=dict)
    silent: bool = False
    asked: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def open(self, url: str, *, hosts: frozenset[str], largest: int) -> Iterator[FakeStream]:
        self.failpoints.reach("links.open")
        self.asked.append(url)
        if urlsplit(url).hostname not in hosts:
            raise LinkFailed(LinkProblem.FOREIGN)
        if self.silent:
            raise LinkFailed(LinkProblem.SILENT)
        if url not in self.there:
            raise LinkFailed(LinkProblem.GONE)
        if len(self.there[url]) > largest:
            raise LinkFailed(LinkProblem.TOO_LARGE)
        yield FakeStream(self.there[url])
