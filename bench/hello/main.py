"""The least that a function on firebase_functions can be: what every cold start pays."""

from firebase_functions import https_fn
from flask import Request, Response


@https_fn.on_request()
def hello(_request: Request) -> Response:
    """Answer."""
    return Response("hello\n")
