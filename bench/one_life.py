"""What one generation writes, counted by playing the backend's own changes on values."""

from datetime import UTC, datetime, timedelta

from firepod.domain import housekeeping, life, looks
from firepod.domain.generation import Generation, Job, MediaType, Phase
from firepod.domain.records import Records
from firepod.ports import Change

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def job_writes(looked_at: int) -> int:
    """How often `jobs/{file_uid}` is written, up to its deletion.

    A worker of our own claims; another's is looked at so often. Progress is not of it.
    """
    one = Generation(
        user_id="ann",
        media_type=MediaType.IMAGES,
        file_uid="one",
        task_type="text2img",
        request_data={},
        created_at=_NOW,
        modified=_NOW,
    )
    job = Job(
        user_id=one.user_id,
        media_type=one.media_type,
        file_uid=one.file_uid,
        attempt=1,
        phase=Phase.SUBMITTING,
        endpoint_id="endpoint",
        outputs=(),
        created_at=_NOW,
        check_at=_NOW,
        deadline_at=_NOW + timedelta(hours=1),
    )
    claim = None if looked_at else "run"
    minute = timedelta(minutes=1)
    changes: list[Change] = [
        life.Accepted(one, job),
        housekeeping.Submitted(1, "job", _NOW + minute),
        *([life.Claimed(1, "job", "run", _NOW)] if claim else []),
        *[looks.Looked(1, now=_NOW + n * minute, unit=minute) for n in range(looked_at)],
        life.Progressed(1, 0.5, _NOW, claim=claim),
        life.Completed(1, (), {}, now=_NOW, claim=claim),
    ]
    records, writes = Records(), 0
    for change in changes:
        after = change(records)
        writes += after.job != records.job
        records = after
    if records.job is not None:
        raise RuntimeError("the job should be over")
    return writes
