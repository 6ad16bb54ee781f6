"""What every new attempt needs: its job, its place in the quota, and what its caller is told."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from firepod.domain import life
from firepod.domain.budget import check_budget
from firepod.domain.generation import Generation, GenerationRef, Job, Phase, Status
from firepod.domain.records import Records
from firepod.domain.sign_in import SignIn
from firepod.kinds import registry
from firepod.ports import Backend
from firepod.usecases.steps.launch import CALL_LEASE


@dataclass(frozen=True, slots=True)
class Started:
    """Which generation a call started, or had started before under the same idempotency key."""

    ref: GenerationRef
    status: Status
    duplicate: bool = False

    def answer(self) -> dict[str, Any]:
        """What `generate`, `cancel`, `retry` and `discard` return."""
        return {
            "file_uid": self.ref.file_uid,
            "user_id": self.ref.user_id,
            "media_type": str(self.ref.media_type),
            "status": str(self.status),
            "path": self.ref.path,
            "duplicate": self.duplicate,
        }


def build_job(backend: Backend, generation: Generation) -> Job:
    """A job of a generation's current attempt, claimed by this process for its call of /run."""
    now, settings, request = backend.world.now(), backend.settings, generation.request_data
    task = registry.task_of(generation)
    return Job(
        user_id=generation.user_id,
        media_type=generation.media_type,
        file_uid=generation.file_uid,
        attempt=generation.attempt,
        phase=Phase.SUBMITTING,
        endpoint_id=settings.endpoints[generation.media_type],
        outputs=task.outputs(generation.ref, request, now),
        uploads=registry.uploads_of(generation.ref, request),
        created_at=now,
        check_at=now + CALL_LEASE,
        deadline_at=now + timedelta(seconds=settings.ttl_seconds) + CALL_LEASE,
        units=task.units(request),
    )


def with_quota(backend: Backend, records: Records, job: Job, sign_in: SignIn) -> Records:
    """The records with one more running attempt in the user's quota.

    Raises:
        ResourceExhausted: a limit of the user, or of all users together.
        FailedPrecondition: guests may not generate.
    """
    limits, now = backend.settings.limits, backend.world.now()
    check_budget(records.total, job.units, now=now, limit=limits.total)
    return replace(
        records,
        quota=records.quota.taken(
            job.lease,
            job.units,
            until=job.deadline_at + life.LEASE_MARGIN,
            now=job.created_at,
            limits=limits,
            guest=sign_in.guest,
        ),
    )
