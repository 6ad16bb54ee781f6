"""What documents say of each file, and thumbs: only right ones count, and none stays behind."""

import base64
from dataclasses import replace

import pytest

from firepod.domain.errors import Unavailable
from firepod.domain.generation import Status
from firepod.kinds.catalog import parse_request
from firepod.settings import MediaUrls
from firepod.usecases.cancel import cancel
from firepod.usecases.discard import discard
from firepod.usecases.library import one
from firepod.usecases.reconcile import reconcile
from firepod.usecases.retry import retry
from firepod.usecases.submit import submit
from firepod.usecases.sweep import sweep
from tests.fakes.backend import make_backend, make_request
from tests.fakes.bell import drain
from tests.fakes.values import PNG, WEBP
from tests.unit.test_facts import wav

HASH = "1QcSHQRnh493V4dIh4eXh1h4kJUI"
WIDE = PNG[:8] + b"\0\0\0\x0dIHDR" + (640).to_bytes(4, "big") + (360).to_bytes(4, "big") + PNG


def begun(**settings):
    backend = make_backend(worker_delivery="upload_urls", **settings)
    return backend, submit(backend, "ann", make_request(num_images=2)).ref


def delivered(backend, *, thumbs=WEBP, told=None, data=PNG):
    """What a keyless worker leaves and answers."""
    storage = backend.storage
    job_id = list(backend.gpu.jobs)[-1]
    for sent in backend.gpu.jobs[job_id].task["outputs"]:
        storage.upload(sent["upload_url"], data)
        if thumbs:
            storage.upload(sent["thumb_upload_url"], thumbs)
    backend.gpu.end(job_id, "COMPLETED", {"uploaded": 2} | ({"outputs": told} if told else {}))


def outputs(backend, ref):
    reconcile(backend, ref.file_uid)
    done = backend.store.find(ref)
    assert done.status is Status.COMPLETED
    return done.generation_data["outputs"]


def test_each_file_is_described_in_one_shape_with_its_thumb():
    backend, ref = begun()
    delivered(backend, data=WIDE, told=[{"thumbhash": HASH}, {"width": 9, "height": 9}])

    first, second = outputs(backend, ref)

    data = backend.store.find(ref).generation_data
    assert data["images"] == data["image_urls"] == [first["url"], second["url"]]
    thumb = f"thumbs/ann/{ref.file_uid}_0.webp"
    assert first == {
        "url": data["image_urls"][0],
        **data["files"][0],
        "width": 640,
        "height": 360,
        "thumbhash": HASH,
        "thumb_url": backend.storage.url(backend.storage.files[thumb]),
    }
    # What a worker says of a size counts where the bytes do not tell.
    assert (second["width"], second["height"]) == (640, 360)
    assert backend.store.find(ref).size_bytes == 2 * len(WIDE)


def test_a_result_without_thumbs_and_facts_is_complete():
    backend, ref = begun()
    delivered(backend, thumbs=None)
    files = backend.store.find(ref)
    told = outputs(backend, ref)
    assert files is not None
    assert [set(entry) for entry in told] == [{"url", "path", "content_type", "size_bytes"}] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": PNG},
        {"data": WEBP + bytes(64 * 1024)},
        {"content_type": "image/png"},
        {"owner": "bob"},
        {"attempt": 0},
        {"encoding": "gzip"},
    ],
)
def test_a_thumb_that_is_not_in_order_is_left_away(wrong):
    backend, ref = begun()
    delivered(backend, thumbs=None)
    for index in range(2):
        thumb = {"data": WEBP, "content_type": "image/webp", "owner": "ann", "attempt": 1}
        backend.storage.keep(f"thumbs/ann/{ref.file_uid}_{index}.webp", **thumb | wrong)
    assert "thumb_url" not in str(outputs(backend, ref))


def test_a_thumb_that_cannot_be_looked_at_holds_nothing_up():
    backend, ref = begun()
    delivered(backend)
    stat = backend.storage.stat

    def away(path):
        if path.startswith("thumbs/"):
            raise Unavailable("Not now.")
        return stat(path)

    backend.storage.__dict__["stat"] = away
    assert "thumb_url" not in str(outputs(backend, ref))


