"""Delete what is kept no longer: generations past RETENTION_DAYS, used keys, unused uploads."""

import functools
from datetime import datetime, timedelta

from firepod import logs
from firepod.ports import Backend, Expiration
from firepod.usecases.steps.alone import alone
from firepod.usecases.steps.unused import look_at_uploads

BATCH = 100  # of each kind and run; a run is every minute
GENERATIONS_SECONDS = 30  # of the two minutes that a run has
AGAIN_AFTER = timedelta(hours=1)  # what cannot be deleted now; the others get their turn


def expire(backend: Backend) -> int:
    """Delete a bounded number of each kind, each by itself; returns how many generations."""
    now, store = backend.clock.now(), backend.store
    gone = alone("deleting expired generations", lambda: _generations(backend, now), 0)
    alone("finding expired generations", lambda: store.find_expirations(now, BATCH), None)
    alone("deleting used keys", lambda: store.drop_keys(now, BATCH), 0)
    alone("deleting unused uploads", lambda: look_at_uploads(backend), 0)
    return gone


def _generations(backend: Backend, now: datetime) -> int:
    gone = 0
    for expiration in backend.store.expired(now, BATCH):
        if backend.clock.now() - now > timedelta(seconds=GENERATIONS_SECONDS):
            break
        one = functools.partial(_generation, backend, expiration, now)
        gone += alone(f"deleting expired generation {expiration.ref.file_uid}", one, 0)
    if gone:
        logs.generations_expired(gone)
    return gone


def _generation(backend: Backend, expiration: Expiration, now: datetime) -> int:
    # Most sweeps find nothing, and this is a good part of what a sweep would import.
    from firepod.usecases.steps.take_away import take_away

    try:
        gone = take_away(backend, expiration.ref, expired_only=True)
    except Exception:
        backend.store.settle(expiration, now + AGAIN_AFTER)
        raise
    if gone is None:
        # Its user was faster, with `discard` or with `retry`.
        backend.store.settle(expiration, None)
        return 0
    return 1
