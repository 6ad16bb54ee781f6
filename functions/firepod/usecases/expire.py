"""Delete what is kept no longer: generations past RETENTION_DAYS, used keys, unused uploads."""

from firepod import logs
from firepod.errors import NotFound
from firepod.ports import Backend
from firepod.usecases import uploads
from firepod.usecases.discard import discard

BATCH = 100  # of each kind and run; a run is every minute


def expire(backend: Backend) -> int:
    """Discard a bounded number of expired generations; returns how many."""
    now = backend.world.now()
    gone = 0
    for ref in backend.store.expired(now, BATCH):
        try:
            discard(backend, ref, expired_only=True)
        except NotFound:
            continue  # its user was faster, with `discard` or with `retry`
        gone += 1
    if gone:
        logs.generations_expired(gone)
    backend.store.drop_keys(now, BATCH)
    uploads.look_at_uploads(backend)
    return gone
