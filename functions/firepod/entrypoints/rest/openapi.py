"""What the framework cannot see by itself of a route: bodies, errors, security."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.json_schema import models_json_schema

from firepod.entrypoints.rest.links import PREFIX
from firepod.entrypoints.rest.schemas import Error
from firepod.kinds.registry import TASKS
from firepod.kinds.validation import add_spellings
from firepod.usecases.submit import MAX_KEY_CHARS

REF = "#/components/schemas/{model}"
SECURITY_SCHEMES: dict[str, Any] = {
    "firebase": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A Firebase ID token of the signed-in user.",
    }
}
SIGNED_IN: list[dict[str, list[Any]]] = [{"firebase": []}]
ANYBODY: list[dict[str, list[Any]]] = [{}, *SIGNED_IN]

_LOCATION = {
    "Location": {
        "description": "Where to look for the generation.",
        "required": True,
        "schema": {"type": "string"},
    }
}
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds after which another try makes sense.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    }
}


class CreateHeaders(BaseModel):
    """Headers of calls that start a generation."""

    idempotency_key: str | None = Field(
        default=None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=MAX_KEY_CHARS,
        description="The same key with the same request starts nothing again, for 24 hours.",
    )
    prefer: str | None = Field(
        default=None,
        alias="Prefer",
        description="`wait=N` (seconds, at most 50): answer with the end if it comes in time. Two"
        " calls of a user wait at a time; one more, and the repetition of a call, is answered as"
        " things stand.",
    )


def errors(*statuses: int) -> dict[str | int, Any]:
    """Error answers; those that every signed-in call can get come by themselves."""
    return dict.fromkeys(sorted({400, 401, 429, 500, 503, *statuses}), Error)


def body(**content: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extensions` for a body: content type (`json`, `form`) -> its model."""
    types = {"json": "application/json", "form": "multipart/form-data"}
    _BODIES.extend(content.values())
    return {
        "requestBody": {
            "required": True,
            "content": {
                types[kind]: {"schema": {"$ref": REF.format(model=model.__name__)}}
                for kind, model in content.items()
            },
        }
    }


def text(description: str, pattern: str = "") -> Any:
    """A field of a body that is text."""
    more: dict[str, Any] = {"pattern": f"^{pattern}$"} if pattern else {}
    return (str, Field(description=description, json_schema_extra=more))


def base64(description: str) -> Any:
    """A field of a body that holds a file."""
    return (str, Field(description=description, min_length=1))


def file(description: str) -> Any:
    """A field of a form that is a file."""
    schema: dict[str, Any] = {"type": "string", "format": "binary"}
    return (bytes, Field(description=description, json_schema_extra=schema))


METADATA: Any = (
    dict[str, Any],
    Field(default_factory=dict, description="Its flat entries are kept, up to 8 KiB."),
)


PROPOSED: Any = (
    str | None,
    Field(default=None, description="As a worker has proposed it; kept if it is nobody's."),
)
MODEL: Any = (str | None, Field(default=None, description="An id of `GET /api/models`."))


def body_of(
    task: str,
    name: str,
    *,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
    more: Mapping[str, Any] = MappingProxyType({}),
    loose: bool = False,
) -> type[BaseModel]:
    """A task's own fields as the body of a call that says which task it is; `more` beside them.

    `loose` ignores other fields.
    """
    model = TASKS[task].request
    fields: dict[str, Any] = {
        key: (field.annotation, field)
        for key, field in model.model_fields.items()
        if key not in {"task_type", *without} and (only is None or key in only)
    }
    config = ConfigDict(
        extra="ignore" if loose else "forbid",
        json_schema_extra=lambda schema: add_spellings(schema, model.own_fields),
    )
    made: type[BaseModel] = create_model(
        name, __config__=config, __doc__=model.__doc__, **fields, **more
    )
    return made


_BODIES: list[type[BaseModel]] = []


def _with_key(model: type[BaseModel]) -> type[BaseModel]:
    key = Annotated[
        str | None, Field(min_length=1, max_length=MAX_KEY_CHARS, description="As the header.")
    ]
    fields: dict[str, Any] = {"idempotency_key": (key, None), "model": MODEL}
    return create_model(model.__name__, __base__=model, __doc__=model.__doc__, **fields)


def task_body() -> dict[str, Any]:
    """`openapi_extensions` for a body that is one of the tasks."""
    models = [_with_key(task.request) for task in TASKS.values()]
    _BODIES.extend(models)
    names = [model.__name__ for model in models]
    schema = {
        "oneOf": [{"$ref": REF.format(model=name)} for name in names],
        "discriminator": {
            "propertyName": "task_type",
            "mapping": {
                task: REF.format(model=name) for task, name in zip(TASKS, names, strict=True)
            },
        },
    }
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The framework's document with the schemas of all bodies, and the headers of answers."""
    unique = list(dict.fromkeys(_BODIES))
    _, schemas = models_json_schema([(model, "validation") for model in unique], ref_template=REF)
    components = document["components"]["schemas"] | schemas["$defs"]
    # Without the prefix, which the servers name: it is `/api/v1` as well as `/api`.
    paths = {path.removeprefix(PREFIX): one for path, one in document["paths"].items()}
    for operations in paths.values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status == "202" and operation["operationId"] != "eraseMe":
                    response["headers"] = _LOCATION
                if status == "429":
                    response["headers"] = _RETRY_AFTER
    components = document["components"] | {"schemas": components}
    return document | {"paths": paths, "components": components}
