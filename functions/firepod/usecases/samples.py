"""Add a sample to a voice of the caller's: how it sounds, once more."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from firepod import logs
from firepod.domain.errors import Unavailable
from firepod.domain.generation import GenerationRef, Job, Output, StoredFile
from firepod.domain.quota import Limits
from firepod.domain.records import Records
from firepod.domain.samples import Adding, SampleAdded, announcement, is_listed
from firepod.domain.sign_in import REGISTERED, SignIn
from firepod.kinds import media_kinds, paths, recordings, results
from firepod.kinds.file_names import named
from firepod.kinds.units import STORED_ONLY
from firepod.ports import Backend
from firepod.usecases.steps.find import find

# A call ends after a minute; what is not stored after this was left by a dead process.
STORING_LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample that was added, and where it is."""

    file: StoredFile
    url: str = field(repr=False)


def add_sample(
    backend: Backend, ref: GenerationRef, recording: bytes, sign_in: SignIn = REGISTERED
) -> Sample:
    """Take its name, store it, list it: whenever this dies, nothing stays unseen.

    Raises:
        InvalidArgument: the recording; says what to do.
        NotFound: the caller has no such voice.
        FailedPrecondition: it is not completed, or has all the samples that it may have.
        ResourceExhausted: the day's limit of the user.
        Unauthenticated: the account may not be used any more.
        Unavailable: another sample of it is being stored, or this one could not be.
    """
    voice = find(backend, ref)
    content_type = recordings.check(recording)
    now = backend.clock.now()
    path = paths.voice_sample(ref.file_uid, now, media_kinds.ENDINGS[content_type])
    job = announcement(
        voice,
        Output(path, content_type),
        claim=backend.clock.uid(),
        endpoint_id="",
        now=now,
        until=now + STORING_LEASE,
    )
    begun = backend.store.transition(ref, BegunAdding(job, backend.settings.limits, sign_in))
    (output,) = named(job.outputs, voice.request_data)
    file = backend.storage.put(output, recording, owner=ref.user_id, attempt=voice.attempt)
    url = backend.storage.share(file)
    shown = results.Shown(file, url, recordings.facts(content_type, recording))
    added = SampleAdded(job, file, url, shown.listed(), now=backend.clock.now())
    after = backend.store.transition(ref, added, since=begun).after.generation
    if not is_listed(after, path):
        backend.storage.delete([path], owner=ref.user_id, upto_attempt=voice.attempt)
        raise Unavailable("The voice has changed meanwhile, so this was not stored. Try again.")
    logs.sample_added(ref, file.size_bytes)
    return Sample(file, url)


@dataclass(frozen=True)
class BegunAdding:
    """`Adding`, which counts for the day of its user."""

    job: Job
    limits: Limits
    sign_in: SignIn = field(repr=False)

    def __call__(self, records: Records) -> Records:
        self.sign_in.check()
        begun = Adding(self.job)(records)
        if begun is records:
            return records
        quota = records.quota.counted(
            STORED_ONLY, now=self.job.created_at, limits=self.limits, guest=self.sign_in.guest
        )
        return replace(begun, quota=quota)
