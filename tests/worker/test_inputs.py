"""What a worker reads: the user's own objects, from Storage, whole, and nothing else."""

import pytest

from firepod.domain.generation import GenerationRef, MediaType
from firepod.kinds.fields import MAX_FILE_BYTES
from tests.fakes.host import host
from tests.fakes.values import BAD_USER_IDS, PNG, make_settings
from worker.engines.interface import EngineError
from worker.inputs import fetch_inputs
from worker.task import BadTask, parse_task


def task(path="uploads/ann/start.png", **own):
    said = {
        "task_type": "img2img",
        "prompt": "a boat",
        "init_image": path,
        "user_id": "ann",
        "file_uid": "file-1",
        "use_cloud_storage": True,
        **own,
    }
    return parse_task({"id": "job-1", "input": said}, 0, None)


def download(name, tmp_path, hosts=None):
    one = task(download_urls={"init_image": f"http://{name}/x"})
    return fetch_inputs(one, tmp_path, None, frozenset({name} if hosts is None else hosts))


def test_an_object_of_the_users_is_read_from_the_bucket(backend, tmp_path):
    backend.storage.keep("uploads/ann/start.png", PNG, "image/png")
    found = fetch_inputs(task(), tmp_path, backend.storage)
    assert {name: file.read_bytes() for name, file in found.items()} == {"init_image": PNG}


@pytest.mark.parametrize(
    "path",
    [
        "uploads/bob/start.png",
        "uploads/ann/../bob/start.png",
        "generating/bob/image/x.png",
        "voices/v/profiles/v.npy",
        "uploads/ann/gone.png",
    ],
)
def test_anything_of_others_is_not_there(backend, tmp_path, path):
    backend.storage.keep(path, PNG, "image/png", owner="bob")
    if path.endswith("gone.png"):
        backend.storage.delete([path], owner="bob", upto_attempt=0)
    with pytest.raises(EngineError, match="no longer there"):
        fetch_inputs(task(path), tmp_path, backend.storage)


def test_a_voice_is_read_if_its_owner_is_the_user(backend, tmp_path):
    profile = "voices/voice_ann_01234567/profiles/voice_ann_01234567.npy"
    said = {
        "task_type": "tts",
        "voice_id": "voice_ann_01234567",
        "text": "Hello.",
        "user_id": "ann",
        "file_uid": "gen-1",
        "use_cloud_storage": True,
    }
    one = parse_task({"input": said}, 0, backend.clock.now())
    backend.storage.keep(profile, b"profile", "application/octet-stream", owner="ann")
    assert fetch_inputs(one, tmp_path, backend.storage)["profile"].read_bytes() == b"profile"
    backend.storage.keep(profile, b"profile", "application/octet-stream", owner="bob")
    with pytest.raises(EngineError):
        fetch_inputs(one, tmp_path, backend.storage)


def test_a_url_of_the_backends_is_read(tmp_path):
    with host(PNG) as (name, _):
        assert download(name, tmp_path)["init_image"].read_bytes() == PNG


def test_a_redirect_is_not_followed(tmp_path):
    gone = pytest.raises(EngineError, match="no longer there")
    with host(b"", 302, Location="/ok") as (name, asked), gone:
        download(name, tmp_path)
    assert [one.path for one in asked] == ["/x"]


def test_too_much_is_not_taken(tmp_path):
    huge = bytes(MAX_FILE_BYTES + 1)
    with host(huge) as (name, _), pytest.raises(EngineError, match="25 MiB"):
        download(name, tmp_path)


def test_a_host_that_is_not_storage_is_not_asked(tmp_path):
    with host(PNG) as (name, asked), pytest.raises(EngineError, match="not in Firebase Storage"):
        download(name, tmp_path, hosts=())
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://storage.googleapis.com/x",
        "https://storage.googleapis.com.evil.test/x",
        "https://storage.googleapis.com@127.0.0.1/x",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "//storage.googleapis.com/x",
        "ftp://storage.googleapis.com/x",
        "",
    ],
)
def test_only_storage_over_https_is_asked(tmp_path, url):
    with pytest.raises(EngineError, match="not in Firebase Storage"):
        fetch_inputs(task(download_urls={"init_image": url}), tmp_path, None)


def test_without_a_way_to_it_the_sentence_says_so(tmp_path):
    with pytest.raises(EngineError, match="cannot be reached"):
        fetch_inputs(task(), tmp_path, None)


REF = GenerationRef("ann", MediaType.IMAGES, "file-1")
OURS = {"path": "generating/ann/image/file-1.png", "content_type": "image/png"}


@pytest.mark.parametrize(
    "own",
    [
        *({"user_id": user_id} for user_id in ("", "x" * 129, *BAD_USER_IDS)),
        *({"file_uid": file_uid} for file_uid in ("a/b", "", "..", "__x__", "x" * 101, 7)),
        {"media_type": "videos"},
        {"attempt": 0},
        {"attempt": True},
        {"attempt": "1"},
        {"retention_days": -1},
        {"media_urls": "ftp"},
        {"outputs": {}},
        {"outputs": ["x"]},
        {"outputs": [{**OURS, "path": "generating/bob/image/x.png"}]},
        {"outputs": [{**OURS, "path": "generating/ann/image/../../bob/x.png"}]},
        {"outputs": [{**OURS, "upload_url": 7}]},
        *({"outputs": [{**OURS, "usd_per_second": one}]} for one in ("-1", "nan", "inf", "", "x")),
        {"download_urls": ["x"]},
    ],
)
def test_what_the_backend_would_not_say_is_no_task(own):
    with pytest.raises(BadTask):
        task(**own)


def test_a_task_names_where_its_outputs_go():
    settings = make_settings()
    one = task(outputs=[OURS], media_urls=str(settings.media_urls), attempt=3)
    assert (one.ref, one.attempt, one.outputs[0].path) == (REF, 3, OURS["path"])


def test_what_was_gone_before_the_job_was_sent_is_no_longer_there(tmp_path):
    output = {"path": "generating/ann/image/file-1.png", "content_type": "image/png"}
    sent = task(outputs=[output | {"upload_url": "https://upload.test/1"}])
    with pytest.raises(EngineError, match="start image is no longer there"):
        fetch_inputs(sent, tmp_path, None)
