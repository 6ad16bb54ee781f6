"""`python -m tools.jobs show`: the whole life of a generation, by its id alone."""

import json
from datetime import UTC, datetime

import pytest

from firepod.kinds.catalog import parse_request
from firepod.usecases.discard import discard
from firepod.usecases.submit import submit
from tests.fakes.backend import make_request
from tests.fakes.values import WAV
from tests.fakes.worker import FakeRun
from tools.jobs import local_logs

PROMPT = "a quokka on a beach"


def make(operator, request=None, *, done=True):
    """A generation; its worker has done it, unless it runs still."""
    backend = operator.backend
    ref = submit(backend, "ann", request or make_request(prompt=PROMPT, seed=1)).ref
    run = FakeRun(backend, list(backend.gpu.jobs.values())[-1], "run-1", "upload_urls")
    assert run.begin()
    if done:
        run.complete()
        operator.types("reconcile", ref.file_uid, "--yes")
        assert operator.document(ref.path)["status"] == "completed"
    return ref


def speech(operator):
    backend = operator.backend
    backend.storage.keep("uploads/ann/me.wav", WAV, "audio/wav", owner="ann")
    voice = {"task_type": "voice_clone", "name": "Me", "audio": "uploads/ann/me.wav"}
    made = make(operator, parse_request(voice))
    yield made
    text = {"task_type": "tts", "voice_id": made.file_uid, "text": PROMPT}
    yield make(operator, parse_request(text))


def test_one_that_runs_is_told_with_its_job_its_place_and_what_runpod_says(operator):
    ref = make(operator, done=False)
    said = operator.types("show", ref.file_uid)
    assert operator.code == 0
    assert said.startswith(f"{ref.path}\n")
    for part in (
        "status             processing",
        "phase              submitted",
        "place taken until",
    ):
        assert part in said
    assert "endpoint-images/job-1  IN_PROGRESS" in said


def test_one_whose_job_is_gone_is_found_by_its_id_alone_with_its_files(operator):
    ref = make(operator)
    make(operator)  # whose files lie in the same folder
    assert operator.document(f"jobs/{ref.file_uid}") is None
    said = operator.types("show", ref.file_uid)
    assert "status             completed" in said
    assert "place none" in said
    assert f"generating/ann/image/{ref.file_uid}.png" in said
    assert "Files in Storage: 2" in said  # with its thumb


def test_voices_and_speech_are_found_by_their_ids_with_what_lies_in_their_folders(operator):
    voice, spoken = speech(operator)
    operator.types("show", voice.file_uid, spoken.file_uid, "--json")
    first, second = json.loads(operator.said)
    assert [one["path"] for one in (first, second)] == [voice.path, spoken.path]
    folders = {file["path"].split("/")[2] for file in first["files"]}
    assert folders == {"samples", "profiles"}
    assert [file["path"].split("/")[0] for file in second["files"]] == ["tts"]


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_nothing_that_its_user_wrote_or_that_opens_something_is_shown(operator, form):
    ref = make(operator)
    running = make(operator, done=False)
    said = operator.types("show", ref.file_uid, running.file_uid, *form)
    url = operator.document(ref.path)["generation_data"]["image_url"]
    for secret in (PROMPT, url.partition("token=")[2], "run-1"):
        assert secret
        assert secret not in said


def test_its_times_are_in_order(operator):
    ref = make(operator)
    operator.types("show", ref.file_uid, "--json")
    (life,) = json.loads(operator.said)
    events = [one["event"] for one in life["timeline"]]
    assert events == ["queued", "submitted", "claimed", "completed"]
    assert [one["at"] for one in life["timeline"]] == sorted(one["at"] for one in life["timeline"])


def test_documents_of_others_that_are_called_alike_are_not_taken_for_it(operator):
    ref = make(operator)
    for path in (f"things/x/images/{ref.file_uid}", f"{ref.path}/notes/x/images/{ref.file_uid}"):
        operator.client.document(path).set({"file_uid": ref.file_uid, "status": "completed"})
    operator.types("show", ref.file_uid, "--json")
    assert [one["path"] for one in json.loads(operator.said)] == [ref.path]


