"""`/api/quota`: what a user may do still."""

from flask import Response, g, jsonify

from firepod import wiring
from firepod.entrypoints.rest import schemas
from firepod.entrypoints.rest.routes import Routes
from firepod.usecases.quota import standing

routes = Routes("quota", "/api/quota", "What may be started still.")


@routes.on("GET", "", "getQuota", {200: schemas.Quota})
def read() -> Response:
    """How many generations run, and how many units are used today, of how many."""
    found = standing(wiring.backend(), g.user_id, g.sign_in)
    shown = schemas.Quota(
        active=schemas.Limit(limit=found.active_limit, used=found.active),
        daily=schemas.DailyLimit(
            limit=found.daily_limit, used=found.daily, resets_at=found.resets_at
        ),
    )
    return jsonify(schemas.shown(shown))
