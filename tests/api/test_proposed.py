"""Names that workers propose in their answers, and that a client saves under: nobody's only."""

import pytest

from firepod.domain.generation import GenerationRef, MediaType, Status
from firepod.usecases.reconcile import reconcile
from tests.api.recorded import as_base64, npy, wav
from tests.fakes.values import make_generation, make_job

VOICE, SPEECH = "voice_john_doe_0123abcd", "gen_20260504_115900_0123abcd"
PROFILE = f"voices/{VOICE}/profiles/{VOICE}.npy"
NPY_TYPE = "application/octet-stream"


def save_voice(service, user="ann", **fields):
    body = {
        "status": "success",
        "voice_id": VOICE,
        "voice_name": "John Doe",
        "audio_base64": as_base64(wav()),
        "profile_base64": as_base64(npy()),
        "metadata": {"shared_access": False},
    }
    return service.post("/api/voices/save", json=body | fields, user=user)


def save_speech(service, **fields):
    body = {
        "status": "success",
        "generation_id": SPEECH,
        "voice_id": "voice_john_doe",
        "text": "Hello.",
        "audio_base64": as_base64(wav(2)),
        "metadata": {"shared_access": False},
    }
    return service.post("/api/tts/save", json=body | fields)


def test_what_a_worker_answers_is_saved_under_the_name_that_it_proposes(service):
    voice = save_voice(service).json
    speech = save_speech(service, voice_id=VOICE).json

    assert voice["voice_id"] == VOICE
    assert (speech["generation_id"], speech["voice_id"]) == (SPEECH, VOICE)
    assert service.generation("voices", VOICE).status is Status.COMPLETED
    assert service.generation("tts", SPEECH).status is Status.COMPLETED
    assert PROFILE in service.backend.storage.files
    assert not service.backend.store.jobs
    assert service.backend.store.quota("ann").used == 2


@pytest.mark.parametrize("name", ["voice_john_doe", "voice_x_0123abcd", "../x", "", 7, None, ["a"]])
def test_a_proposal_that_is_no_name_of_this_voice_is_left_aside(service, name):
    voice_id = save_voice(service, voice_id=name).json["voice_id"]
    assert voice_id.startswith("voice_john_doe_")
    assert voice_id != name


@pytest.mark.parametrize("name", ["gen_20260504_115900", "gen_x_0123abcd", "a/b", 7, None])
def test_a_proposal_that_is_no_name_of_speech_is_left_aside(service, name):
    assert save_speech(service, generation_id=name).json["generation_id"] not in {name, SPEECH}


def test_a_name_at_which_another_user_has_files_is_left_alone(service):
    service.backend.storage.keep(PROFILE, b"bobs", NPY_TYPE, owner="bob")

    voice_id = save_voice(service).json["voice_id"]

    assert voice_id != VOICE
    assert service.backend.storage.read(PROFILE, 100) == b"bobs"
    assert not service.backend.store.jobs
    assert service.backend.store.quota("ann").used == 1


def test_a_name_that_another_users_job_has_is_left_alone(service):
    bobs = make_generation("voice_clone", user_id="bob", file_uid=VOICE)
    job = make_job(bobs)
    service.backend.store.keep(bobs, job)

    assert save_voice(service).json["voice_id"] != VOICE
    assert service.backend.store.find_job(VOICE) == job


def test_saving_an_answer_twice_makes_two_voices_and_changes_neither(service):
    first = save_voice(service).json["voice_id"]
    before = service.generation("voices", first)
    second = save_voice(service, audio_base64=as_base64(wav(2))).json["voice_id"]

    assert first == VOICE != second
    assert service.generation("voices", first) == before


def test_a_name_that_is_taken_at_this_moment_is_left_alone(service):
    """Storage is asked after the name is held: who was faster has left files, or a job."""
    storage = service.backend.storage
    service.backend.store.conflicts.append(
        lambda: storage.keep(PROFILE, b"bobs", NPY_TYPE, owner="bob")
    )

    assert save_voice(service).json["voice_id"] != VOICE
    assert storage.read(PROFILE, 100) == b"bobs"


def test_a_save_that_dies_while_it_asks_clears_nothing_of_another_users(service):
    backend = service.backend
    backend.storage.keep(PROFILE, b"bobs", NPY_TYPE, owner="bob")

    def dies(*_args, **_more):
        raise KeyboardInterrupt

    backend.storage.__dict__["listing"] = dies
    with pytest.raises(KeyboardInterrupt):
        save_voice(service)
    assert backend.store.find_job(VOICE).user_id == "ann"

    del backend.storage.__dict__["listing"]
    for _ in range(5):
        backend.clock.advance(3600)
        reconcile(backend, VOICE)

    assert backend.storage.read(PROFILE, 100) == b"bobs"
    assert backend.store.find_job(VOICE) is None
    assert backend.store.find(GenerationRef("ann", MediaType.VOICES, VOICE)) is None


def test_a_document_of_ones_own_is_not_written_over(service):
    failed = make_generation("voice_clone", file_uid=VOICE, status=Status.FAILED)
    service.backend.store.keep(failed)

    assert save_voice(service).json["voice_id"] != VOICE
    assert service.generation("voices", VOICE) == failed
