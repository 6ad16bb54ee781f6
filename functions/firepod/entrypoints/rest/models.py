"""`/api/models`: what generations can be made with."""

from flask import Response, jsonify

from firepod import wiring
from firepod.entrypoints.rest import schemas
from firepod.entrypoints.rest.routes import Routes

routes = Routes("models", "/api/models", "What generations can be made with.")


@routes.on("GET", "", "listModels", {200: schemas.Models})
def every() -> Response:
    """The models, with where their defaults and bounds differ from those of their tasks."""
    from firepod.models.table import read_models

    found = read_models(wiring.backend().settings.models)
    shown = [
        schemas.Model.model_validate(one, from_attributes=True).model_dump(mode="json")
        for one in found.values()
    ]
    response = jsonify(models=shown)
    response.headers["Cache-Control"] = "private, max-age=300"
    return response
