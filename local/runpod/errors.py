"""What a caller of the API can do wrong; every class carries the HTTP status of its answer.

https://docs.runpod.io/serverless/endpoints/operation-reference documents 400, 401, 404, 429, 500.
"""


class ApiError(Exception):
    """The request cannot be served."""

    status = 500

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class BadRequest(ApiError):
    """The request is malformed."""

    status = 400


class Unauthorized(ApiError):
    """The API key is missing or wrong."""

    status = 401


class EndpointNotFound(ApiError):
    """There is no endpoint of this id."""

    status = 404


class JobNotFound(ApiError):
    """There is no such job: unknown id, deleted at its TTL, or its result expired."""

    status = 404


class NotRetriable(ApiError):
    """Only a FAILED or TIMED_OUT job can be retried."""

    status = 400


class TooManyRequests(ApiError):
    """The rate limit of this operation is exceeded."""

    status = 429


class Forbidden(ApiError):
    """The /local controls answer to this machine only."""

    status = 403
