"""Start a failed or cancelled generation again: same id, same request, next attempt."""

from dataclasses import dataclass, field, replace

from firepod.domain import life
from firepod.domain.errors import FailedPrecondition, not_found
from firepod.domain.generation import Generation, GenerationRef, Status
from firepod.domain.records import Records
from firepod.domain.sign_in import REGISTERED, SignIn
from firepod.ports import Backend
from firepod.usecases.steps.attempt import Started, build_job, send, with_quota
from firepod.usecases.steps.endpoint import model_of

_AGAIN = frozenset({Status.FAILED, Status.CANCELLED})


def retry(backend: Backend, ref: GenerationRef, sign_in: SignIn = REGISTERED) -> Started:
    """Queue the next attempt and hand it to RunPod.

    Raises:
        NotFound: the caller has no such generation.
        FailedPrecondition: it has not ended, or it ended well; or RunPod refused it.
        ResourceExhausted: a limit of the user.
        Unauthenticated: the account may not be used any more.
    """
    claim = backend.store.transition(
        ref,
        NextAttempt(backend, sign_in),
        with_total=backend.settings.limits.total > 0,
    )
    generation, job = claim.after.generation, claim.after.job
    if generation is None or job is None:
        raise not_found(ref.media_type)
    send(backend, claim, job)
    return Started(ref, Status.QUEUED)


@dataclass(frozen=True)
class NextAttempt:
    """`Accepted`, with the attempt that follows on what the document holds at that moment."""

    backend: Backend = field(repr=False)
    sign_in: SignIn = field(repr=False)

    def __call__(self, records: Records) -> Records:
        self.sign_in.check()
        before = records.generation
        if before is None:
            return records
        if before.status not in _AGAIN:
            raise FailedPrecondition(
                "Only a failed or cancelled generation can be tried again.",
                {"status": str(before.status)},
            )
        generation = Generation(
            user_id=before.user_id,
            media_type=before.media_type,
            file_uid=before.file_uid,
            task_type=before.task_type,
            request_data=before.request_data,
            model=before.model,
            metadata=before.metadata,
            attempt=before.attempt + 1,
            created_at=before.created_at,
            modified=self.backend.clock.now(),
        )
        model = model_of(self.backend.settings, generation)
        job = build_job(self.backend, generation, model)
        old = records.job
        if old is not None and bool(old.endpoint_id) == bool(job.endpoint_id):
            # The same names as before, so that what the old attempt left is overwritten. A voice
            # that is its sample has other files than one that an endpoint makes.
            job = replace(job, outputs=old.outputs)
        accepted = life.Accepted(generation, job)
        return accepted(with_quota(self.backend, records, job, self.sign_in))
