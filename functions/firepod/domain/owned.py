"""What belongs to a user, as deleting it has to find it: values, and the port to the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from firepod.domain.generation import GenerationRef, Job, MediaType


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """`erasures/{user_id}`: everything of a user's that was there at `erased_at` goes."""

    user_id: str
    erased_at: datetime  #: by the database's clock
    check_at: datetime  #: when somebody goes on at the latest
    looks: int = 0  #: how often nothing moved; spaces the next looks
    after: str = ""  #: the last object looked at in the folders that all users share


@dataclass(frozen=True, slots=True)
class OwnedGeneration:
    """A generation in a listing; one that is no document of ours is not `readable`."""

    ref: GenerationRef
    created_at: datetime | None
    readable: bool


@dataclass(frozen=True, slots=True)
class OwnedJob:
    """A job in a listing; `job` is None for a document that is none of ours."""

    file_uid: str
    job: Job | None


@dataclass(frozen=True, slots=True)
class UploadRound:
    """How far the look at everybody's uploads has come: the last name, and when to begin anew."""

    after: str = ""
    rest_until: datetime | None = None


class OwnedStore(Protocol):
    """The part of the store that finds by user, not by name."""

    def uses_upload(self, user_id: str, path: str) -> bool:
        """Whether a generation of the user's names this upload; True if that cannot be told."""

    def generations_of(
        self, user_id: str, media_type: MediaType, *, after: str, limit: int
    ) -> Sequence[OwnedGeneration]:
        """A user's generations in the order of their names, from the one after `after` on."""

    def jobs_of(self, user_id: str, limit: int) -> Sequence[OwnedJob]:
        """A user's jobs, of every phase."""

    def drop_generation(self, ref: GenerationRef) -> None:
        """Delete a document that cannot be read."""

    def drop_job(self, file_uid: str) -> None:
        """Delete a job that cannot be read."""

    def drop_keys_of(self, user_id: str, until: datetime, limit: int) -> int:
        """Delete a user's idempotency keys that end until then; returns how many."""

    def begin_erasure(self, user_id: str, check_at: datetime) -> None:
        """Everything that is there now is to go; one that is under way begins anew."""

    def due_erasures(self, now: datetime, limit: int) -> Sequence[str]:
        """Users whose erasure somebody has to go on with, the longest overdue first."""

    def erasure(self, user_id: str) -> Erasure | None: ...

    def change_erasure(self, before: Erasure, after: Erasure | None) -> bool:
        """Write it, or end it with None, if it still is as it was read; whether it was."""

    def upload_round(self) -> UploadRound: ...

    def keep_upload_round(self, upload_round: UploadRound) -> None: ...
