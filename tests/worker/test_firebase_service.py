"""From the mounted folder to Storage, and nothing else from nowhere else."""

import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.api_core.retry import Retry

from tests.fakes.clock import FakeClock
from tests.fakes.storage import FakeStorage
from tests.fakes.values import NPY, WAV
from worker.firebase_service import FirebaseService, NotTheMedia
from worker.mounted import OutsideFolder

VOICE = "voice_john_doe_0a1b2c3d"
OGG = b"OggS\0\x02" + b"\0" * 22 + b"OpusHead" + b"sound" * 9
SAMPLE = f"{VOICE}_sample_20260504_120000.wav"


class Storage(FakeStorage):
    """A bucket that is out of order for the next `failures` uploads."""

    failures = 0

    def put_file(self, output, filename, *, owner, attempt):
        if self.failures:
            self.failures -= 1
            raise ServiceUnavailable("Out of order.")
        return super().put_file(output, filename, owner=owner, attempt=attempt)


@pytest.fixture
def storage():
    return Storage(FakeClock())


@pytest.fixture
def folder(tmp_path):
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    return mounted


@pytest.fixture
def service(storage, folder):
    quick = Retry(lambda _error: True, initial=0.001, maximum=0.001, timeout=0.05)
    return FirebaseService(storage, folder, "ann", retry=quick)


def leave(folder, name, data):
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    return file


def test_a_sample_goes_to_its_place_and_leaves_the_folder(service, storage, folder):
    file = leave(folder, f"voice_samples/{SAMPLE}", WAV)

    url = service.upload_runpod_voice_sample(VOICE, SAMPLE)

    path = f"voices/{VOICE}/samples/{SAMPLE}"
    assert storage.contents == {path: WAV}
    stored = storage.files[path]
    assert (stored.content_type, stored.owner) == ("audio/wav", "ann")
    assert url == storage.url(stored) == service.get_shared_access_url(path)
    assert not file.exists()


def test_speech_and_profiles_have_their_places(service, storage, folder):
    leave(folder, f"tts_generations/TTS_{VOICE}_20260504_120000.wav", WAV)
    leave(folder, "profile.npy", NPY)

    service.upload_runpod_tts_generation("gen_1", f"TTS_{VOICE}_20260504_120000.wav")
    service.upload_voice_profile(VOICE, "profile.npy")

    assert set(storage.files) == {
        f"tts/gen_1/TTS_{VOICE}_20260504_120000.wav",
        f"voices/{VOICE}/profiles/{VOICE}.npy",
    }
    assert not any(file.is_file() for file in folder.rglob("*"))


@pytest.mark.parametrize(
    ("data", "content_type"), [(b"ID3\x04" + b"sound" * 9, "audio/mpeg"), (OGG, "audio/ogg")]
)
def test_sound_is_what_its_bytes_say(service, storage, folder, data, content_type):
    leave(folder, "a.wav", data)
    leave(folder, "b.wav", data)

    service.upload_runpod_voice_sample(VOICE, "a.wav")
    service.upload_runpod_tts_generation("gen_1", "b.wav")

    assert {one.content_type for one in storage.files.values()} == {content_type}


def test_a_moment_of_trouble_is_waited_out(service, storage, folder):
    leave(folder, SAMPLE, WAV)
    storage.failures = 2

    assert service.upload_runpod_voice_sample(VOICE, SAMPLE)


def test_a_failed_upload_keeps_the_file_and_can_be_tried_again(service, storage, folder):
    file = leave(folder, SAMPLE, WAV)
    storage.failures = 10**6

    with pytest.raises(Exception, match=r"Out of order|Timeout"):
        service.upload_runpod_voice_sample(VOICE, SAMPLE)
    assert file.read_bytes() == WAV
    assert service.upload_failed() == []
    assert file.exists()

    storage.failures = 0
    assert len(service.upload_failed()) == 1
    assert not file.exists()
    assert service.failed == {}
    assert service.upload_failed() == []


