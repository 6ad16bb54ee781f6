"""A generation and its job: values that never change in place (docs/contract.md, 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class MediaType(StrEnum):
    """The collection of a generation's document below its user."""

    IMAGES = "images"
    VIDEOS = "videos"
    VOICES = "voices"
    TTS = "tts"


class Status(StrEnum):
    """Where a generation stands; the last three are terminal."""

    QUEUED = "queued"  #: accepted, no worker has begun
    PROCESSING = "processing"  #: a worker has claimed it
    COMPLETED = "completed"  #: the files are in Storage
    FAILED = "failed"  #: ended with `error` and `error_code`; `retry` may start it again
    CANCELLED = "cancelled"  #: stopped by its user; `retry` may start it again

    @property
    def terminal(self) -> bool:
        return self in _TERMINAL


_TERMINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})


class ErrorCode(StrEnum):
    """Why a generation failed, stable for programs."""

    WORKER_ERROR = "worker_error"  #: the engine or its worker failed
    OUT_OF_MEMORY = "out_of_memory"  #: the GPU's memory did not suffice for it
    MODEL_UNAVAILABLE = "model_unavailable"  #: the worker has not the weights of its model
    TIMED_OUT = "timed_out"  #: it ran longer than EXECUTION_TIMEOUT_SECONDS
    REJECTED = "rejected"  #: RunPod refused the job, or a worker a direct request
    EXPIRED = "expired"  #: nothing ran it in time, or RunPod no longer knows it
    OUTPUT_MISSING = "output_missing"  #: it ended well but left no files
    OUTPUT_INVALID = "output_invalid"  #: what it left is not the media that was asked for
    STORAGE_FAILED = "storage_failed"  #: the result could not be stored, or not be looked for
    STOPPED = "stopped"  #: an operator has ended it, and says why


class Phase(StrEnum):
    """How far a job got on its way through RunPod; decides what `reconcile` does with it."""

    SUBMITTING = "submitting"  #: claimed by a process that is about to call /run
    WAITING = "waiting"  #: RunPod could not be reached; a `dispatch` task will call /run
    UNKNOWN = "unknown"  #: /run was called and its outcome is not known; never called again
    SUBMITTED = "submitted"  #: RunPod has the job and its id is known
    STOPPING = "stopping"  #: the generation is over; RunPod's job and files are cleared away


class Event(StrEnum):
    """What has happened to an attempt, in the words of `timeline`."""

    QUEUED = "queued"  #: accepted, the first attempt
    RETRIED = "retried"  #: accepted again, as the next attempt
    SUBMITTED = "submitted"  #: RunPod has its job, and the job's id is known
    WAITING = "waiting"  #: it could not be handed on; it is tried again
    UNKNOWN = "unknown"  #: the answer of /run was lost
    CLAIMED = "claimed"  #: a worker has begun; again for each run that takes over
    COMPLETED = "completed"  #: the files are in Storage
    FAILED = "failed"  #: ended with an error
    CANCELLED = "cancelled"  #: stopped by its user
    DISCARDED = "discarded"  #: deleted by its user, or as its time was over


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of an attempt, and when, by the database's clock."""

    event: Event
    at: datetime
    attempt: int
    error_code: ErrorCode | None = None  #: of a failure; the next attempt's document has no more
    by: str | None = None  #: who wrote it: a function's name, or "worker" of one with credentials


@dataclass(frozen=True, slots=True)
class GenerationRef:
    """Names one generation; `path` is its Firestore document."""

    user_id: str
    media_type: MediaType
    file_uid: str

    @property
    def path(self) -> str:
        return f"generations/{self.user_id}/{self.media_type}/{self.file_uid}"


