"""What a dialect is, what it is asked, and what it reads. Values; nothing is sent from here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firepod.domain.generation import ErrorCode, Generation, Job, Output, UploadUrl
from firepod.protocol.runpod import MAX_RUN_BODY_BYTES, sentence_of

_SIDES = ({"width", "height"}, {"video_width", "video_height"})
#: What a table may name beside fields and inputs, and the fields of which it is made, one set or
#: another.
DERIVED = {"size": _SIDES, "aspect_ratio": _SIDES, "seconds": ({"num_frames", "fps"},)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What only workers of ours are told: whose it is, and where its files and reports go."""

    generation: Generation
    job: Job
    webhook: str = field(repr=False)
    media_urls: str
    retention_days: int
    upload_urls: Mapping[str, UploadUrl] = field(repr=False)
    usd_per_second: float | None = None  #: what a second of its GPU costs; None: unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One job, in our words."""

    endpoint_id: str
    task_type: str
    request: Mapping[str, Any] = field(repr=False)  #: `request_data`, with its defaults and seed
    #: input (`init_image`, `mask_image`, `audio`, `profile`, `sample`) -> a short signed URL, or a
    #: data URL where the dialect has `inputs_inline`
    inputs: Mapping[str, str] = field(default_factory=dict, repr=False)
    outputs: tuple[Output, ...] = ()  #: content types say the formats
    #: of the model: their name of a field -> where its value is from
    names: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)  #: of the model: sent with every job
    workflow: Mapping[str, Any] | None = field(default=None, repr=False)  #: of the model
    own: Own | None = None  #: only where the dialect is `ours`


@dataclass(frozen=True, slots=True)
class Packed:
    """A file within the answer: base64, with or without a `data:` URL around it."""

    text: Any = field(repr=False)  #: as it came; what is no text is no file


@dataclass(frozen=True, slots=True)
class Link:
    """A file somewhere else; whether it is fetched is decided by its host."""

    url: str = field(repr=False)


Media = Packed | Link


@dataclass(frozen=True, slots=True)
class Made:
    """What an answer holds, in the order of the outputs."""

    media: tuple[Media, ...]
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is nothing. An empty sentence: the usual one of the code."""

    code: ErrorCode
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The `output` of a job that is COMPLETED."""

    output: Any = field(repr=False)
    task_type: str
    #: how our own workers answer this task: the base64 texts in such an answer
    texts: Callable[[Mapping[str, Any]], list[Any]]


def failure_of(error: Any) -> Failure:
    """What a worker's error means, where a dialect knows nothing better."""
    return Failure(ErrorCode.WORKER_ERROR, sentence_of(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one kind of worker is spoken to, and what it can."""

    name: str
    to_input: Callable[[Ask], dict[str, Any]]  #: `input` of /run
    read: Callable[[Told], Made | Failure]
    failure: Callable[[Any], Failure] = failure_of  #: of RunPod's `error`, or of that in an output
    ours: bool = False  #: claims its attempt, reports progress, delivers files, calls back
    shared: bool = False  #: others' jobs run there too, so that it is never known to be idle
    hosts: frozenset[str] = frozenset()  #: from which its links are fetched, by exact name
    inputs_inline: bool = False  #: takes data URLs for its inputs, and no others
    largest_body: int = MAX_RUN_BODY_BYTES
