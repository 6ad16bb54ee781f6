"""`/api/health`: whether the service is well, and with `deep` what it stands on."""

from flask import Response, g, jsonify
from pydantic import BaseModel, ConfigDict, Field

from firepod import VERSION, wiring
from firepod.domain.errors import ResourceExhausted, Unavailable
from firepod.entrypoints.rest import schemas
from firepod.entrypoints.rest.auth import authenticate
from firepod.entrypoints.rest.routes import Routes
from firepod.entrypoints.rest.shares import DEEP

routes = Routes("health", "/api", "Whether the service is well.")


class HealthQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    deep: bool = Field(
        default=False, description="Also ask Firestore, Storage and RunPod; for signed-in users."
    )


@routes.on("GET", "/health", "getHealth", {200: schemas.Health}, errors=(429,), signed_in=False)
def health(query: HealthQuery) -> Response:
    """Whether the service is well."""
    if not query.deep:
        return jsonify(status="ok", version=VERSION)
    g.user_id = authenticate()

    from firepod.usecases.health import check

    with DEEP.held(g.user_id) as free:
        if not free:
            raise ResourceExhausted(
                "A check is under way. Wait for its answer.", limit=1, used=1, retry_after_seconds=5
            )
        failing = check(wiring.backend())
    if failing:
        raise Unavailable(
            f"Not available now: {', '.join(sorted(failing))}.", {"failing": sorted(failing)}
        )
    checks = dict.fromkeys(("firestore", "storage", "runpod"), "ok")
    return jsonify(status="ok", version=VERSION, checks=checks)
