"""`/api/uploads`: what a user hands in for generations to read."""

from flask import Response, g, jsonify
from pydantic import BaseModel, ConfigDict, Field

from firepod import wiring
from firepod.domain.errors import InvalidArgument
from firepod.domain.generation import ListedFile
from firepod.entrypoints.rest import openapi, schemas
from firepod.entrypoints.rest.bodies import large_body, read_file
from firepod.entrypoints.rest.routes import Routes
from firepod.kinds import paths
from firepod.usecases import ask, uploads

routes = Routes("uploads", "/api/uploads", "What generations read: start pictures, recordings.")


class UploadPath(BaseModel):
    name: str


class UploadForm(BaseModel):
    """A picture (PNG, JPEG, WebP) or sound (WAV, MP3, Ogg, FLAC, M4A), up to 25 MiB."""

    model_config = ConfigDict(extra="forbid")

    file: bytes = Field(json_schema_extra={"type": "string", "format": "binary"})


class UploadsQuery(BaseModel):
    """Which page, in the order of the names."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=100, ge=1, le=1000)
    cursor: str | None = Field(
        default=None, description="The `next_cursor` of the page before this one."
    )


@routes.on(
    "POST",
    "",
    "uploadFile",
    {200: schemas.Upload},
    errors=(412, 413, 415, 429),
    body=lambda: openapi.body(form=UploadForm),
)
def create() -> Response:
    """Hand in a file; the same content again keeps it for another day."""
    backend = wiring.backend()
    ask.may_keep(backend, g.user_id, g.sign_in)
    with large_body():
        data = read_file()
        output = uploads.upload(backend, g.user_id, data, g.sign_in)
    kept = schemas.Upload(path=output.path, content_type=output.content_type, size_bytes=len(data))
    return jsonify(schemas.shown(kept))


@routes.on("GET", "", "listUploads", {200: schemas.Uploads})
def index(query: UploadsQuery) -> Response:
    """What the caller has handed in and is still there."""
    if query.cursor is not None and not paths.is_upload_name(query.cursor):
        raise InvalidArgument.of("cursor", "is not a next_cursor of an earlier answer")
    found = uploads.page(wiring.backend(), g.user_id, limit=query.limit, after=query.cursor or "")
    shown = [_listed(file) for file in found.uploads]
    return jsonify(schemas.paged(schemas.Uploads(uploads=shown, next_cursor=found.next_name)))


@routes.on("DELETE", "/<name>", "deleteUpload", {200: schemas.Deleted}, errors=(404, 412))
def delete(path: UploadPath) -> Response:
    """Delete it, unless a generation that has not ended uses it."""
    uploads.delete(wiring.backend(), g.user_id, path.name)
    return jsonify(schemas.shown(schemas.Deleted(status="deleted")))


def _listed(file: ListedFile) -> schemas.ListedUpload:
    return schemas.ListedUpload(
        name=file.path.rpartition("/")[2],
        path=file.path,
        content_type=file.content_type,
        size_bytes=file.size_bytes,
        created_at=file.created_at,
    )