def test_one_that_an_app_wrote_without_its_id_is_found_with_its_user(operator):
    operator.client.document("generations/ann/images/by-an-app").set({"status": "queued"})
    operator.types("show", "by-an-app")
    assert operator.code == 1
    operator.types("show", "by-an-app", "--user", "ann")
    assert operator.code == 0
    assert "generations/ann/images/by-an-app" in operator.said


def test_one_that_cannot_be_read_is_shown_as_it_is_stored(operator):
    ref = make(operator, done=False)
    operator.client.document(f"jobs/{ref.file_uid}").update({"phase": "dancing"})
    said = operator.types("show", ref.file_uid)
    assert "phase              dancing" in said
    assert "cannot be read by the backend" in said
    operator.types("reconcile", ref.file_uid, "--yes")
    assert operator.code == 1
    assert "mend or delete it by hand" in operator.complained


class TestLogs:
    @pytest.fixture
    def folder(self, tmp_path):
        """What a stack's programs write; the lines are as firebase-tools and workers have them."""
        return tmp_path / "stack-0"

    def written(self, folder, *lines, name="firebase.log"):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text("".join(f"{line}\n" for line in lines))

    def entry(self, uid, event, **fields):
        entry = {"severity": "INFO", "event": event, "file_uid": uid, "user_id": "ann", **fields}
        return f">  {json.dumps(entry)}"

    def test_of_what_was_discarded_only_logs_tell(self, operator, folder):
        ref = make(operator)
        discard(operator.backend, ref)
        operator.client.document(f"jobs/{ref.file_uid}").delete()  # as once it is cleared
        self.written(
            folder,
            self.entry(ref.file_uid, "generation_queued", time="2026-11-28T10:00:00Z"),
            self.entry(f"{ref.file_uid}-2", "another"),
            f"no entry, but it names {ref.file_uid}",
            self.entry(ref.file_uid, "generation_discarded", time="2026-11-28T10:00:09Z"),
        )
        operator.logs = lambda uid, _since: local_logs.read(folder, uid)
        said = operator.types("show", ref.file_uid)
        assert operator.code == 0
        assert "Only logs can tell" in said
        assert said.index("generation_queued") < said.index("generation_discarded")
        assert "another" not in said

    def test_runpod_is_asked_for_the_job_that_the_logs_name(self, operator, folder):
        ref = make(operator)
        ids = {"endpoint_id": "endpoint-images", "runpod_job_id": "job-1"}
        self.written(folder, self.entry(ref.file_uid, "generation_submitted", **ids))
        operator.logs = lambda uid, _since: local_logs.read(folder, uid)
        assert "endpoint-images/job-1  COMPLETED" in operator.types("show", ref.file_uid)
        operator.looks_here = False
        said = operator.types("show", ref.file_uid)
        assert "endpoint-images/job-1  not asked" in said
        assert "RUNPOD_API_KEY is not set here" in said

    def test_of_very_many_lines_the_newest_are_told(self, folder):
        lines = [self.entry("a-b", "x", time=f"{number:05d}") for number in range(500)]
        self.written(folder, *lines)
        logs = local_logs.read(folder, "a-b")
        assert [line.at for line in logs.lines] == [f"{number:05d}" for number in range(300, 500)]
        assert "500" in logs.note

    def test_what_is_nowhere_is_not_found(self, operator, folder):
        operator.logs = lambda uid, _since: local_logs.read(folder, uid)
        operator.types("show", "a-b")
        assert operator.code == 1
        assert "no stack of this offset has run here" in operator.said


def test_a_time_of_the_logs_is_asked_from_where_it_began(operator):
    asked = []
    ref = make(operator)

    def logs(uid, since):
        asked.append((uid, since))
        return local_logs.Logs([])

    operator.logs = logs
    operator.types("show", ref.file_uid)
    ((uid, since),) = asked
    assert uid == ref.file_uid
    assert since <= datetime.now(UTC)
