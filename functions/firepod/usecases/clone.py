"""Make a voice of a recording that comes with the call."""

import hashlib
from typing import Any

from firepod.domain.generation import Output
from firepod.domain.sign_in import REGISTERED, SignIn
from firepod.kinds import catalog, media_kinds, recordings
from firepod.models.request import closer_of
from firepod.ports import Backend
from firepod.usecases.steps.attempt import Started, start, started_before


def clone(
    backend: Backend,
    user_id: str,
    fields: dict[str, Any],
    recording: bytes,
    idempotency_key: str | None = None,
    sign_in: SignIn = REGISTERED,
) -> Started:
    """Check everything, store the recording among the user's uploads, start `voice_clone`.

    `fields` are those of the task without `audio`. The name of the upload comes from its content,
    so that the same call with the same idempotency key is the same request.

    Raises:
        InvalidArgument: a field, or the recording; says what to do.
        AlreadyExists, ResourceExhausted, FailedPrecondition, Unauthenticated: as `submit`.
    """
    digest = hashlib.sha256(recording).hexdigest()[:32]
    # The fields first: their problems cost the least to find.
    closer = closer_of(backend.settings, "voice_clone")
    catalog.parse_request({**fields, "task_type": "voice_clone", "audio": "uploads/"}, closer)
    content_type = recordings.check(recording)  # all that `submit` asks of an upload, and more
    path = f"uploads/{user_id}/{digest}.{media_kinds.ENDINGS[content_type]}"
    request = catalog.parse_request({**fields, "task_type": "voice_clone", "audio": path}, closer)
    before = started_before(backend, user_id, request, idempotency_key)
    if before is not None:
        return before
    sign_in.check()  # before anything of a caller's is stored
    backend.storage.put(Output(path, content_type), recording, owner=user_id, attempt=0)
    return start(backend, user_id, request, idempotency_key, sign_in)
