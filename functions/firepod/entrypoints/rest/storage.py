"""`/api/storage`: what a user's files take, of all media types."""

from flask import Response, g, jsonify

from firepod import wiring
from firepod.entrypoints.rest import schemas
from firepod.entrypoints.rest.routes import Routes
from firepod.usecases import usage

routes = Routes("storage", "/api/storage", "What the files take.")


@routes.on("GET", "/usage", "getStorageUsage", {200: schemas.FullStorageUsage})
def read() -> Response:
    """What everything of the caller's takes in Storage, in total and by media type."""
    sums, handed_in = usage.everything(wiring.backend(), g.user_id)
    by_type = {media_type: schemas.usage(one) for media_type, one in sums.items()}
    total = schemas.usage(sum(sums.values(), handed_in))
    shown = schemas.UsageByType(
        **total.model_dump(), by_media_type=by_type, uploads=schemas.usage(handed_in)
    )
    return jsonify(schemas.shown(schemas.FullStorageUsage(storage_usage=shown)))
