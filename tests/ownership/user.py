"""A user with everything that one can have, the minutes that pass, and a list of what is left."""

from dataclasses import replace

from firepod.domain.errors import FirepodError
from firepod.domain.generation import Status
from firepod.kinds.catalog import parse_request
from firepod.usecases import erase
from firepod.usecases.dispatch import dispatch
from firepod.usecases.reconcile import reconcile
from firepod.usecases.submit import submit
from firepod.usecases.sweep import sweep
from tests.fakes.backend import FakeBackend, make_request
from tests.fakes.gpu import Answer
from tests.fakes.values import NPY, PNG, WAV, make_generation
from tests.fakes.worker import FakeRun

PICTURE = "uploads/{}/start.png"
RECORDING = "uploads/{}/me.wav"


def work(backend: FakeBackend, way: str = "credentials") -> None:
    """A worker does all jobs that wait at RunPod."""
    for job in list(backend.gpu.jobs.values()):
        if not job.status.ended:
            run = FakeRun(backend, job, f"run-{job.job_id}", way)
            if run.begin():
                run.complete()


def minute(backend: FakeBackend, seconds: float = 61) -> None:
    """The sweep, and the tasks that it and they have queued."""
    backend.clock.advance(seconds)
    sweep(backend)
    for _ in range(100):
        tasks = backend.queue.take()
        if not tasks:
            return
        for task in tasks:
            carry_out(backend, task)
    raise AssertionError("tasks without end")


def carry_out(backend: FakeBackend, task) -> None:
    try:
        if "user_id" in task.payload:
            erase.go_on(backend, task.payload["user_id"])
        elif task.function == "dispatch":
            dispatch(backend, task.payload["file_uid"])
        else:
            reconcile(backend, task.payload["file_uid"])
    except FirepodError:
        return  # Cloud Tasks calls again; here the next minute does


def img2img(backend: FakeBackend, user: str, path: str | None = None):
    request = make_request("img2img", init_image=path or PICTURE.format(user), seed=1)
    return submit(backend, user, request).ref


def hand_in(backend: FakeBackend, user: str) -> None:
    backend.storage.keep(PICTURE.format(user), PNG, "image/png", owner=user)
    backend.storage.keep(RECORDING.format(user), WAV, "audio/wav", owner=user)


def move_in(backend: FakeBackend, user: str) -> None:
    """Everything of every kind, in every state."""
    hand_in(backend, user)
    submit(backend, user, make_request(num_images=2, seed=1), "a key")
    img2img(backend, user)
    recording = {"task_type": "voice_clone", "name": "Me", "audio": RECORDING.format(user)}
    voice = submit(backend, user, parse_request(recording)).ref
    work(backend)
    text = {"task_type": "tts", "voice_id": voice.file_uid, "text": "Hello."}
    submit(backend, user, parse_request(text))
    work(backend)
    for status in (Status.FAILED, Status.CANCELLED):
        one = make_generation("text2video", user_id=user, file_uid=f"{user}-{status}")
        backend.store.keep(replace(one, status=status))
    submit(backend, user, make_request(seed=1))  # at RunPod, and running
    FakeRun(backend, last_job(backend), f"run-{user}", "credentials").begin()
    backend.gpu.answers.append(Answer.LOSE_ANSWER)
    submit(backend, user, make_request("text2video", seed=1))
    backend.storage.keep(f"generating/{user}/image/orphan.png", PNG, "image/png", owner=user)
    backend.storage.keep(f"thumbs/{user}/image/orphan.webp", PNG, "image/webp", owner=user)
    backend.storage.keep(f"voices/orphan_{user}/profiles/x.npy", NPY, "application/x", owner=user)
    backend.store.values[f"generations/{user}/images/by-an-app"] = {"prompt": "no document of ours"}
    backend.store.values[f"jobs/broken-{user}"] = {"user_id": user}


def last_job(backend: FakeBackend):
    return list(backend.gpu.jobs.values())[-1]


def left(backend: FakeBackend, user: str) -> set[str]:
    """Everything, in database and bucket, that is of a user or names one."""
    documents = {
        path
        for path, value in backend.store.values.items()
        if user in path.split("/") or f"/{user}/" in str(value) or f"'{user}'" in str(value)
    }
    files = {
        path
        for path, file in backend.storage.files.items()
        if file.owner == user or user in path.split("/")
    }
    return documents | files
