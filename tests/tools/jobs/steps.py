"""A generation on its way, for the tests of what changes one."""

from firepod.usecases.submit import submit
from tests.fakes.backend import make_request
from tests.fakes.worker import FakeRun

WHY = "We had an outage. Please try again."


def start(operator, user="ann"):
    return submit(operator.backend, user, make_request(seed=1)).ref


def finished(operator, ref):
    """RunPod and a worker without credentials have done their part, and the callback is lost."""
    job = next(
        one for one in operator.backend.gpu.jobs.values() if one.task["file_uid"] == ref.file_uid
    )
    run = FakeRun(operator.backend, job, f"run-{job.job_id}", "upload_urls")
    assert run.begin()
    run.upload()
    operator.backend.gpu.end(job.job_id, "COMPLETED", {"uploaded": 1})
    return job


def status(operator, ref):
    return operator.document(ref.path)["status"]


def statuses(operator):
    return [job.status for job in operator.backend.gpu.jobs.values()]


def stuck(operator, ref, command):
    """A generation that a command is for."""
    if command == "requeue":
        operator.types("fail", ref.file_uid, "--why", WHY, "--yes")
    elif command != "fail":
        finished(operator, ref)
