"""`/api/quota`: what a user may do still."""

from flask import Response, g, jsonify

from firepod import wiring
from firepod.domain.quota import midnight_after
from firepod.entrypoints.rest import answers
from firepod.entrypoints.rest.routes import Routes

routes = Routes("quota", "/api/quota", "What may be started still.")


@routes.on("GET", "", "getQuota", {200: answers.Quota})
def read() -> Response:
    """How many generations run, and how many units are used today, of how many."""
    backend = wiring.backend()
    quota, now, limits = (
        backend.store.quota(g.user_id),
        backend.world.now(),
        backend.settings.limits,
    )
    found = answers.Quota(
        active=answers.Limit(limit=limits.active, used=len(quota.running(now))),
        daily=answers.DailyLimit(
            limit=limits.of_day(guest=g.sign_in.guest),
            used=quota.used_on(now),
            resets_at=midnight_after(now),
        ),
    )
    return jsonify(answers.shown(found))
