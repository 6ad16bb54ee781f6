"""Make a voice that is its sample: the caller's recording is kept, and nothing runs for it."""

from firepod.domain import housekeeping
from firepod.domain.generation import ErrorCode, Generation, Job, Output
from firepod.kinds import first_facts, media_kinds, paths, recordings
from firepod.kinds.file_names import named
from firepod.ports import Backend, Transition
from firepod.protocol.runpod import JobReport, RunpodStatus
from firepod.usecases.steps import complete

GONE = "The recording is no longer there. Upload it again."
NO_SOUND = f"The recording is not a sound file. Send {recordings.KINDS}."
_NOTHING = JobReport(RunpodStatus.COMPLETED)


def keep(backend: Backend, generation: Generation, job: Job, since: Transition) -> None:
    """Copy the recording to its voice and complete it; safe to be repeated.

    Raises:
        Unavailable: Storage does not answer.
    """
    path = generation.request_data.get("audio", "")
    head = backend.storage.head(path, media_kinds.SNIFF_BYTES)
    if not head:
        complete.fail(backend, job, ErrorCode.OUTPUT_MISSING, GONE, _NOTHING, since)
        return
    shown = media_kinds.sniff(head)
    # Phones and browsers write sound into MP4 files that do not call themselves M4A.
    content_type = "audio/mp4" if shown == "video/mp4" else shown
    if content_type is None or not content_type.startswith("audio/"):
        complete.fail(backend, job, ErrorCode.OUTPUT_INVALID, NO_SOUND, _NOTHING, since)
        return
    now, ending = backend.clock.now(), media_kinds.ENDINGS[content_type]
    output = Output(paths.voice_sample(job.file_uid, now, ending), content_type)
    begun = backend.store.transition(
        job.ref, housekeeping.Named(job.attempt, (output,)), since=since
    )
    known = begun.after.job
    if known is None or not known.outputs or not begun.after.is_live(job.attempt):
        return
    (sample,) = named(known.outputs, generation.request_data)
    file = backend.storage.copy(path, sample, owner=job.user_id, attempt=job.attempt)
    if file is None:
        complete.fail(backend, known, ErrorCode.OUTPUT_MISSING, GONE, _NOTHING, begun)
        return
    facts = first_facts.of_head(file.content_type, head, file.size_bytes)
    found = [complete.Result(file, facts)]
    complete.complete(backend, generation, known, found, _NOTHING, begun)
