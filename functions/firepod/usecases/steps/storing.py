"""Store what a worker's answer holds: bytes, and what its links lead to."""

from collections.abc import Sequence

from firepod.domain.errors import Unavailable
from firepod.domain.generation import ErrorCode, Generation, Job, Output, StoredFile
from firepod.domain.links import LinkFailed, LinkProblem
from firepod.kinds import first_facts, media_kinds, registry, results
from firepod.kinds.file_names import named
from firepod.ports import Backend
from firepod.protocol.dialects.values import Dialect, Failure, Link
from firepod.protocol.facts import Facts

_FAILURES = {
    LinkProblem.GONE: Failure(
        ErrorCode.OUTPUT_MISSING,
        "The result was no longer there when it was to be fetched. It can be tried again.",
    ),
    LinkProblem.FOREIGN: Failure(
        ErrorCode.OUTPUT_INVALID,
        "The result is at a place from which results are not fetched here.",
    ),
    LinkProblem.TOO_LARGE: Failure(
        ErrorCode.OUTPUT_INVALID, "The result is larger than a result of this kind may be."
    ),
}


def store(
    backend: Backend,
    generation: Generation,
    job: Job,
    files: Sequence[bytes | Link],
    speaks: Dialect,
) -> list[tuple[StoredFile, Facts]]:
    """Every file under its output's name, with what its first bytes tell.

    Raises:
        Unusable: a link leads to nothing, to somewhere else, or to something else.
        Unavailable: what it leads to, or Storage, does not answer now.
    """
    outputs = named(job.outputs, generation.request_data)
    return [
        _link(backend, job, output, one, speaks)
        if isinstance(one, Link)
        else _bytes(backend, job, output, one)
        for output, one in zip(outputs, files, strict=True)
    ]


def _bytes(backend: Backend, job: Job, output: Output, data: bytes) -> tuple[StoredFile, Facts]:
    file = backend.storage.put(output, data, owner=job.user_id, attempt=job.attempt)
    return file, first_facts.of_head(output.content_type, data, len(data))


def _link(
    backend: Backend, job: Job, output: Output, link: Link, speaks: Dialect
) -> tuple[StoredFile, Facts]:
    hosts = speaks.hosts | backend.settings.result_hosts
    largest = registry.largest(output.content_type)
    try:
        with backend.links.open(link.url, hosts=hosts, largest=largest) as stream:
            head = stream.head(media_kinds.SNIFF_BYTES)
            if not media_kinds.matches(output.content_type, head):
                raise results.Unusable(results.INVALID)
            file = backend.storage.put_stream(
                output, stream, owner=job.user_id, attempt=job.attempt
            )
    except LinkFailed as failed:
        if failed.problem not in _FAILURES:
            raise Unavailable("The result cannot be fetched now.") from failed
        raise results.Unusable(_FAILURES[failed.problem]) from failed
    return file, first_facts.of_head(output.content_type, head, file.size_bytes)
