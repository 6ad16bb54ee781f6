"""Start a generation: what is checked here, and written and called by the steps."""

from typing import TYPE_CHECKING

from firepod.domain.errors import InvalidArgument
from firepod.domain.sign_in import REGISTERED, SignIn
from firepod.ports import Backend
from firepod.usecases.steps.attempt import Started, start
from firepod.usecases.steps.endpoint import served_model
from firepod.usecases.steps.inputs import begin_inputs

if TYPE_CHECKING:
    from firepod.kinds.validation import Request

MAX_KEY_CHARS = 128


def submit(
    backend: Backend,
    user_id: str,
    request: "Request",
    idempotency_key: str | None = None,
    sign_in: SignIn = REGISTERED,
    model: str | None = None,
) -> Started:
    """Queue a generation and hand it to RunPod; never waits for a GPU.

    Raises:
        InvalidArgument: an input that is not the caller's or not what it should be.
        NotFound, FailedPrecondition: the voice is not there, or not ready; RunPod refused.
        AlreadyExists: the idempotency key belongs to another request.
        ResourceExhausted: a limit of the user.
        Unauthenticated: the account may not be used any more.
    """
    makes = served_model(backend.settings, request.task_type, model)
    # Looked at while the database is asked, and waited for before anything is written.
    inputs = begin_inputs(backend, user_id, request, makes)
    return start(backend, user_id, request, idempotency_key, sign_in, model, inputs)


def parse_key(value: object) -> str | None:
    """An idempotency key as a caller sent it; None if there is none.

    Raises:
        InvalidArgument: it is no text of 1 to 128 characters.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_KEY_CHARS:
        raise InvalidArgument.of(
            "idempotency_key", f"must be a text of 1 to {MAX_KEY_CHARS} characters"
        )
    return value
