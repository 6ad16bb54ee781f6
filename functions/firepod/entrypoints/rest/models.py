"""`/api/models`: what generations can be made with."""

from flask import Response, jsonify

from firepod import wiring
from firepod.entrypoints.rest import schemas
from firepod.entrypoints.rest.routes import Routes

routes = Routes("models", "/api/models", "What generations can be made with.")


@routes.on("GET", "", "listModels", {200: schemas.Models})
def every() -> Response:
    """The models served here, with where their defaults and bounds differ from their tasks'."""
    from firepod.models.table import default_of, price_of, served

    settings = wiring.backend().settings
    found = served(settings)
    shown = []
    for one in found.values():
        usual = [task for task in one.default_for if default_of(found, task) is one]
        told = schemas.Model.model_validate(one, from_attributes=True)
        price = price_of(settings, one)
        here = {"default_for": usual, "price": price and schemas.Price(**price)}
        shown.append(told.model_copy(update=here).model_dump(mode="json"))
    response = jsonify(models=shown)
    response.headers["Cache-Control"] = "private, max-age=300"
    return response
