"""A worker without credentials tells how far it is, and asks whether to go on."""

from datetime import timedelta

from firepod.domain import transitions
from firepod.domain.transitions import Records
from firepod.ports import Backend
from firepod.protocol.tokens import Callback
from firepod.usecases.claim import Answer

# Firestore takes about one write a second to a document, whatever a worker sends.
WRITE_EVERY = timedelta(seconds=1)


def progress(backend: Backend, who: Callback, run: str, fraction: float) -> Answer:
    """Write the progress of the run that holds the attempt; any other is told to stop."""
    now = backend.world.now()

    def change(records: Records) -> Records:
        if transitions.quiet_for(records) < WRITE_EVERY:
            return records
        return transitions.progressed(records, who.attempt, fraction, now, claim=run)

    after = backend.store.transition(who.ref, change).after
    return Answer(transitions.held(after, who.attempt, run))
