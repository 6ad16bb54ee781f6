"""What production would bill of all that was done: documents read, written and deleted.

https://firebase.google.com/docs/firestore/pricing , read in 2026-11. Not counted are reads that
rules make, index entries beyond the first thousand of a query, and failed requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from local.firestore import wire
from local.firestore.callers import Caller

ENTRIES_PER_READ = 1000  # of an aggregation


@dataclass
class Tally:
    """Documents, and the requests that they came with."""

    reads: int = 0
    writes: int = 0
    deletes: int = 0
    requests: int = 0  #: of reading and writing; what a listener hears needs none


@dataclass
class Usage:
    """Since the server was started, by the rights that the callers had."""

    server: Tally = field(default_factory=Tally)  #: with an operator's rights: backend, workers
    app: Tally = field(default_factory=Tally)  #: everybody else

    def get(self, caller: Caller, names: int) -> None:
        """Documents were asked for by name; a missing one is billed as well."""
        self._read(caller, names)

    def query(self, caller: Caller, found: int) -> None:
        """A query was answered; at least one read is billed."""
        self._read(caller, max(1, found))

    def aggregate(self, caller: Caller, matched: int) -> None:
        """An aggregation was answered without its documents."""
        self._read(caller, max(1, -(-matched // ENTRIES_PER_READ)))

    def listen(self, caller: Caller, found: int) -> None:
        """A listener began: as a query."""
        self.query(caller, found)

    def heard(self, caller: Caller, documents: int) -> None:
        """A listener was told of documents that changed, or left its query by changing."""
        self._of(caller).reads += documents

    def commit(self, caller: Caller, writes: Sequence[wire.Write]) -> None:
        """A commit went through; each write counts, one that changes nothing as well."""
        kinds = [write.WhichOneof("operation") for write in writes]
        tally = self._of(caller)
        tally.deletes += kinds.count("delete")
        tally.reads += kinds.count("verify")
        tally.writes += sum(kind not in ("delete", "verify") for kind in kinds)
        tally.requests += 1

    def to_json(self) -> dict[str, dict[str, int]]:
        """Say all of it: {"server": {"reads": 3, ...}, "app": {...}}."""
        return asdict(self)

    def _read(self, caller: Caller, documents: int) -> None:
        tally = self._of(caller)
        tally.reads += documents
        tally.requests += 1

    def _of(self, caller: Caller) -> Tally:
        return self.server if caller.admin else self.app
