"""Idempotency keys: the same key and the same request start nothing a second time."""

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from firepod.domain.errors import AlreadyExists
from firepod.domain.generation import GenerationRef, MediaType
from firepod.domain.records import Key
from firepod.ports import Backend

if TYPE_CHECKING:
    from firepod.kinds.validation import Request

KEY_LIFETIME = timedelta(hours=24)


def known_key(backend: Backend, user_id: str, idempotency_key: str | None) -> Key | None:
    """An idempotency key that has started something in the last 24 hours."""
    if idempotency_key is None:
        return None
    known = backend.store.find_key(key_id_of(user_id, idempotency_key))
    return known if known is not None and known.expires_at > backend.clock.now() else None


def new_key(
    backend: Backend,
    user_id: str,
    request: "Request",
    ref: GenerationRef,
    model: str | None = None,
) -> Key:
    """What is written down for the request that starts this generation."""
    return Key(
        request_hash=_hash_of(user_id, request, model),
        generation=ref.path,
        expires_at=backend.clock.now() + KEY_LIFETIME,
    )


def key_id_of(user_id: str, idempotency_key: str) -> str:
    """The name of a key's document, which tells neither user nor key."""
    return _digest(user_id, idempotency_key)


def check_request(known: Key, user_id: str, request: "Request") -> None:
    """Raise AlreadyExists unless the key was used for this very request."""
    check_same(known, _hash_of(user_id, request))


def check_same(known: Key, request_hash: str) -> None:
    """Raise AlreadyExists unless the key was used for a request with this hash."""
    if known.request_hash != request_hash:
        raise AlreadyExists(
            "This idempotency key was used for another request in the last 24 hours."
        )


def generation_of(known: Key) -> GenerationRef:
    """What the key has started."""
    _, user_id, media_type, file_uid = known.generation.split("/")
    return GenerationRef(user_id, MediaType(media_type), file_uid)


def _hash_of(user_id: str, request: "Request", model: str | None = None) -> str:
    # By name, so that the order in which a task declares its fields says nothing.
    asked = request.asked() | ({} if model is None else {"model": model})
    return _digest(user_id, json.dumps(asked, sort_keys=True))


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
