"""One job from its input to its answer: claim, run the engine with progress, hand over.

The engine runs in a thread, so that RunPod's stop reaches the handler at its next await; the stop
is passed on through `step`, which the engine calls all the time (reached.py).
"""

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from firepod.domain.errors import WORKER_FAILED, Unavailable
from firepod.domain.generation import ErrorCode, MediaType
from firepod.kinds import media_kinds
from worker import answers
from worker.deliveries import Delivery, FirebaseDelivery
from worker.direct import Reader
from worker.engines import Cancelled, Engine, EngineError, Result
from worker.firebase import Firebase
from worker.formats import in_the_formats_of
from worker.inputs import fetch_inputs
from worker.job_url import CLAIM_SECONDS, JobUrl, NotOurs
from worker.keyless import InlineDelivery, UploadDelivery
from worker.media import Media
from worker.patience import Limits, UploadFailed
from worker.reached import Reached
from worker.task import BadTask, Task
from worker.uncaught import places

REPORT_SECONDS = 1.0  # Firestore takes about one write a second to a document
SILENT_REPORTS = 4  # without progress every so many reports are written, as a sign of life
NOT_OURS = "This generation has ended, or another worker makes it."


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker has: its engine, Firebase if it has credentials, RunPod's progress and log."""

    engine: Engine
    firebase: Firebase | None
    tell: Callable[[dict[str, Any], float], None]  #: (job, progress) to RunPod
    log: Callable[[str, str], None]  #: (message, job id)
    download_hosts: frozenset[str] = frozenset()
    media_type: MediaType | None = None  #: what the endpoint makes, for requests that do not say
    claim_seconds: float = CLAIM_SECONDS  #: how long a run without credentials tries to claim
    limits: Limits = field(default_factory=Limits)


async def run_job(job: dict[str, Any], around: Surroundings) -> dict[str, Any]:
    """Do one job of RunPod's and return what it posts as the result; never a traceback."""
    try:
        return await _done(job, around)
    except Exception as error:  # noqa: BLE001 (RunPod shows an exception's text to who has sent it)
        around.log(f"job failed: {type(error).__name__} at {places(error)}", str(job.get("id", "")))
        return {"error": WORKER_FAILED}


async def _done(job: dict[str, Any], around: Surroundings) -> dict[str, Any]:
    reader = Reader(around.firebase, around.media_type, around.limits.firestore)
    try:
        task = await asyncio.to_thread(reader.read, job)
    except BadTask as error:
        return {"error": str(error)}
    try:
        delivery = await _begun(job, task, around)
    except NotOurs:
        return answers.stopped(task, NOT_OURS)
    # What a glance that took too long still writes there must not cost the media that were made.
    with tempfile.TemporaryDirectory(prefix="firepod-", ignore_cleanup_errors=True) as folder:
        return await _make(task, delivery, around, Path(folder))


async def _begun(job: dict[str, Any], task: Task, around: Surroundings) -> Delivery:
    """The way that this job's media take, with the attempt claimed for this run."""
    run, stop = uuid4().hex, threading.Event()
    try:
        if around.firebase is not None and task.ref is not None:
            bucket = around.firebase.bucket(task.media_urls)
            with_key = FirebaseDelivery(
                task, task.ref, around.firebase.store, bucket, around.limits, run
            )
            with_key.log = lambda text: around.log(text, task.runpod_job_id)
            try:
                await asyncio.to_thread(with_key.begin, stop)
            except NotOurs:
                raise
            except Exception as error:  # noqa: BLE001 (Firestore is out of reach in many ways)
                around.log(f"Firebase cannot be used: {type(error).__name__}", task.runpod_job_id)
            else:
                return with_key
        # Under the same name: the claim may have been written, and only its confirmation lost.
        without_key = _without_firebase(job, task, around, run)
        await asyncio.to_thread(without_key.begin, stop)
        return without_key
    finally:
        stop.set()  # RunPod's stop ends the waiting, too


async def _make(
    task: Task, delivery: Delivery, around: Surroundings, folder: Path
) -> dict[str, Any]:
    try:
        result = await _run_engine(task, delivery, around, folder)
        if not result.files:
            return await _failed(delivery, ErrorCode.OUTPUT_MISSING, WORKER_FAILED)
        if not _as_asked(task, result):
            return await _failed(delivery, ErrorCode.OUTPUT_INVALID, WORKER_FAILED)
        media = await asyncio.to_thread(_glance, task, result, around)
        return await _hand_over(task, delivery, around, media)
    except (NotOurs, Cancelled):
        await asyncio.to_thread(delivery.abandon)
        return answers.stopped(task, NOT_OURS)
    except EngineError as error:
        of_request = ErrorCode.WORKER_ERROR if task.from_backend else ErrorCode.REJECTED
        code = ErrorCode(error.code) if error.code else of_request
        return await _failed(delivery, code, str(error)) | answers.of_engine(error)
    except Exception as error:  # noqa: BLE001 (whatever an engine raises must end its job)
        told = f"engine failed: {type(error).__name__} at {places(error)}"
        around.log(told, task.runpod_job_id)
        return await _failed(delivery, ErrorCode.WORKER_ERROR, WORKER_FAILED)


