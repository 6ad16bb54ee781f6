"""`firebase_service`'s functions as the voice document prints them; what they upload is seen."""

import subprocess
import sys

import pytest

from firepod.domain.errors import FailedPrecondition
from firepod.domain.generation import GenerationRef, MediaType, Output, Status
from firepod.domain.samples import MAX_SAMPLES, announcement, paths_of, samples_of
from firepod.usecases import sound, usage
from firepod.usecases.discard import discard
from firepod.usecases.save import SavedVoice, save_voice
from tests.api.recorded import npy, wav
from tests.fakes.values import NPY, WAV
from tests.worker.conftest import FakeFirebase
from worker import firebase_service
from worker.firebase_key import BadFirebaseSetup
from worker.firebase_service import NoOwner
from worker.recorded import NotRecorded

SPEECH = "gen_20260504_120000"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the worker runs."""
    monkeypatch.chdir(tmp_path)
    for name in ("FIREPOD_FOLDER", "FIREPOD_USER_ID", "MEDIA_URLS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def backend(backend, folder):
    firebase_service.use(FakeFirebase(backend))
    yield backend
    firebase_service.use(None)


@pytest.fixture
def voice_id(backend):
    """A voice of ann's."""
    return save_voice(backend, "ann", SavedVoice("John Doe", wav(), npy(), {})).file_uid


def leave(folder, name, data=WAV):
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    return file


def ref(file_uid, media_type=MediaType.VOICES, user="ann"):
    return GenerationRef(user, media_type, file_uid)


def urls(backend, voice_id):
    return sound.voice_files(backend, ref(voice_id))["firebase_urls"]


def test_a_second_sample_of_a_voice_is_seen_counted_and_goes_with_it(backend, voice_id, folder):
    first = urls(backend, voice_id)["sample_url"]
    before = usage.everything(backend, "ann")[0][MediaType.VOICES]
    file = leave(folder, f"{voice_id}_sample_20260504_130000.wav")

    url = firebase_service.upload_runpod_voice_sample(voice_id, file.name)

    assert not file.exists()
    assert urls(backend, voice_id)["sample_urls"] == [url, first]
    assert sound.newest_sample(backend, ref(voice_id)) == url
    after = usage.everything(backend, "ann")[0][MediaType.VOICES]
    assert after.size_bytes == before.size_bytes + len(WAV)
    assert not backend.store.jobs
    listed = firebase_service.list_voice_files(voice_id)
    assert [one["url"] for one in listed["samples"]] == [url, first]
    discard(backend, ref(voice_id))
    assert not backend.storage.files


def test_the_newest_sample_is_the_one_that_came_last_whatever_it_is_called(
    backend, voice_id, folder
):
    for name in ("z.wav", "a.wav"):
        leave(folder, name)
        last = firebase_service.upload_runpod_voice_sample(voice_id, name)

    assert urls(backend, voice_id)["sample_url"] == last
    assert firebase_service.list_voice_files(voice_id)["samples"][0]["url"] == last


def test_a_voice_that_is_its_sample_is_found_without_a_profile(backend, voice_id, folder):
    first, profile = paths_of(backend.store.find(ref(voice_id)))
    backend.storage.delete([profile], owner="ann", upto_attempt=1)
    leave(folder, "more.wav")

    url = firebase_service.upload_runpod_voice_sample(voice_id, "more.wav")

    newest, oldest = firebase_service.list_voice_files(voice_id)["samples"]
    assert (newest["url"], oldest["path"]) == (url, first)


def test_the_same_file_once_more_is_the_same_sample(backend, voice_id, folder):
    found = set()
    for _ in range(2):
        leave(folder, "again.wav")
        found.add(firebase_service.upload_runpod_voice_sample(voice_id, "again.wav"))

    assert len(found) == 1
    assert len(samples_of(backend.store.find(ref(voice_id)))) == 2


def test_a_full_voice_takes_no_more_and_the_file_stays(backend, voice_id, folder):
    for number in range(MAX_SAMPLES - 1):
        leave(folder, f"{number}.wav")
        firebase_service.upload_runpod_voice_sample(voice_id, f"{number}.wav")
    file = leave(folder, "more.wav")

    with pytest.raises(FailedPrecondition):
        firebase_service.upload_runpod_voice_sample(voice_id, "more.wav")
    assert file.exists()
    assert len(backend.storage.files) == MAX_SAMPLES + 1


def test_a_voice_that_is_discarded_meanwhile_takes_the_sample_along(backend, voice_id, folder):
    leave(folder, "late.wav")
    backend.store.conflicts.extend([lambda: None, lambda: discard(backend, ref(voice_id))])

    with pytest.raises(NotRecorded):
        firebase_service.upload_runpod_voice_sample(voice_id, "late.wav")
    assert not backend.storage.files


