"""`/api/models`: what generations can be made with."""

from flask import Response, jsonify

from firepod import wiring
from firepod.entrypoints.rest import schemas
from firepod.entrypoints.rest.routes import Routes

routes = Routes("models", "/api/models", "What generations can be made with.")


@routes.on("GET", "", "listModels", {200: schemas.Models})
def every() -> Response:
    """The models served here, with where their defaults and bounds differ from their tasks'."""
    from firepod.models.table import default_of, served

    found = served(wiring.backend().settings)
    shown = []
    for one in found.values():
        usual = [task for task in one.default_for if default_of(found, task) is one]
        told = schemas.Model.model_validate(one, from_attributes=True)
        shown.append(told.model_copy(update={"default_for": usual}).model_dump(mode="json"))
    response = jsonify(models=shown)
    response.headers["Cache-Control"] = "private, max-age=300"
    return response
