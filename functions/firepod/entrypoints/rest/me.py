"""`/api/me`: the caller as a whole."""

from flask import Response, g, jsonify
from flask_openapi3.blueprint import APIBlueprint

from firepod import wiring
from firepod.entrypoints.rest import answers, openapi
from firepod.usecases.erase import erase as use_case

routes = APIBlueprint(
    "me", __name__, url_prefix="/api/me", abp_tags=[openapi.ME], abp_security=openapi.SIGNED_IN
)


@routes.delete("", responses={202: answers.Erasing, **openapi.errors()})
def erase() -> Response:
    """Delete everything of the caller's: generations, files, uploads, jobs, quota and keys.

    It is answered at once and done within minutes, whatever dies on the way. What was used today
    counts until midnight UTC. The account itself is Firebase Authentication's.
    """
    response = jsonify(use_case(wiring.backend(), g.user_id).answer())
    response.status_code = 202
    return response
