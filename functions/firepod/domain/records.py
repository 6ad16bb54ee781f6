"""Everything that is stored about one generation, as one value (docs/contract.md, 3 and 5)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firepod.domain.budget import Total
from firepod.domain.generation import Generation, Job
from firepod.domain.quota import Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An idempotency key of a user: what it started, so that it starts nothing again."""

    request_hash: str
    generation: str  #: path of the generation's document
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Everything about one generation, read at one time and written in one transaction."""

    generation: Generation | None = None
    job: Job | None = None
    quota: Quota = field(default_factory=Quota)
    key: Key | None = None
    total: Total | None = None  #: only where something is started; changed by `sweep` alone
    #: when it was read, by the clock that stamps `modified`
    read_at: datetime | None = field(default=None, compare=False)

    def is_live(self, attempt: int) -> bool:
        """Whether this attempt is the current one and has not ended."""
        generation = self.generation
        return (
            generation is not None
            and not generation.status.terminal
            and generation.attempt == attempt
            and self.job is not None
        )

    def held(self, attempt: int, claim: str) -> bool:
        """Whether this run of a worker still is the one that makes this attempt."""
        return self.is_live(attempt) and self.job is not None and self.job.claim == claim

    def quiet_for(self) -> timedelta:
        """How long it has not changed, by one clock; nothing where that is not known."""
        generation = self.generation
        if generation is None or generation.modified is None or self.read_at is None:
            return timedelta()
        return self.read_at - generation.modified
