"""Files that a direct request brings itself: as base64, as a data: URL, or by a URL."""

import asyncio
import base64
import pickle
import threading

import pytest
import requests

from firepod.domain.generation import GenerationRef, MediaType, Status
from firepod.kinds.fields import MAX_FILE_BYTES
from firepod.kinds.paths import is_voice_id
from tests.api.recorded import npy, riff, wav
from tests.fakes.host import host
from tests.fakes.values import PNG
from worker.brought import MAX_URL_CHARS
from worker.inputs import HOSTS
from worker.patience import Limits
from worker.run import run_job

SOUND, PROFILE = wav(2), npy()
MINE = {"user_id": "ann", "file_uid": "voice_ann", "use_cloud_storage": True}
CLONE = {"voice_name": "Ann"}
SPEAK = {"voice_id": "voice_ann", "text": "Hello."}


def text(data, kind=""):
    encoded = base64.b64encode(data).decode()
    return f"data:{kind};base64,{encoded}" if kind else encoded


def work(worker, **fields):
    return asyncio.run(run_job({"id": "job-1", "input": fields}, worker.around))


def given(worker):
    """What the engine was given in its one run."""
    [(_, _, files)] = worker.engine.runs
    return files


@pytest.mark.parametrize("firebase", [True, False])
@pytest.mark.parametrize(
    ("fields", "files"),
    [
        ({**CLONE, "audio_base64": text(SOUND)}, {"audio": SOUND}),
        ({**CLONE, "audio_base64": text(SOUND, "audio/wav")}, {"audio": SOUND}),
        ({**CLONE, "audio": text(SOUND, "audio/wav")}, {"audio": SOUND}),
        ({**SPEAK, "profile_base64": text(PROFILE)}, {"profile": PROFILE}),
        ({**SPEAK, "profile_url": text(PROFILE, "application/x-npy")}, {"profile": PROFILE}),
        ({"prompt": "sea", "init_image": text(PNG, "image/png")}, {"init_image": PNG}),
        ({"prompt": "sea", "image_base64": text(PNG)}, {"init_image": PNG}),
    ],
)
def test_a_file_that_comes_along_is_what_the_engine_gets(make_worker, firebase, fields, files):
    worker = make_worker(firebase=firebase)
    assert "error" not in work(worker, **fields)
    assert given(worker) == files


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        ({**CLONE, "audio": "{url}"}, SOUND),
        ({**CLONE, "audio_url": "{url}"}, SOUND),
        ({**SPEAK, "profile_url": "{url}"}, PROFILE),
        ({"prompt": "sea", "image_url": "{url}"}, PNG),
    ],
)
def test_a_file_at_a_host_that_the_operator_names_is_fetched(make_worker, fields, data):
    with host(data) as (name, asked):
        worker = make_worker(download_hosts=frozenset({name}))
        url = f"http://{name}/a/file?token=secret"
        answer = work(worker, **{k: v.format(url=url) for k, v in fields.items()})
    assert "error" not in answer
    assert list(given(worker).values()) == [data]
    assert [one.path for one in asked] == ["/a/file?token=secret"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/me.wav",
        "http://firebasestorage.googleapis.com/me.wav",
        "https://storage.googleapis.com.example.com/me.wav",
        "https://storage.googleapis.com@127.0.0.1/me.wav",
        "https://127.0.0.1\\@storage.googleapis.com/me.wav",
        "https://me@storage.googleapis.com/me.wav",
        "https://storage.googleapis.com:8443/me.wav",
        "https://127.0.0.1/me.wav",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/me.wav",
    ],
)
def test_no_other_host_is_asked(make_worker, url):
    worker = make_worker()
    assert work(worker, **CLONE, audio_url=url) == {
        "error": "The recording is not in Firebase Storage."
    }
    assert worker.engine.runs == []


@pytest.mark.parametrize("host_of_storage", ["firebasestorage.googleapis.com:443", *sorted(HOSTS)])
def test_storage_itself_is_asked(make_worker, monkeypatch, host_of_storage):
    def ask(url, **_how):
        asked.append(url)
        raise requests.ConnectionError

    asked, url = [], f"https://{host_of_storage}/v0/b/bucket/o/me.wav?alt=media&token=t"
    monkeypatch.setattr(requests, "get", ask)
    assert "could not be fetched" in work(make_worker(), **CLONE, audio_url=url)["error"]
    assert asked == [url]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://storage.googleapis.com/x",
        "file:///etc/passwd",
        "https://",
        "https://[",
        "x",
        f"https://storage.googleapis.com/{'x' * MAX_URL_CHARS}",
    ],
    ids=range(6),
)
def test_what_is_no_such_url_is_refused(make_worker, url):
    assert "https URL" in work(make_worker(), **CLONE, audio_url=url)["error"]