def test_a_repeated_upload_of_the_same_file_is_the_same(service, storage, folder):
    """The process died after the upload and before the file was removed."""
    leave(folder, SAMPLE, WAV)
    first = service.upload_runpod_voice_sample(VOICE, SAMPLE)
    leave(folder, SAMPLE, WAV)

    assert service.upload_runpod_voice_sample(VOICE, SAMPLE) == first
    assert len(storage.files) == 1


def test_another_file_of_the_same_name_is_neither_lost_nor_overwriting(service, storage, folder):
    leave(folder, SAMPLE, WAV)
    service.upload_runpod_voice_sample(VOICE, SAMPLE)
    other = leave(folder, SAMPLE, WAV + b"more")

    with pytest.raises(NotTheMedia):
        service.upload_runpod_voice_sample(VOICE, SAMPLE)
    assert other.exists()
    assert list(storage.contents.values()) == [WAV]


def test_what_is_not_the_media_stays_where_it_is(service, storage, folder):
    file = leave(folder, "x.wav", b"#!/bin/sh")

    with pytest.raises(NotTheMedia):
        service.upload_runpod_voice_sample(VOICE, "x.wav")
    assert file.exists()
    assert not storage.files


@pytest.mark.parametrize(
    "name", ["../secret.wav", "a/../../secret.wav", "link.wav", "folder/secret.wav"]
)
def test_paths_cannot_leave_the_folder(service, storage, folder, name):
    secret = folder.parent / "secret.wav"
    secret.write_bytes(WAV)
    (folder / "link.wav").symlink_to(secret)
    (folder / "folder").symlink_to(folder.parent)

    with pytest.raises(OutsideFolder):
        service.upload_runpod_voice_sample(VOICE, name)
    with pytest.raises(OutsideFolder):
        service.cleanup_runpod_file(name)
    with pytest.raises(OutsideFolder):
        service.upload_runpod_voice_sample(VOICE, str(secret))
    with pytest.raises(OutsideFolder):
        service.cleanup_runpod_file(str(secret))
    assert secret.exists()
    assert not storage.files


@pytest.mark.parametrize("bad", ["", "..", "../x", "a/b", "a b", ".hidden"])
def test_ids_cannot_leave_their_prefix(service, folder, bad):
    leave(folder, SAMPLE, WAV)

    for call in (service.upload_runpod_voice_sample, service.upload_runpod_tts_generation):
        with pytest.raises(OutsideFolder):
            call(bad, SAMPLE)
    with pytest.raises(OutsideFolder):
        service.upload_voice_profile(bad, SAMPLE)
    with pytest.raises(OutsideFolder):
        service.list_voice_files(bad)


def test_a_file_that_is_not_there_is_said_to_be_missing(service):
    with pytest.raises(FileNotFoundError):
        service.upload_runpod_voice_sample(VOICE, SAMPLE)
    with pytest.raises(FileNotFoundError):
        service.get_shared_access_url(f"voices/{VOICE}/samples/{SAMPLE}")


def test_a_voices_files_are_listed_newest_first_and_only_the_owners(service, storage, folder):
    for second in range(3):
        name = f"{VOICE}_sample_20260504_12000{second}.wav"
        leave(folder, name, WAV)
        service.upload_runpod_voice_sample(VOICE, name)
    leave(folder, "p.npy", NPY)
    service.upload_voice_profile(VOICE, "p.npy")
    theirs = f"voices/{VOICE}/samples/theirs.wav"
    storage.keep(theirs, WAV, "audio/wav", owner="bob")

    files = service.list_voice_files(VOICE)

    assert [one["path"][-8:] for one in files["samples"]] == ["0002.wav", "0001.wav", "0000.wav"]
    profile = storage.files[f"voices/{VOICE}/profiles/{VOICE}.npy"]
    expected = {"path": profile.path, "url": storage.url(profile), "size_bytes": len(NPY)}
    assert files["profiles"] == [expected]
    with pytest.raises(FileNotFoundError):
        service.get_shared_access_url(theirs)
    assert service.list_voice_files("voice_nobody") == {"samples": [], "profiles": []}


def test_cleaning_up_is_done_once(service, folder):
    leave(folder, SAMPLE, WAV)

    assert service.cleanup_runpod_file(SAMPLE) is True
    assert service.cleanup_runpod_file(SAMPLE) is False
