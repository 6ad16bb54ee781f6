"""A worker without credentials tells how far it is, and asks whether to go on."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firepod.domain import life
from firepod.domain.records import Records
from firepod.ports import Backend
from firepod.protocol.go_on import Answer
from firepod.protocol.tokens import Callback

# Firestore takes about one write a second to a document, whatever a worker sends.
WRITE_EVERY = timedelta(seconds=1)


def progress(
    backend: Backend, who: Callback, run: str, fraction: float, preview: str | None = None
) -> Answer:
    """Write the progress of the run that holds the attempt; any other is told to stop."""
    told = Told(who.attempt, run, fraction, backend.clock.now(), preview)
    after = backend.store.transition(who.ref, told).after
    return Answer(after.held(who.attempt, run))


@dataclass(frozen=True)
class Told:
    """`Progressed`, but not so often that a worker could write as often as it likes."""

    attempt: int
    run: str = field(repr=False)
    fraction: float
    now: datetime
    preview: str | None = field(default=None, repr=False)

    def __call__(self, records: Records) -> Records:
        if records.quiet_for() < WRITE_EVERY:
            return records
        return life.Progressed(
            self.attempt, self.fraction, self.now, preview=self.preview, claim=self.run
        )(records)
