"""Where a generation is in this API: under `/api/v1` for who asked there, else under `/api`."""

from typing import Any

from flask import request

from firepod.domain.generation import GenerationRef

PREFIX = "/api"
VERSIONS = ("/v1",)
ASKED = "firepod.prefix"  # of the WSGI environment: the prefix that the caller used


def unprefixed(environ: dict[str, Any]) -> dict[str, Any]:
    """The environment with the one path that routes have: `/v1/health` is `/api/health`.

    A call of the function's own URL comes without `/api`.
    """
    path, prefix = environ.get("PATH_INFO", ""), PREFIX
    rest = path.removeprefix(PREFIX) if _under(path, PREFIX) else path
    for version in VERSIONS:
        if _under(rest, version):
            rest, prefix = rest.removeprefix(version), PREFIX + version
    return {**environ, "PATH_INFO": f"{PREFIX}{rest}", ASKED: prefix}


def urls(ref: GenerationRef) -> dict[str, str]:
    """What can be done with a generation: GET, POST, POST and DELETE."""
    prefix = request.environ.get(ASKED, PREFIX)
    own = f"{prefix}/generations/{ref.media_type}/{ref.file_uid}"
    return {"self": own, "cancel": f"{own}/cancel", "retry": f"{own}/retry", "discard": own}


def _under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")
