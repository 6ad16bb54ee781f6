"""`/api/storage`: what a user's files take, of all media types."""

from flask import Response, g, jsonify

from firepod import wiring
from firepod.entrypoints.rest import answers
from firepod.entrypoints.rest.routes import Routes
from firepod.usecases import usage

routes = Routes("storage", "/api/storage", "What the files take.")


@routes.on("GET", "/usage", "getStorageUsage", {200: answers.FullStorageUsage})
def read() -> Response:
    """What everything of the caller's takes in Storage, in total and by media type."""
    sums, handed_in = usage.everything(wiring.backend(), g.user_id)
    by_type = {media_type: answers.usage(one) for media_type, one in sums.items()}
    total = answers.usage(sum(sums.values(), handed_in))
    shown = answers.UsageByType(
        **total.model_dump(), by_media_type=by_type, uploads=answers.usage(handed_in)
    )
    return jsonify(answers.shown(answers.FullStorageUsage(storage_usage=shown)))
