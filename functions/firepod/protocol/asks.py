"""What a worker without credentials sends to its job's own URL, read; no I/O."""

import json
from dataclasses import dataclass, field

from firepod.protocol import previews
from firepod.protocol.runpod import job_id_of


@dataclass(frozen=True, slots=True)
class Ask:
    """What a worker without credentials sends to its job's own URL."""

    job_id: str
    claim: str  #: the name that this run gave itself
    progress: float = 0.0
    preview: str | None = field(default=None, repr=False)


class NotWorkers(Exception):
    """A body that is not one of a worker's."""


def parse_ask(body: bytes) -> Ask:
    """A body of `{job's URL}/claim`, or of `/progress` with the progress in it.

    A preview is a gift: one that is none is left out, and the rest counts.

    Raises:
        NotWorkers: it is not JSON, or a value is not of its kind.
    """
    try:
        data = json.loads(body)
        job_id, claim = job_id_of(data["job_id"]), job_id_of(data["claim"])
        told, preview = data.get("progress"), data.get("preview")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotWorkers from error
    told = 0 if told is None else told
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    # Compared as it came: it may be too large to be a float.
    if not (job_id and claim and is_number and 0 <= told <= 1):
        raise NotWorkers
    return Ask(job_id, claim, float(told), previews.read(preview))
