"""What an entry of the registry holds: everything that is true of a task, and of its media."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from firepod.domain.generation import GenerationRef, MediaType, Output
from firepod.kinds import media_kinds
from firepod.kinds.fields import EXTRA, METADATA, Field
from firepod.kinds.paths import voice_profile

if TYPE_CHECKING:
    from firepod.kinds.validation import Request

Values = Mapping[str, Any]  # of a request's fields
Named = Callable[[Values, str], dict[str, Any]]
_LACKING: Any = object()


class Incomplete(Exception):
    """An entry of the registry lacks something, or holds something that cannot be."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Kind:
    """What holds for every task that makes the same media."""

    media_type: MediaType
    folder: Callable[[GenerationRef], str]  #: below which its objects are
    file_uid: Callable[[Values, datetime, str], str]  #: (request, now, entropy) -> a new name


@dataclass(frozen=True, eq=False, repr=False)
class Input:
    """A file that an engine is given."""

    name: str  #: what the engine calls it
    field: Field  #: the field of the request that names it
    words: str  #: what its user calls it

    def path(self, request: Values) -> str | None:
        """The object, None if the request names none. A voice is read as its profile."""
        named = request.get(self.field.name)
        if named is None or self.field.kind == "file":
            return named
        return voice_profile(named)


@dataclass(frozen=True, eq=False, repr=False)
class Sizes:
    """Sizes that a form offers: for two fields, a name and both values."""

    names: tuple[str, str]
    choices: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Task:
    """One task type. An entry that lacks something raises `Incomplete`, which names both."""

    name: str
    kind: Kind = _LACKING
    model: str = _LACKING  #: what its request is called in OpenAPI and TypeScript
    makes: str = _LACKING  #: a sentence
    label: str = _LACKING  #: in a form
    verb: str = _LACKING  #: on the button of a form
    fields: tuple[Field, ...] = _LACKING  #: in the order of a form, without `extra`
    outputs: Callable[[GenerationRef, Values, datetime], tuple[Output, ...]] = _LACKING
    describe: Callable[[Values, Sequence[str]], dict[str, Any]] = _LACKING  #: `generation_data`
    links: Callable[[Sequence[str]], dict[str, Any]] = _LACKING  #: a worker's answer: URLs
    pack: Callable[[Sequence[str]], dict[str, Any]] = _LACKING  #: a worker's answer: base64
    read: Callable[[Values], list[Any]] = _LACKING  #: the base64 texts of such an answer
    units: Callable[[Values], int] = _LACKING  #: what a request costs
    usual_seconds: int = _LACKING  #: how long a run takes at most, as a rule
    largest_bytes: Mapping[str, int] = _LACKING  #: content type of an output -> the largest sane
    named: Named | None = None  #: (request, file_uid) -> how an answer of sound begins
    sizes: Sizes | None = None

    def __post_init__(self) -> None:
        lacking = [one.name for one in fields(self) if getattr(self, one.name) is _LACKING]
        if lacking:
            raise Incomplete(f"task {self.name} lacks {', '.join(lacking)}")
        texts = (self.name, self.model, self.makes, self.label, self.verb)
        wrong = {
            "an empty text": not all(texts),
            "no usual time": self.usual_seconds <= 0,
            "two fields of one name": not _all_differ(
                [name for one in self.fields for name in (one.name, *one.aliases)]
            ),
            "a file of no kind": any((f.kind == "file") is (f.file is None) for f in self.fields),
            "a choice of nothing": any(
                (f.kind == "choice") is not bool(f.choices) for f in self.fields
            ),
            "an output whose bytes nobody knows": not self.largest_bytes
            or not all(media_kinds.is_known(one) for one in self.largest_bytes),
        }
        found = [problem for problem, so in wrong.items() if so]
        if found:
            raise Incomplete(f"task {self.name} has {', '.join(found)}")

    @property
    def media_type(self) -> MediaType:
        return self.kind.media_type

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The files that it reads."""
        files = {"file", "voice"}
        return tuple(_input(one) for one in self.fields if one.kind in files)

    def reads(self, request: Values) -> dict[str, str]:
        """The objects that a worker reads for a request: input -> path in our bucket."""
        named = {one.name: one.path(request) for one in self.inputs}
        return {name: path for name, path in named.items() if path is not None}

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Each way in which a field may be written, and what the field is called here."""
        beside = {one.name: one.name for one in (EXTRA, METADATA)}
        return beside | {
            written: one.name for one in self.fields for written in (one.name, *one.aliases)
        }

    @cached_property
    def request(self) -> "type[Request]":
        """The model that checks requests, made when the first one comes: it takes a while."""
        from firepod.kinds.validation import model_of

        return model_of(self.name, self.model, self.makes, self.fields)


def _all_differ(names: Sequence[str]) -> bool:
    return len(set(names)) == len(names)


def _input(field: Field) -> Input:
    """A voice is what its profile is to an engine."""
    if field.kind == "voice":
        return Input("profile", field, "voice")
    return Input(field.name, field, field.words)
