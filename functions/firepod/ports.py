"""What use cases need from outside. Adapters serve it in the cloud, fakes in unit tests."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from firepod.domain.budget import Total
from firepod.domain.generation import (
    Generation,
    GenerationRef,
    Happened,
    Job,
    ListedFile,
    MediaType,
    Output,
    Status,
    StoredFile,
    UploadUrl,
)
from firepod.domain.links import Stream
from firepod.domain.owned import OwnedStore
from firepod.domain.quota import Quota
from firepod.domain.records import Key, Records
from firepod.protocol.runpod import JobReport, Submission
from firepod.settings import Settings

Change = Callable[[Records], Records]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Transition:
    """What a change found and what it left; `applied` tells whether it wrote."""

    before: Records
    after: Records
    versions: object = None  #: which versions were read; only the store that made it looks inside
    change: Change | None = None  #: which one it was; its name goes to the log
    events: tuple[Happened, ...] = ()  #: what it did, as `timeline.told` tells it

    @property
    def applied(self) -> bool:
        return self.after is not self.before


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a user's generations, which are ordered by time and then by name."""

    created_at: datetime
    file_uid: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a user's files take; `file_count` counts objects in Storage, not generations."""

    size_bytes: int = 0
    file_count: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.size_bytes + other.size_bytes, self.file_count + other.file_count)


@dataclass(frozen=True, slots=True)
class Expiration:
    """A generation's entry in the list of what is deleted at a time."""

    ref: GenerationRef
    version: object = None  #: which version was found; only the store that made it looks inside


class Store(OwnedStore, Protocol):
    """Generations, jobs, quotas and idempotency keys, changed together or not at all.

    Every method raises Unavailable where the database does not answer, or not us, within seconds.
    """

    def transition(
        self,
        ref: GenerationRef,
        change: Change,
        *,
        key_id: str | None = None,
        since: Transition | None = None,
        with_total: bool = False,
        new: bool = False,
    ) -> Transition:
        """Read, change, write in one transaction; again from the start if another one won.

        `since` is a transition of the same generation just made: its result is taken as read,
        which saves a round trip. `with_total` reads along what all users have used. `new` says
        that nothing of this generation can be stored yet: then the read may be spared, too, where
        the store knows the version of the user's quota. What `change` raises after a read passes
        through, and nothing is written.

        Raises:
            Unavailable: too many others changed the same records all the time.
        """

    def find(self, ref: GenerationRef) -> Generation | None: ...

    def find_job(self, file_uid: str) -> Job | None: ...

    def quota(self, user_id: str) -> Quota:
        """What a user has running and has used."""

    def units_used(self, day: str) -> int:
        """What all users together have used on a day, summed up by the database."""

    def keep_total(self, total: Total) -> None:
        """Write down what all users have used, for those who start something."""

    def find_key(self, key_id: str) -> Key | None:
        """What an idempotency key has started; its time may be over."""

    def due_jobs(self, now: datetime, limit: int, *, latest: bool = False) -> Sequence[Job]:
        """Jobs whose `check_at` has come, the longest overdue first, without unreadable ones.

        With `latest` the other way round: those that became due last.
        """

    def set_aside(self, file_uid: str, check_at: datetime) -> None:
        """Move a job's `check_at`, whatever else its document holds; nothing if it is gone."""

    def newest(
        self,
        user_id: str,
        media_type: MediaType,
        *,
        limit: int,
        status: Status | None = None,
        older_than: Position | None = None,
    ) -> Sequence[Generation]:
        """A user's generations of one media type, newest first; reads `limit` of them at most."""

    def usage(self, user_id: str, media_type: MediaType) -> Usage:
        """Sums over a user's completed generations, made by the database."""

    def expired(self, now: datetime, limit: int) -> Sequence[Expiration]:
        """Entries of generations whose `expires_at` has come, of every user, oldest first."""

    def settle(self, expiration: Expiration, again_at: datetime | None) -> None:
        """Forget an entry, or look at it again later, unless it was changed since it was found."""

    def find_expirations(self, now: datetime, limit: int) -> None:
        """Look through a bounded number of expired documents for generations without an entry.

        Those whose writer did not make one, as workers of an older version do. It goes on where it
        stopped the last time, and begins again a day after it came to the end.
        """

    def drop_keys(self, now: datetime, limit: int) -> int:
        """Delete idempotency keys whose time is over; returns how many."""