def test_thumbs_of_a_base64_answer_are_kept_if_they_are_some():
    backend = make_backend()
    ref = submit(backend, "ann", make_request(num_images=2)).ref
    texts = [base64.b64encode(data).decode() for data in (PNG, PNG, WEBP)]
    answer = {"images": texts[:2], "outputs": [{"thumb_base64": texts[2]}, {"thumb_base64": "#"}]}
    backend.gpu.end("job-1", "COMPLETED", answer)
    first, second = outputs(backend, ref)
    assert ("thumb_url" in first, "thumb_url" in second) == (True, False)
    assert f"thumbs/ann/{ref.file_uid}_1.webp" not in backend.storage.files


def test_thumbs_go_with_what_they_show():
    backend, ref = begun()
    delivered(backend)
    outputs(backend, ref)
    discard(backend, ref)
    drain(backend)
    assert backend.storage.files == {}


@pytest.mark.parametrize("end", ["cancelled late", "expired", "overtaken"])
def test_thumbs_go_when_their_generation_does(end):
    backend, ref = begun(retention_days=1)
    delivered(backend)
    if end == "cancelled late":
        share = backend.storage.share
        backend.storage.__dict__["share"] = lambda file: cancel(backend, ref) and share(file)
    reconcile(backend, ref.file_uid)
    if end == "cancelled late":
        assert backend.storage.files == {}  # by who stored them, before any other look
    if end == "overtaken":
        backend, ref = begun()
        cancel(backend, ref)
        delivered(backend)  # RunPod's stop came too late
    if end == "expired":
        backend.clock.advance(2 * 24 * 3600)
        sweep(backend)
    drain(backend)
    assert backend.storage.files == {}


def test_the_thumbs_of_an_older_attempt_give_way_to_the_next_ones():
    backend, ref = begun()
    delivered(backend)
    cancel(backend, ref)
    retry(backend, ref)
    delivered(backend, thumbs=WEBP + b"2")
    assert len(outputs(backend, ref)) == 2
    thumbs = [file for file in backend.storage.files.values() if file.path.startswith("thumbs/")]
    assert [(file.attempt, file.size_bytes) for file in thumbs] == [(2, len(WEBP) + 1)] * 2


def test_a_film_has_a_poster_and_speech_has_none():
    backend = make_backend(worker_delivery="upload_urls")
    submit(backend, "ann", make_request("text2video"))
    sent = backend.gpu.calls[-1]["input"]["outputs"]
    assert [one["thumb_path"].startswith("thumbs/ann/") for one in sent] == [True]
    backend.storage.keep("uploads/ann/me.wav", wav(2), "audio/wav")
    voice = {"task_type": "voice_clone", "name": "Me", "audio": "uploads/ann/me.wav"}
    submit(backend, "ann", parse_request(voice))
    assert "thumb" not in str(backend.gpu.calls[-1]["input"]["outputs"])


def test_signed_urls_are_made_anew_for_who_asks_for_one_generation():
    backend, ref = begun(media_urls=MediaUrls.SIGNED)
    delivered(backend, told=[{"thumbhash": HASH}])
    outputs(backend, ref)
    before = backend.store.find(ref)
    stale = str(before.generation_data).replace("token=", "ended=")
    assert stale != str(before.generation_data)

    url = backend.storage.url
    backend.storage.__dict__["url"] = lambda file: f"{url(file)}&fresh"
    shown = one(backend, ref).generation_data

    assert all(entry["url"].endswith("&fresh") for entry in shown["outputs"])
    assert all(entry["thumb_url"].endswith("&fresh") for entry in shown["outputs"])
    assert shown["image_url"].endswith("&fresh")
    assert shown["outputs"][0]["thumbhash"] == HASH
    assert replace(before, generation_data=None) == replace(one(backend, ref), generation_data=None)
    assert backend.store.find(ref) == before


def test_who_asks_for_what_is_no_longer_there_sees_the_document_as_it_is():
    backend, ref = begun(media_urls=MediaUrls.SIGNED)
    delivered(backend)
    outputs(backend, ref)
    backend.storage.files.clear()
    assert one(backend, ref) == backend.store.find(ref)