def test_a_redirect_to_anywhere_is_not_followed(make_worker):
    with host(b"", 302, Location="http://127.0.0.1:1/latest") as (name, asked):
        worker = make_worker(download_hosts=frozenset({name}))
        answer = work(worker, **CLONE, audio=f"http://{name}/moved")
    assert "no longer there" in answer["error"]
    assert [one.path for one in asked] == ["/moved"]


def test_what_breaks_off_is_told_in_a_sentence(make_worker):
    with host(SOUND, Content_Length=str(len(SOUND) + 1)) as (name, _):
        worker = make_worker(download_hosts=frozenset({name}))
        answer = work(worker, **CLONE, audio_url=f"http://{name}/half")
    assert answer == {"error": "The recording could not be fetched."}


def test_a_host_that_is_too_slow_holds_no_worker(make_worker):
    enough = threading.Event()

    def drops():
        while not enough.wait(0.05):
            yield b"."

    with host(drops(), Content_Length="100000") as (name, _):
        worker = make_worker(download_hosts=frozenset({name}), limits=Limits(download=0.2))
        answer = work(worker, **CLONE, audio_url=f"http://{name}/slow")
        enough.set()
    assert answer == {"error": "The recording took too long to be fetched."}


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({**CLONE, "audio_base64": "not base64!"}, "base64"),
        ({**CLONE, "audio_base64": ""}, "audio_base64"),
        ({**CLONE, "audio_base64": 7}, "audio_base64"),
        ({**CLONE, "audio_base64": text(b"words")}, "sound file"),
        ({**CLONE, "audio_base64": text(riff(b""))}, "long"),
        ({**CLONE, "audio_base64": "!" * (MAX_FILE_BYTES * 3 // 2)}, "25 MiB"),  # not decoded
        ({**CLONE, "audio_base64": text(bytes(MAX_FILE_BYTES + 1))}, "25 MiB"),
        ({**CLONE, "audio": "data:audio/wav;base64,"}, "empty"),
        ({**SPEAK, "profile_base64": text(pickle.dumps([1]))}, ".npy"),
        ({**SPEAK, "profile_base64": text(npy("{'descr': '|O', 'shape': (1,)}"))}, "objects"),
        ({**SPEAK, "profile_base64": text(npy(data=b"\0" * 8))}, "header"),
        ({"prompt": "sea", "image_base64": text(SOUND)}, "picture"),
        ({"prompt": "sea", "init_image": text(b"GIF89a", "image/gif")}, "picture"),
        ({**CLONE, "audio_base64": text(SOUND), "audio_url": "https://x"}, "same file"),
        ({**CLONE, "audio_base64": text(SOUND), "audio": text(SOUND, "audio/wav")}, "same file"),
    ],
)
def test_what_is_not_what_it_should_be_is_refused_in_words(make_worker, fields, word):
    worker = make_worker()
    answer = work(worker, **fields)
    assert set(answer) == {"error"}
    assert word in answer["error"]
    assert worker.engine.runs == []


def test_what_is_fetched_is_looked_at_as_what_comes_along_is(make_worker):
    with host(pickle.dumps([1])) as (name, _):
        worker = make_worker(download_hosts=frozenset({name}))
        answer = work(worker, **SPEAK, profile_url=f"http://{name}/p.npy")
    assert ".npy" in answer["error"]
    assert worker.engine.runs == []


def test_neither_a_file_nor_a_token_reaches_the_document_or_the_engines_request(make_worker):
    with host(SOUND) as (name, _):
        worker = make_worker(download_hosts=frozenset({name}))
        work(worker, **CLONE, audio=f"http://{name}/me.wav?token=secret", **MINE)
        work(worker, **CLONE, audio_base64=text(SOUND), **{**MINE, "file_uid": "voice_two"})
    documents = [
        worker.backend.store.find(GenerationRef("ann", MediaType.VOICES, uid))
        for uid in ("voice_ann", "voice_two")
    ]
    assert [one.status for one in documents] == [Status.COMPLETED, Status.COMPLETED]
    assert [one.request_data["audio"] for one in documents] == ["https://127.0.0.1/me.wav", "data:"]
    said = f"{worker.backend.store.values} {[run[1] for run in worker.engine.runs]}"
    assert "secret" not in said
    assert text(SOUND)[:40] not in said


def test_an_answer_proposes_a_name_where_the_request_gave_none(make_worker):
    voice = work(make_worker(), **CLONE, audio_base64=text(SOUND))
    speech = work(make_worker(), **SPEAK, profile_base64=text(PROFILE))
    assert is_voice_id(voice["voice_id"])
    assert voice["voice_id"].startswith("voice_ann_")
    assert speech["generation_id"].startswith("gen_")
    named = work(make_worker(firebase=False), **CLONE, audio_base64=text(SOUND), **MINE)
    assert named["voice_id"] == "voice_ann"


def test_a_job_of_the_backends_brings_no_file(make_worker, queued):
    job = queued("voice_clone")
    job["input"]["audio_base64"] = text(SOUND)
    worker = make_worker()
    assert "audio_base64" in asyncio.run(run_job(job, worker.around))["error"]
    assert worker.engine.runs == []