class Gpu(Protocol):
    """RunPod's API."""

    def run(self, endpoint_id: str, body: dict[str, Any]) -> Submission:
        """One call of /run, never repeated; the outcome says what is known."""

    def status(self, endpoint_id: str, job_id: str) -> JobReport:
        """What RunPod knows of a job.

        Raises:
            Unavailable: RunPod does not answer, or not with a status.
        """

    def cancel(self, endpoint_id: str, job_id: str) -> None:
        """Stop a job, queued or running; one that has ended is no error.

        Raises:
            Unavailable: RunPod does not answer.
        """

    def idle(self, endpoint_id: str) -> bool:
        """Whether the endpoint has no job, queued or running.

        Raises:
            Unavailable: RunPod does not answer.
        """


class Storage(Protocol):
    """Objects in our Storage bucket.

    Every method raises Unavailable where Storage does not answer, or not us, within seconds.
    """

    def together(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        """What several calls give, in their order; a bounded number of them at a time."""

    def beside(self, call: Callable[[], _T]) -> Callable[[], _T]:
        """Begin a call that only asks; what this returns waits for it, and returns or raises so."""

    def stat(self, path: str) -> StoredFile | None: ...

    def head(self, path: str, count: int) -> bytes:
        """The first bytes of an object; b"" if it is not there."""

    def read(self, path: str, at_most: int) -> bytes | None:
        """An object as it is stored, never unpacked, up to a size; None if it is not there."""

    def put(self, output: Output, data: bytes, *, owner: str, attempt: int) -> StoredFile:
        """Store an object of a generation with its owner and a download token."""

    def put_stream(self, output: Output, stream: Stream, *, owner: str, attempt: int) -> StoredFile:
        """As `put`, piece by piece; what the stream raises passes through, and nothing is left."""

    def copy(self, path: str, output: Output, *, owner: str, attempt: int) -> StoredFile | None:
        """As `put`, with the bytes of another object; None if that one is not there."""

    def delete(self, paths: Iterable[str], *, owner: str, upto_attempt: int) -> None:
        """Delete a user's objects that no later attempt has written.

        Those that are not there, or another user's, are no error and stay as they are.
        """

    def listing(self, prefix: str, *, after: str = "", limit: int) -> Sequence[ListedFile]:
        """Objects whose names begin so, in order of name, from the one after `after` on."""

    def remove(self, file: ListedFile) -> None:
        """Delete exactly the version that was listed; another one, or none, is no error."""

    def share(self, file: StoredFile) -> str:
        """`url` of a result that was just stored; opens the object where the URL needs it."""

    def url(self, file: StoredFile) -> str:
        """The URL of a shared result, of the kind that MEDIA_URLS names; changes nothing."""

    def read_url(self, file: StoredFile, until: datetime) -> str:
        """A URL by which a worker without credentials reads an input, until then."""

    def upload_url(self, output: Output, *, owner: str, attempt: int, until: datetime) -> UploadUrl:
        """A URL that lets its holder create this one object until then, and nothing else."""


class Links(Protocol):
    """Results that ready workers leave at hosts of their own."""

    def open(
        self, url: str, *, hosts: frozenset[str], largest: int
    ) -> AbstractContextManager[Stream]:
        """Follow a link of a worker's answer, to these hosts only and up to a size.

        Raises:
            LinkFailed: says why.
        """


class Queue(Protocol):
    """Cloud Tasks."""

    def enqueue(
        self, function: str, payload: dict[str, Any], *, name: str = "", delay_seconds: int = 0
    ) -> None:
        """Call a task-queue function later; of tasks with one name only the first counts.

        Raises:
            Unavailable: the task was not taken.
        """

    def together(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        """What several calls give, in their order; a bounded number of them at a time."""


class Users(Protocol):
    """Firebase Auth's accounts."""

    def check(self, user_id: str, issued_at: int) -> None:
        """Whether a token that was issued then (seconds since 1970) may still spend something.

        Raises:
            Unauthenticated: the account is gone, disabled, or was signed out everywhere since.
            Unavailable: Firebase Auth does not answer.
        """


class Clock(Protocol):
    """Time and chance: now, new ids, seeds."""

    def now(self) -> datetime: ...

    def uid(self) -> str:
        """A new unguessable id, 32 hex digits."""

    def seed(self, bits: int) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Everything that a use case works with."""

    store: Store
    gpu: Gpu
    storage: Storage
    links: Links
    queue: Queue
    users: Users
    clock: Clock
    settings: Settings