@dataclass(frozen=True, slots=True)
class Output:
    """One object that a generation is to leave in Storage; the name is ours, never the worker's."""

    path: str
    content_type: str
    #: what it is called when it is saved; words of its user, which no document keeps
    name: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class UploadUrl:
    """Where one object is put to, and the headers that its holder has to send with it."""

    url: str = field(repr=False)
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One object that is in Storage."""

    path: str
    content_type: str
    size_bytes: int
    #: Firebase download token, empty if the object has none
    token: str = field(default="", repr=False)
    owner: str = ""  #: custom metadata `owner`
    attempt: int = 0  #: custom metadata `attempt`: which one wrote it, 0 for a user's upload
    encoding: str = ""  #: `Content-Encoding`: how its bytes are packed

    @property
    def packed(self) -> bool:
        """Whether its bytes are compressed, so that a reader would unpack them to any size."""
        return self.encoding not in {"", "identity"}

    def listed(self) -> dict[str, Any]:
        """The entry of `generation_data.files`."""
        return {
            "path": self.path,
            "content_type": self.content_type,
            "size_bytes": self.size_bytes,
        }


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One object as a listing of the bucket shows it; `version` names exactly these bytes."""

    path: str
    content_type: str
    size_bytes: int
    owner: str
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """The document that an app listens to. Its times are written as server timestamps."""

    user_id: str
    media_type: MediaType
    file_uid: str
    task_type: str
    request_data: dict[str, Any] = field(repr=False)
    model: str | None = None  #: as asked for; None: the default of the deployment
    metadata: dict[str, Any] | None = field(default=None, repr=False)  #: the caller's own
    status: Status = Status.QUEUED
    attempt: int = 1
    created_at: datetime | None = None
    modified: datetime | None = None
    progress: float | None = None  #: 0..1 while processing
    preview: str | None = field(default=None, repr=False)  #: while processing, a small data: URL
    started_at: datetime | None = None
    completed_at: datetime | None = None
    generated: bool | None = None
    generation_data: dict[str, Any] | None = field(default=None, repr=False)
    error: str | None = field(default=None, repr=False)
    error_code: ErrorCode | None = None
    #: `delay_ms` and `execution_ms` as RunPod reports them, and `cost_usd`
    metrics: Mapping[str, int | float] | None = None
    size_bytes: int | None = None  #: sum over the files
    file_count: int | None = None  #: how many files; summed up for the storage usage
    expires_at: datetime | None = None
    timeline: tuple[Happened, ...] = ()  #: of all attempts; written by `timeline.told` alone

    @property
    def ref(self) -> GenerationRef:
        return GenerationRef(self.user_id, self.media_type, self.file_uid)


@dataclass(frozen=True, slots=True)
class RunpodJob:
    """A job at RunPod, by the endpoint that was used then, not the one configured now."""

    endpoint_id: str
    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`jobs/{file_uid}`: what the backend needs to bring one attempt to its end."""

    user_id: str
    media_type: MediaType
    file_uid: str
    attempt: int
    phase: Phase
    endpoint_id: str  #: empty: no job of it is ever at RunPod
    outputs: tuple[Output, ...]
    created_at: datetime  #: when this attempt was accepted
    check_at: datetime  #: when somebody looks again at the latest
    deadline_at: datetime  #: after this RunPod has deleted the job (its `ttl`)
    checks: int = 0  #: how often `reconcile` looked without an end; spaces the next looks
    runpod_job_id: str | None = None
    claim: str | None = field(default=None, repr=False)  #: the run that holds this attempt
    leftovers: tuple[RunpodJob, ...] = field(default=())  #: RunPod jobs of older attempts to stop
    uploads: tuple[str, ...] = ()  #: its user's uploads that it reads, deleted after the last use
    stray: bool = False  #: RunPod may have a job of an older attempt whose id we never learnt
    model: str = ""  #: which one makes it; empty in documents of older versions
    dialect: str = "firepod"  #: how its endpoint is spoken to
    units: int = 1  #: what this attempt took from its user's day; given back if it never ran
    events: tuple[Happened, ...] = ()  #: those that are not in the generation's `timeline` yet

    @property
    def ref(self) -> GenerationRef:
        return GenerationRef(self.user_id, self.media_type, self.file_uid)

    @property
    def lease(self) -> str:
        """The attempt's place in its user's quota; an older one may hold its own still."""
        return lease_of(self.file_uid, self.attempt)

    @property
    def older_leases(self) -> tuple[str, ...]:
        return tuple(lease_of(self.file_uid, number) for number in range(1, self.attempt))

    @property
    def at_runpod(self) -> RunpodJob | None:
        return RunpodJob(self.endpoint_id, self.runpod_job_id) if self.runpod_job_id else None

    @property
    def all_at_runpod(self) -> tuple[RunpodJob, ...]:
        """Every job that RunPod may have of this generation, as far as its id is known."""
        return (*self.leftovers, *([self.at_runpod] if self.at_runpod else []))


def lease_of(file_uid: str, attempt: int) -> str:
    """The name of an attempt's lease in its user's quota."""
    return file_uid if attempt == 1 else f"{file_uid}:{attempt}"