def _glance(task: Task, result: Result, around: Surroundings) -> list[Media]:
    """What is seen of the files; loaded late, as only what was made can be looked at."""
    files = [file.path for file in result.files]
    try:
        from worker.glance import glance
    except ImportError:  # an engine's image may do without what looks at pictures
        return [Media(path) for path in files]
    return glance(
        files, task.outputs, task.thumbs, lambda text: around.log(text, task.runpod_job_id)
    )


async def _hand_over(
    task: Task, delivery: Delivery, around: Surroundings, media: list[Media]
) -> dict[str, Any]:
    """Upload and end the generation, as one piece that a stop cannot cut in two."""
    finish = asyncio.ensure_future(asyncio.to_thread(delivery.finish, media))
    try:
        return await asyncio.shield(finish)
    except asyncio.CancelledError:
        # The thread goes on. If it wins, the generation is completed and its files stay.
        with contextlib.suppress(asyncio.CancelledError):
            await _end_of(finish)
        if isinstance(finish.exception(), NotOurs):
            await asyncio.to_thread(delivery.abandon)
        raise
    except (UploadFailed, Unavailable) as error:
        around.log(f"Storage cannot be used: {error}", task.runpod_job_id)
        try:
            return await asyncio.to_thread(InlineDelivery(task, _silent).finish, media)
        except EngineError as too_large:
            # Perhaps it is in Storage all the same: that decides, and not this answer.
            return {"error": str(too_large)}


async def _run_engine(task: Task, delivery: Delivery, around: Surroundings, folder: Path) -> Result:
    reached = Reached(lambda text: around.log(text, task.runpod_job_id))

    def work() -> Result:
        bucket = delivery.bucket if isinstance(delivery, FirebaseDelivery) else None
        inputs = fetch_inputs(task, folder, bucket, around.download_hosts, around.limits.download)
        made = around.engine.run(task.task_type, task.request, inputs, folder, reached.step)
        return in_the_formats_of(task.outputs, made, reached.beat)

    engine = asyncio.ensure_future(asyncio.to_thread(work))
    reports = asyncio.ensure_future(_report(delivery, reached))
    try:
        await asyncio.wait({engine, reports}, return_when=asyncio.FIRST_COMPLETED)
        if not engine.done():
            reports.result()  # only an error ends it: NotOurs
        return await engine
    finally:
        reached.stop()
        reports.cancel()
        await _end_of(engine, reports)


async def _end_of(*tasks: asyncio.Task[Any]) -> None:
    """Wait until all have ended, however often RunPod stops the job meanwhile.

    Their threads use the job's folder, which goes after them.
    """
    stopped: asyncio.CancelledError | None = None
    while not all(task.done() for task in tasks):
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError as error:
            stopped = error
    for task in tasks:
        if not task.cancelled():
            task.exception()  # seen: asyncio would tell of one that nobody asks for
    if stopped is not None:
        raise stopped


async def _report(delivery: Delivery, reached: Reached) -> None:
    written, silent = 0.0, 0
    while True:
        await asyncio.sleep(REPORT_SECONDS)
        silent += 1
        preview = reached.new_preview()
        if reached.fraction > written or preview or silent >= SILENT_REPORTS:
            written, silent = reached.fraction, 0
            try:
                await asyncio.to_thread(delivery.report, written, preview)
            except NotOurs:
                raise
            except Exception:  # noqa: BLE001, S112 (a report that is lost is made good by the next)
                continue


def _as_asked(task: Task, result: Result) -> bool:
    """Whether an engine made the media that it was asked for; an unfinished file is none."""
    if len(result.files) != len(task.outputs):
        return False
    for made, output in zip(result.files, task.outputs, strict=True):
        with made.path.open("rb") as file:
            head = file.read(media_kinds.SNIFF_BYTES)
        if not media_kinds.matches(output.content_type, head):
            return False
    return True


async def _failed(delivery: Delivery, code: ErrorCode, sentence: str) -> dict[str, Any]:
    with contextlib.suppress(Exception):  # the answer tells the backend the same
        await asyncio.to_thread(delivery.fail, code, sentence)
    await asyncio.to_thread(delivery.abandon)
    return {"error": sentence}


def _without_firebase(
    job: dict[str, Any], task: Task, around: Surroundings, run: str
) -> UploadDelivery | InlineDelivery:
    def tell(progress: float) -> None:
        around.tell(job, progress)

    def log(message: str) -> None:
        around.log(message, task.runpod_job_id)

    line = None
    if task.job_url:
        line = JobUrl(task.job_url, task.runpod_job_id, run, log, around.claim_seconds)
    if task.outputs and all(output.path in task.upload_urls for output in task.outputs):
        return UploadDelivery(task, tell, line, around.limits, log)
    return InlineDelivery(task, tell, line)


def _silent(_progress: float) -> None:
    return
