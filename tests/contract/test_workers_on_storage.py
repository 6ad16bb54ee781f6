"""Both kinds of worker, in every mode of MEDIA_URLS, on the Storages that there are."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from firepod.domain.errors import Unavailable
from firepod.domain.generation import Output, Status
from firepod.protocol.runpod import RunpodStatus
from firepod.settings import MediaUrls, WorkerDelivery
from firepod.usecases.reconcile import reconcile
from firepod.usecases.submit import submit
from tests.fakes.backend import make_backend, make_request
from tests.fakes.clock import START
from tests.fakes.values import PNG
from worker.engines.interface import OutputFile, Result
from worker.run import Surroundings, run_job

START_PICTURE = PNG + b"the start"


class Painter:
    """Hands the start picture back, so that an input that never came would be seen."""

    def run(self, _task_type, _request, inputs, workdir, step):
        step(1.0)
        picture = workdir / "out.png"
        picture.write_bytes(inputs["init_image"].read_bytes())
        return Result((OutputFile(picture, "image/png"),), {})


@dataclass
class Firebase:
    """`worker.firebase.Firebase` on this store and this place."""

    store: object
    place: object

    def bucket(self, media_urls):
        return self.place.storage(MediaUrls(media_urls))


def work(backend, place, *, with_key):
    """What a worker does with the job that the backend sent, and what it answers."""
    body = backend.gpu.calls[-1]
    hosts = {urlsplit(url).netloc for url in body["input"]["download_urls"].values()}
    around = Surroundings(
        engine=Painter(),
        firebase=Firebase(backend.store, place) if with_key else None,
        tell=lambda _job, _progress: None,
        log=lambda _message, _job_id: None,
        download_hosts=frozenset(hosts),
        claim_seconds=0.0,  # nobody serves the job's own URL here
    )
    job = {"id": "job-1", "input": body["input"]}
    return body["input"], asyncio.run(run_job(job, around))


@pytest.mark.parametrize("place", ["google", "emulator"], indirect=True)
@pytest.mark.parametrize("mode", list(MediaUrls))
@pytest.mark.parametrize("with_key", [True, False])
def test_a_generation_completes_with_a_url_that_opens(place, mode, with_key):
    delivery = WorkerDelivery.CREDENTIALS if with_key else WorkerDelivery.UPLOAD_URLS
    backend = replace(
        make_backend(worker_delivery=delivery, media_urls=mode), storage=place.storage(mode)
    )
    backend.clock.advance((datetime.now(UTC) - START).total_seconds())
    path = f"uploads/ann/{place.folder}.png"
    backend.storage.put(Output(path, "image/png"), START_PICTURE, owner="ann", attempt=0)
    ref = submit(backend, "ann", make_request("img2img", init_image=path, seed=1)).ref

    sent, answer = work(backend, place, with_key=with_key)
    if not with_key:
        assert answer["uploaded"] == 1
        backend.gpu.end("job-1", RunpodStatus.COMPLETED, answer)
        reconcile(backend, ref.file_uid)

    done = backend.store.find(ref)
    assert done.status is Status.COMPLETED
    url = done.generation_data["image_url"]
    if mode is not MediaUrls.TOKEN or place.does("tokens"):
        assert place.fetch(url) == (200, START_PICTURE)
    else:
        assert backend.storage.stat(done.generation_data["files"][0]["path"]).token in url
    if place.does("ends"):
        assert "token=" not in str(sent["download_urls"])


def test_the_urls_of_a_job_end_when_runpod_has_deleted_it():
    backend = make_backend(worker_delivery=WorkerDelivery.UPLOAD_URLS)
    backend.storage.keep("uploads/ann/a.png", START_PICTURE, "image/png")
    ref = submit(backend, "ann", make_request("img2img", init_image="uploads/ann/a.png")).ref

    end = backend.store.find_job(ref.file_uid).deadline_at
    # Of the picture, and of its thumb.
    assert [until for *_, until in backend.storage.sessions.values()] == [end, end]
    sent = backend.gpu.calls[-1]["input"]
    assert f"until={end:%Y-%m-%dT%H:%M:%SZ}" in sent["download_urls"]["init_image"]
    assert sent["outputs"][0]["upload_headers"] == {"Content-Type": "image/png"}


@pytest.mark.parametrize("delivery", list(WorkerDelivery))
def test_only_a_worker_with_a_key_is_sent_a_job_whose_input_has_no_url(delivery):
    def no_role(_file, _until):
        raise Unavailable("A link to this file cannot be made now.")

    backend = make_backend(worker_delivery=delivery)
    backend.storage.keep("uploads/ann/a.png", START_PICTURE, "image/png")
    backend.storage.__dict__["read_url"] = no_role
    submit(backend, "ann", make_request("img2img", init_image="uploads/ann/a.png"))

    sent = [call["input"].get("download_urls") for call in backend.gpu.calls]
    assert sent == ([None] if delivery is WorkerDelivery.CREDENTIALS else [])
