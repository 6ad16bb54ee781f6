"""Models of requests, made of the fields of the registry's entries; what was wrong, in words.

They validate, fill in defaults and feed the OpenAPI document of `api`. This is the one module of
`kinds` with pydantic, which takes long to import: only what parses requests may import it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationError,
    create_model,
    field_validator,
)
from pydantic import Field as ModelField
from pydantic_core import CoreSchema

from firepod.domain.errors import FieldProblem
from firepod.kinds import formats
from firepod.kinds.fields import LANGUAGE, MAX_SEED, Field
from firepod.kinds.sentences import NO_BOUNDS, Bounds, Found, sentence

MAX_EXTRA_BYTES = 8 * 1024
MAX_METADATA_BYTES = 2 * 1024
MAX_PATH_CHARS = 1024
Flat = dict[str, str | int | float | bool | None]


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


def _small(flat: dict[str, Any], most: int) -> dict[str, Any]:
    """A flat map that can be stored, and has at most so many bytes of JSON."""
    try:
        size = len(json.dumps(flat, ensure_ascii=False, separators=(",", ":")).encode())
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode text") from None
    if size > most:
        raise ValueError(f"is {size} bytes of JSON; at most {most} are possible")
    # https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
    if any(not key or re.fullmatch("__.*__", key, re.DOTALL) for key in flat):
        raise ValueError("holds a name that cannot be stored: empty, or __like_this__")
    if any(isinstance(value, int) and abs(value) > MAX_SEED for value in flat.values()):
        raise ValueError("holds a whole number that is too large")
    return flat


Language = Annotated[str, StringConstraints(pattern=LANGUAGE.pattern, max_length=LANGUAGE.longest)]


class WithExtra(BaseModel):
    """What every request may have beside the fields of its task."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    extra: Flat = ModelField(
        default_factory=dict,
        description="A flat map of at most 8 KiB of JSON, handed to the worker as it is.",
    )

    @field_validator("extra")
    @classmethod
    def _small_extra(cls, extra: dict[str, Any]) -> dict[str, Any]:
        return _small(extra, MAX_EXTRA_BYTES)


class Request(WithExtra):
    """A request of any task; the entry of its task has the fields."""

    own_fields: ClassVar[tuple[Field, ...]] = ()

    metadata: Flat = ModelField(
        default_factory=dict,
        description="A flat map of the caller's own, at most 2 KiB of JSON; no worker sees it.",
    )
    task_type: str

    @field_validator("metadata")
    @classmethod
    def _small_metadata(cls, metadata: dict[str, Any]) -> dict[str, Any]:
        return _small(metadata, MAX_METADATA_BYTES)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        schema = handler(core_schema)
        add_spellings(handler.resolve_ref_schema(schema), cls.own_fields)
        return schema

    def recorded(self) -> dict[str, Any]:
        """The fields of the task, with their defaults: what is recorded, and sent to a worker."""
        fields = self.model_dump(exclude={"task_type", "metadata"})
        return {name: value for name, value in fields.items() if value is not None}

    def asked(self) -> dict[str, Any]:
        """All that was asked for, to be compared: the same in versions with more fields."""
        asked = {n: v for n, v in self.model_dump().items() if v is not None or n == "seed"}
        if not self.metadata:
            del asked["metadata"]
        usual = type(self).model_fields.get(formats.NAME)
        if usual is not None and asked.get(formats.NAME) == usual.default:
            del asked[formats.NAME]
        return asked


def model_of(task_type: str, name: str, makes: str, fields: tuple[Field, ...]) -> type[Request]:
    """The model of a task's requests."""
    members: dict[str, Any] = {"task_type": (Literal[task_type], ...)}
    for one in fields:
        members[one.name] = (_annotation(one), _default(one))
    made = create_model(name, __base__=Request, __module__=__name__, __doc__=makes, **members)
    made.own_fields = fields
    return made


def add_spellings(schema: dict[str, Any], fields: Iterable[Field]) -> None:
    """Add the other spellings of fields to a schema that has them by our names."""
    properties, required = schema["properties"], schema.get("required", [])
    one_of_each = []
    for one in fields:
        if not one.aliases or one.name not in properties:
            continue
        said = {"description": f"Another spelling of `{one.name}`.", "x-spelling-of": one.name}
        for alias in one.aliases:
            of_ours = {
                n: v for n, v in properties[one.name].items() if n not in {"title", "default"}
            }
            properties[alias] = of_ours | said
        if one.name in required:
            required.remove(one.name)
            one_of_each.append({"anyOf": [{"required": [n]} for n in (one.name, *one.aliases)]})
    if one_of_each:
        schema["allOf"] = one_of_each


def _annotation(field: Field) -> Any:
    of_value = _of_value(field)
    return of_value if field.default is not None or field.required else of_value | None


def _of_value(field: Field) -> Any:
    match field.kind:
        case "integer":
            return int
        case "number":
            return float
        case "choice":
            return Literal[field.choices]
        case "file":
            bounds = StringConstraints(min_length=1, max_length=MAX_PATH_CHARS)
            return Annotated[str, bounds, AfterValidator(_storable)]
    bounds = StringConstraints(
        min_length=field.shortest or None,
        max_length=field.longest,
        pattern=field.pattern or None,
    )
    # The bounds first: behind a function, a text would be so many "items" long.
    if field.more_than_spaces:
        return Annotated[str, bounds, AfterValidator(_storable), AfterValidator(not_blank)]
    return Annotated[str, bounds, AfterValidator(_storable)]


def _default(field: Field) -> Any:
    bounds: dict[str, Any] = {"ge": field.low, "le": field.high, "multiple_of": field.multiple}
    return ModelField(
        ... if field.required else field.default,
        description=field.hint or None,
        **{name: bound for name, bound in bounds.items() if bound is not None},
    )


def problems_of(
    error: ValidationError,
    fields: tuple[Field, ...] = (),
    closer: Mapping[str, Bounds] | None = None,
) -> list[FieldProblem]:
    """One problem per field, in the words of the field; never the value that was sent."""
    known = {one.name: one for one in fields}
    found: dict[str, str] = {}
    for item in error.errors(include_url=False):
        # A union inside a field adds the names of its members; the field's own name is enough.
        name = str(item["loc"][0]) if item["loc"] else "data"
        what = Found(item["type"], item.get("ctx", {}), item["input"])
        bounds = (closer or {}).get(name, NO_BOUNDS)
        found.setdefault(name[:100], sentence(what, name, known.get(name), bounds))
    return [FieldProblem(name, problem) for name, problem in found.items()]
