"""`api`: everything over REST (docs/contract.md, 6), one function behind Hosting's `/api/**`.

The web framework behind it is imported only where this function runs, so that the others start
without it.
"""

import os
from importlib import import_module
from typing import cast

from firebase_functions import https_fn, options
from flask import Request, Response

if os.environ.get("FUNCTION_TARGET") == "api":
    import_module("firepod.entrypoints.rest.app")


@https_fn.on_request(
    # Hosting gives up after 60 s; waiting calls end at 50 s.
    timeout_sec=60,
    # Bodies of up to 30 MiB, several at a time, each once as it came and once decoded.
    memory=options.MemoryOption.GB_2,
    concurrency=16,
)
def api(request: Request) -> Response:
    """Answer one call of the REST API."""
    from firepod.entrypoints.rest.app import application

    return cast("Response", Response.from_app(application(), request.environ))
