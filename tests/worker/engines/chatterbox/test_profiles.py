"""The profile of a voice: plain numbers, and nothing else is taken for one."""

import numpy as np
import pytest

from firepod.kinds import profiles
from tests.worker.engines.chatterbox.conftest import a_profile, same
from worker.engines import EngineError
from worker.engines.chatterbox.profile import Profile, load_profile, save_profile


@pytest.mark.parametrize(("speech", "prompt"), [(1, 1), (25, 50), (150, 250)])
def test_a_profile_comes_back_from_its_file_of_plain_numbers_which_the_backend_takes(
    tmp_path, speech, prompt
):
    kept, path = a_profile(speech, prompt), tmp_path / "profile.npy"
    save_profile(kept, path)

    values = np.load(path, allow_pickle=False)
    assert (values.dtype, values.shape) == (np.float32, (3 + 448 + speech + 161 * prompt,))
    profiles.check(path.read_bytes())
    assert same(load_profile(path), kept)


def changed(**values):
    record = a_profile().__dict__ | values
    return Profile(**record)


@pytest.mark.parametrize(
    ("field_name", "value"),
    [
        ("speaker", np.full(256, np.nan, np.float32)),
        ("prompt_mel", np.full((500, 80), np.inf, np.float32)),
        ("embedding", np.full(192, 1e30, np.float32)),
        ("speech_tokens", np.full(150, 6561, np.int32)),
        ("prompt_tokens", np.full(250, -1, np.int32)),
        ("prompt_tokens", np.full(250, 0.5, np.float32)),
    ],
)
def test_a_profile_with_what_no_voice_has_is_refused(run, tmp_path, field_name, value):
    path = tmp_path / "profile.npy"
    save_profile(changed(**{field_name: value}), path)

    with pytest.raises(EngineError, match=r"cannot be read. Clone the voice again"):
        run("tts", {"profile": path})


def test_a_profile_of_another_version_is_refused(run, tmp_path, voice):
    values = np.load(voice)
    values[0] = 2
    np.save(tmp_path / "newer.npy", values)

    with pytest.raises(EngineError, match=r"of another version. Clone the voice again"):
        run("tts", {"profile": tmp_path / "newer.npy"})


def test_each_engine_refuses_the_profile_of_the_other_one(run, record, tmp_path, voice):
    from worker.engines.procedural import create

    procedural = create()
    request = {"name": "Ada", "reference_text": "", "language": "en"}
    made = procedural.run("voice_clone", request, {"audio": record()}, tmp_path, lambda *_: None)

    with pytest.raises(EngineError, match=r"is of another engine. Clone the voice again"):
        run("tts", {"profile": made.files[1].path})
    asked = {"text": "Hello.", "speed": 1.0, "language": "en"}
    save_profile(a_profile(1, 1), tmp_path / "short.npy")
    for profile in (voice, tmp_path / "short.npy"):
        with pytest.raises(EngineError, match=r"is of another engine. Clone the voice again"):
            procedural.run("tts", asked, {"profile": profile}, tmp_path, lambda *_: None)


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("a profile was unpickled",))


def hostile_profiles():
    def row(speech, prompt, size):
        return np.concatenate([[1, speech, prompt], np.zeros(size)]).astype(np.float32)

    return {
        "a pickle": np.array([Trap()], dtype=object),
        "an empty one": np.zeros(0, np.float32),
        "too short to say what it is": np.ones(2, np.float32),
        "a table": np.ones((3, 300), np.float32),
        "of another type": row(1, 1, 448 + 1 + 161).astype(np.float64),
        "more tokens than there are": row(9, 9, 448 + 9 + 161),
        "no tokens": row(0, 0, 448),
        "half a token": row(1.5, 1, 448 + 1 + 161),
        "tokens without end": row(-1, 1, 448),
        "too many tokens": row(151, 1, 448 + 151 + 161),
    }


@pytest.mark.parametrize("case", hostile_profiles())
def test_an_array_of_another_kind_is_refused_and_never_unpickled(run, tmp_path, case):
    path = tmp_path / "profile.npy"
    np.save(path, hostile_profiles()[case], allow_pickle=True)

    with pytest.raises(EngineError, match=r"profile of this voice.*Clone the voice again"):
        run("tts", {"profile": path})


@pytest.mark.parametrize("cut", [0, 5, 9, 100, 4000, -1])
def test_a_profile_that_is_cut_off_is_refused(run, voice, cut):
    voice.write_bytes(voice.read_bytes()[:cut])

    with pytest.raises(EngineError, match=r"cannot be read. Clone the voice again"):
        run("tts", {"profile": voice})


def test_a_file_far_larger_than_a_profile_is_not_opened(run, tmp_path):
    path = tmp_path / "profile.npy"
    with path.open("wb") as file:
        file.truncate(500_000)

    with pytest.raises(EngineError, match="of another engine"):
        run("tts", {"profile": path})
