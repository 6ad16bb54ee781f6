"""A voice that is made can have more samples: what changes of a completed generation, and how.

The status of a completed generation stays, and so do its request, its times and its profile. A
sample adds its file to the list, its bytes to the sums, and is the one that `sample_url` shows.
Its name is taken first (`Adding`) and the sample is listed when it is stored (`SampleAdded`), so
that whatever dies between the two leaves a job that clears it away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from firepod.domain.errors import Busy, FailedPrecondition, not_found
from firepod.domain.generation import Generation, Job, Output, Phase, Status, StoredFile
from firepod.domain.records import Records

MAX_SAMPLES = 20  # of a voice
FULL = f"A voice has {MAX_SAMPLES} samples at most. Make another voice, or delete this one."
NOT_READY = "This voice is not completed, so it takes no samples."
AT_IT = "Another sample of this voice is being stored. Try again in a moment."


@dataclass(frozen=True)
class Adding:
    """A sample is about to be stored under the name that `job` announces; one at a time.

    The job is in phase STOPPING, as one that saves: what is stored and never listed is deleted.

    Raises:
        NotFound: the voice is not there.
        FailedPrecondition: it is not completed, or has all the samples that it may have.
        Busy: another one is being stored.
    """

    job: Job

    def __call__(self, records: Records) -> Records:
        voice, job = records.generation, records.job
        if voice is None:
            raise not_found(self.job.media_type)
        if voice.status is not Status.COMPLETED:
            raise FailedPrecondition(NOT_READY, {"status": str(voice.status)})
        if job == self.job:
            return records  # our own write, whose confirmation was lost
        taken = set(paths_of(voice))
        if job is not None or any(output.path in taken for output in self.job.outputs):
            raise Busy(AT_IT)
        if len(samples_of(voice)) >= MAX_SAMPLES:
            raise FailedPrecondition(FULL, {"status": str(voice.status)})
        return replace(records, job=self.job)


@dataclass(frozen=True)
class SampleAdded:
    """The sample that was announced is in Storage; too late if the voice, or its job, went."""

    job: Job
    file: StoredFile
    url: str = field(repr=False)  #: it may hold a token
    output: dict[str, Any] = field(repr=False)  #: its entry of `generation_data.outputs`
    now: datetime = field(kw_only=True)

    def __call__(self, records: Records) -> Records:
        voice, job = records.generation, records.job
        # Any other job has been looked at since, which may be deleting the sample by now.
        if voice is None or voice.status is not Status.COMPLETED or job != self.job:
            return records
        data = voice.generation_data or {}
        listed = [*data.get("files", ()), self.file.listed()]
        outputs = [*data.get("outputs", ()), self.output]
        return replace(
            records,
            generation=replace(
                voice,
                generation_data={
                    **data,
                    "files": listed,
                    "outputs": outputs,
                    "sample_url": self.url,
                },
                size_bytes=(voice.size_bytes or 0) + self.file.size_bytes,
                file_count=len(listed),
                modified=self.now,
            ),
            job=None,
        )


def announcement(
    voice: Generation,
    sample: Output,
    *,
    claim: str,
    endpoint_id: str,
    now: datetime,
    until: datetime,
) -> Job:
    """The job that says: by `until` this sample is stored and listed, or it goes.

    `claim` tells this addition from any other one, of the same moment, too.
    """
    return Job(
        user_id=voice.user_id,
        media_type=voice.media_type,
        file_uid=voice.file_uid,
        attempt=voice.attempt,
        phase=Phase.STOPPING,
        endpoint_id=endpoint_id,
        outputs=(sample,),
        created_at=now,
        check_at=until,
        deadline_at=until,
        claim=claim,
        units=0,
    )


def is_listed(voice: Generation | None, path: str) -> bool:
    """Whether a voice has this file."""
    return voice is not None and path in paths_of(voice)


def samples_of(voice: Generation) -> Sequence[str]:
    """Where the samples of a voice are, the newest first."""
    return [path for path in reversed(paths_of(voice)) if "/samples/" in path]


def paths_of(generation: Generation) -> Sequence[str]:
    """Where the files of a completed generation are, in the order in which they came."""
    files: Sequence[dict[str, Any]] = (generation.generation_data or {}).get("files", ())
    return [file["path"] for file in files]
