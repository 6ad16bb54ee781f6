"""A picture's job, run to its answer, and the document that it is for."""

import asyncio

from tests.fakes.values import make_generation
from worker.run import run_job

REF = make_generation().ref
PATH = "generating/ann/image/file-1.png"


def work(worker, job):
    return asyncio.run(run_job(job, worker.around))


def document(worker):
    return worker.backend.store.find(REF)
