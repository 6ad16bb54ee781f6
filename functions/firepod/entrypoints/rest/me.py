"""`/api/me`: the caller as a whole."""

from flask import Response, g, jsonify

from firepod import wiring
from firepod.entrypoints.rest import schemas
from firepod.entrypoints.rest.routes import Routes
from firepod.usecases.erase import erase as use_case

routes = Routes("me", "/api/me", "The caller as a whole.")


@routes.on("DELETE", "", "eraseMe", {202: schemas.Erasing})
def erase() -> Response:
    """Delete everything of the caller's: generations, files, uploads, jobs, quota and keys.

    It is answered at once and done within minutes, whatever dies on the way. What was used today
    counts until midnight UTC. The account itself is Firebase Authentication's.
    """
    response = jsonify(use_case(wiring.backend(), g.user_id).answer())
    response.status_code = 202
    return response
