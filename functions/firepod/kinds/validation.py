"""Models of requests, made of the fields of the registry's entries; what was wrong, in words.

They validate, fill in defaults and feed the OpenAPI document of `api`. This is the one module of
`kinds` with pydantic, which takes long to import: only what parses requests may import it.
"""

import json
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    create_model,
    field_validator,
)
from pydantic import Field as ModelField

from firepod.domain.errors import FieldProblem
from firepod.kinds.fields import LANGUAGE, MAX_SEED, Field

MAX_EXTRA_BYTES = 8 * 1024
MAX_PATH_CHARS = 1024


def _storable(text: str) -> str:
    """Firestore and RunPod take Unicode text; half a surrogate pair is none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode text") from None
    return text


def not_blank(text: str) -> str:
    """The text, if there is more to it than spaces."""
    if not text.strip():
        raise ValueError("must hold more than spaces")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE.pattern, max_length=LANGUAGE.longest)]


class WithExtra(BaseModel):
    """What every request may have beside the fields of its task."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    extra: dict[str, str | int | float | bool | None] = ModelField(
        default_factory=dict,
        description="A flat map of at most 8 KiB of JSON, handed to the worker as it is.",
    )

    @field_validator("extra")
    @classmethod
    def _small(cls, extra: dict[str, Any]) -> dict[str, Any]:
        try:
            size = len(json.dumps(extra, ensure_ascii=False, separators=(",", ":")).encode())
        except UnicodeEncodeError:
            raise ValueError("is not valid Unicode text") from None
        if size > MAX_EXTRA_BYTES:
            raise ValueError(f"is {size} bytes of JSON; at most {MAX_EXTRA_BYTES} are possible")
        # https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
        if any(not key or re.fullmatch("__.*__", key, re.DOTALL) for key in extra):
            raise ValueError("holds a name that cannot be stored: empty, or __like_this__")
        if any(isinstance(value, int) and abs(value) > MAX_SEED for value in extra.values()):
            raise ValueError("holds a whole number that is too large")
        return extra


class Request(WithExtra):
    """A request of any task; the entry of its task has the fields."""

    task_type: str


def model_of(task_type: str, name: str, makes: str, fields: tuple[Field, ...]) -> type[Request]:
    """The model of a task's requests."""
    members: dict[str, Any] = {"task_type": (Literal[task_type], ...)}
    for one in fields:
        members[one.name] = (_annotation(one), _default(one))
    return create_model(name, __base__=Request, __module__=__name__, __doc__=makes, **members)


def _annotation(field: Field) -> Any:
    match field.kind:
        case "integer" | "number":
            number = int if field.kind == "integer" else float
            return number if field.default is not None or field.required else number | None
        case "choice":
            chosen: Any = Literal[field.choices]
            return chosen if field.default is not None or field.required else chosen | None
        case "file":
            return Annotated[Text, StringConstraints(min_length=1, max_length=MAX_PATH_CHARS)]
    bounds = StringConstraints(
        min_length=field.shortest or None,
        max_length=field.longest,
        pattern=field.pattern or None,
    )
    if field.more_than_spaces:
        return Annotated[Text, bounds, AfterValidator(not_blank)]
    return Annotated[Text, bounds]


def _default(field: Field) -> Any:
    bounds: dict[str, Any] = {"ge": field.low, "le": field.high, "multiple_of": field.multiple}
    return ModelField(
        ... if field.required else field.default,
        description=field.hint or None,
        **{name: bound for name, bound in bounds.items() if bound is not None},
    )


def problems_of(error: ValidationError) -> list[FieldProblem]:
    """One problem per field, in the words of the field; never the value that was sent."""
    found: dict[str, str] = {}
    for item in error.errors(include_url=False, include_input=False):
        # A union inside a field adds the names of its members; the field's own name is enough.
        name = str(item["loc"][0]) if item["loc"] else "data"
        found.setdefault(name[:100], _problem(item["type"], item["msg"]))
    return [FieldProblem(name, problem) for name, problem in found.items()]


def _problem(kind: str, message: str) -> str:
    match kind:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not a known field"
        case "value_error":
            return message.removeprefix("Value error, ")
        case "literal_error":
            return message.replace("Input should be", "must be")
    return message[:1].lower() + message[1:]
