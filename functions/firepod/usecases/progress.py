"""A worker without credentials tells how far it is, and asks whether to go on."""

from datetime import timedelta

from firepod.domain import life
from firepod.domain.records import Records
from firepod.ports import Backend
from firepod.protocol.tokens import Callback
from firepod.usecases.claim import Answer

# Firestore takes about one write a second to a document, whatever a worker sends.
WRITE_EVERY = timedelta(seconds=1)


def progress(backend: Backend, who: Callback, run: str, fraction: float) -> Answer:
    """Write the progress of the run that holds the attempt; any other is told to stop."""
    now = backend.world.now()

    def change(records: Records) -> Records:
        if records.quiet_for() < WRITE_EVERY:
            return records
        return life.Progressed(who.attempt, fraction, now, claim=run)(records)

    after = backend.store.transition(who.ref, change).after
    return Answer(after.held(who.attempt, run))