def test_a_new_voice_is_there_when_its_sample_and_its_profile_are(backend, folder, monkeypatch):
    monkeypatch.setenv("FIREPOD_USER_ID", "bob")
    leave(folder, "voice_samples/new.wav")
    leave(folder, "voice_profiles/new.npy", NPY)

    sample = firebase_service.upload_runpod_voice_sample("voice_new", "new.wav")
    assert backend.store.find(ref("voice_new", user="bob")) is None
    profile = firebase_service.upload_voice_profile("voice_new", "new.npy")

    voice = backend.store.find(ref("voice_new", user="bob"))
    assert voice.status is Status.COMPLETED
    data = voice.generation_data
    assert (data["sample_url"], data["profile_url"]) == (sample, profile)
    assert (voice.size_bytes, voice.file_count) == (len(WAV) + len(NPY), 2)
    assert not backend.store.jobs
    discard(backend, voice.ref)
    assert not backend.storage.files


def test_speech_is_seen_as_of_the_user_whose_voice_speaks(backend, voice_id, folder):
    name = f"TTS_{voice_id}_20260504_120000.wav"
    leave(folder, name)

    url = firebase_service.upload_runpod_tts_generation(SPEECH, name)

    speech = backend.store.find(ref(SPEECH, MediaType.TTS))
    assert speech.request_data == {"voice_id": voice_id, "text": ""}
    assert sound.speech_url(backend, speech.ref) == url
    assert usage.everything(backend, "ann")[0][MediaType.TTS].size_bytes == len(WAV)
    leave(folder, name)
    assert firebase_service.upload_runpod_tts_generation(SPEECH, name) == url
    leave(folder, "another.wav")
    with pytest.raises(NotRecorded, match="there already"):
        firebase_service.upload_runpod_tts_generation(SPEECH, "another.wav")


def test_what_is_being_deleted_is_not_brought_back(backend, voice_id, folder):
    voice = backend.store.find(ref(voice_id))
    backend.store.drop_generation(voice.ref)
    now = backend.clock.now()
    sample = Output(paths_of(voice)[0], "audio/wav")
    job = announcement(voice, sample, claim="c", endpoint_id="", now=now, until=now)
    backend.store.values["jobs/" + voice_id] = job
    leave(folder, "late.wav")

    with pytest.raises(NotRecorded):
        firebase_service.upload_runpod_voice_sample(voice_id, "late.wav")
    assert backend.store.find(voice.ref) is None
    assert not any(path.endswith("late.wav") for path in backend.storage.files)


def test_whose_something_new_is_must_be_told(backend, folder):
    file = leave(folder, "x.wav")
    for call in (
        firebase_service.upload_runpod_voice_sample,
        firebase_service.upload_runpod_tts_generation,
    ):
        with pytest.raises(NoOwner, match="FIREPOD_USER_ID"):
            call("new", file.name)
    assert file.exists()
    assert not backend.storage.files


def test_an_urls_object_must_be_somebodys(backend, voice_id):
    (sample, profile) = paths_of(backend.store.find(ref(voice_id)))
    backend.storage.keep("uploads/x", b"x", "audio/wav", owner="")

    assert firebase_service.get_shared_access_url(sample) == urls(backend, voice_id)["sample_url"]
    assert firebase_service.get_shared_access_url(profile)
    for path in ("uploads/x", "voices/nobodys"):
        with pytest.raises(FileNotFoundError):
            firebase_service.get_shared_access_url(path)


@pytest.mark.parametrize("place", ["", "voice_samples/", "voice_profiles/", "tts_generations/"])
def test_a_bare_name_is_cleaned_up_wherever_an_upload_finds_it(folder, monkeypatch, place):
    """Without Firebase: nothing of it is needed."""
    mounted = folder / "volume"
    mounted.mkdir()
    monkeypatch.setenv("FIREPOD_FOLDER", str(mounted))
    file = leave(mounted, f"{place}x.wav") if place else leave(folder, "volume/x.wav")

    assert firebase_service.cleanup_runpod_file("x.wav") is True
    assert not file.exists()
    assert firebase_service.cleanup_runpod_file("x.wav") is False


def test_nothing_is_read_or_opened_at_import():
    program = (
        "import sys; from worker import firebase_service as one;"
        "print('google.cloud.storage' in sys.modules, one._connected.cache_info().currsize)"
    )
    environment = {"PYTHONPATH": ":".join(sys.path), "FIREBASE_SERVICE_ACCOUNT_KEY": "/nowhere"}
    imported = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (imported.stdout, imported.returncode) == ("False 0\n", 0), imported.stderr


def test_without_firebase_it_is_said_what_to_set(folder, monkeypatch):
    for name in ("FIREBASE_SERVICE_ACCOUNT_KEY", "FIREBASE_STORAGE_BUCKET"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(BadFirebaseSetup, match="FIREBASE_SERVICE_ACCOUNT_KEY"):
        firebase_service.list_voice_files("voice_x")
