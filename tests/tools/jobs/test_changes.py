"""What `python -m tools.jobs` changes: a dry run says it, and --yes does just that."""

import base64
import json
from dataclasses import replace

import pytest

from firepod.adapters.firestore import FirestoreStore
from firepod.domain.errors import Unauthenticated
from firepod.domain.generation import Phase, Status
from firepod.settings import WorkerDelivery
from tests.fakes.gpu import Answer
from tests.fakes.values import PNG
from tests.fakes.worker import FakeRun
from tests.ownership.user import minute
from tests.tools.jobs.steps import WHY, finished, start, status, statuses, stuck

COMMANDS = {
    "reconcile": ((), "completed"),
    "fail": (("--why", WHY), "failed"),
    "requeue": ((), "queued"),
    "replay": ((), "completed"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_dry_run_says_what_yes_does_and_changes_nothing(operator, command):
    more, end = COMMANDS[command]
    ref = start(operator)
    stuck(operator, ref, command)
    before, files = operator.everything(), dict(operator.backend.storage.files)
    asked, at_runpod = len(operator.backend.gpu.calls), statuses(operator)

    operator.types(command, ref.file_uid, *more)
    assert operator.code == 0
    assert operator.said.startswith(f"{ref.path}\n")
    assert "  would change  document: status: " in operator.said
    assert f" -> {end}\n" in operator.said
    assert operator.said.endswith("Nothing was changed. With --yes it is.\n")
    assert operator.everything() == before
    assert operator.backend.storage.files == files
    assert statuses(operator) == at_runpod
    would = [line.split("  ")[-1] for line in operator.said.splitlines() if "would change" in line]

    operator.types(command, ref.file_uid, *more, "--yes")
    did = [line.split("  ")[-1] for line in operator.said.splitlines() if "changed" in line]
    assert operator.code == 0
    assert status(operator, ref) == end
    assert [line.partition(": ")[0] for line in did] == [line.partition(": ")[0] for line in would]
    assert len(operator.backend.gpu.calls) == asked  # /run is never called from here


def test_nothing_is_changed_in_a_deployment_whose_parameters_are_not_known(operator):
    ref = start(operator)
    operator.unknown = "functions/.env.my-project is missing."
    before = operator.everything()
    operator.types("fail", ref.file_uid, "--why", WHY, "--yes")
    assert (operator.code, operator.everything()) == (1, before)
    assert operator.complained.endswith("functions/.env.my-project is missing.\n")
    operator.types("show", ref.file_uid)
    assert operator.code == 0


def test_a_lost_callback_is_made_good_by_a_look_now(operator):
    ref = start(operator)
    finished(operator, ref)
    operator.types("reconcile", ref.file_uid, "--yes")
    document = operator.document(ref.path)
    assert (document["status"], document["file_count"]) == ("completed", 1)
    assert operator.document(f"jobs/{ref.file_uid}") is None
    assert operator.document("quotas/ann")["leases"] == {}


def test_without_a_key_the_next_sweep_looks(operator):
    operator.looks_here = False
    ref = start(operator)
    finished(operator, ref)
    operator.types("reconcile", ref.file_uid)
    assert "so that the next sweep looks after it" in operator.said
    assert operator.document(f"jobs/{ref.file_uid}")["check_at"] > operator.backend.clock.now()
    operator.types("reconcile", ref.file_uid, "--yes")
    assert operator.document(f"jobs/{ref.file_uid}")["check_at"] == operator.backend.clock.now()
    minute(operator.backend, 1)
    assert status(operator, ref) == "completed"


def test_what_waits_for_its_call_is_left_to_the_deployment_which_signs_it(operator):
    operator.backend.gpu.answers.append(Answer.NOT_REACHED)
    ref = start(operator)
    operator.backend.clock.advance(5)
    operator.types("reconcile", ref.file_uid, "--yes")
    job = operator.document(f"jobs/{ref.file_uid}")
    assert (operator.code, job["phase"]) == (0, "waiting")
    assert job["check_at"] == operator.backend.clock.now()
    minute(operator.backend, 1)
    assert operator.document(f"jobs/{ref.file_uid}")["phase"] == "submitted"


def test_run_is_not_called_from_here_even_if_a_job_begins_to_wait_meanwhile(operator):
    class Late(FirestoreStore):
        def find_job(self, file_uid):
            return replace(super().find_job(file_uid), phase=Phase.SUBMITTED)

    operator.backend.gpu.answers.append(Answer.NOT_REACHED)
    ref = start(operator)
    by_credentials = replace(operator.backend.settings, worker_delivery=WorkerDelivery.CREDENTIALS)
    late = Late(operator.client)
    operator.backend = replace(operator.backend, store=late, settings=by_credentials)
    operator.types("reconcile", ref.file_uid, "--yes")
    assert len(operator.backend.gpu.calls) == 1
    assert operator.document(f"jobs/{ref.file_uid}")["phase"] == "waiting"


def test_a_dry_run_goes_on_from_what_it_has_changed_itself(operator):
    ref = start(operator)
    finished(operator, ref)
    older = {"endpoint_id": "endpoint-images", "job_id": "job-0"}
    operator.client.document(f"jobs/{ref.file_uid}").update({"leftovers": [older]})
    operator.types("reconcile", ref.file_uid)
    assert "would change  job: leftovers: endpoint_id endpoint-images, job_id job-0 -> none" in (
        operator.said
    )
    assert "would change  job: deleted" in operator.said


def test_a_call_of_run_that_may_be_under_way_is_left_alone(operator):
    operator.backend.gpu.answers.append(Answer.LOSE_ANSWER)
    ref = start(operator)
    operator.types("reconcile", ref.file_uid, "--yes")
    assert operator.code == 1
    assert "may still be under way" in operator.complained


class TestFail:
    def test_it_ends_with_the_sentence_stops_runpods_job_and_gives_the_place_back(self, operator):
        ref = start(operator)
        operator.types("fail", ref.file_uid, "--why", WHY, "--yes")
        document = operator.document(ref.path)
        assert (document["error_code"], document["error"]) == ("stopped", WHY)
        assert operator.backend.gpu.jobs["job-1"].status == "CANCELLED"
        quota = operator.document("quotas/ann")
        assert (quota["leases"], quota["used"]) == ({}, 0)  # no worker had begun
        assert "RunPod's job job-1 at endpoint-images: stopped" in operator.said
        assert "warning" not in operator.said

    def test_what_a_worker_had_begun_has_cost_something(self, operator):
        ref = start(operator)
        job = operator.backend.gpu.jobs["job-1"]
        FakeRun(operator.backend, job, "the-claim", "upload_urls").begin()
        operator.types("fail", ref.file_uid, "--why", WHY, "--yes")
        assert "job: claim: (not shown) -> none" in operator.said
        assert operator.document("quotas/ann")["used"] > 0

    def test_when_runpod_cannot_be_asked_the_sweep_stops_it(self, operator):
        ref = start(operator)
        operator.backend.gpu.reachable = False
        operator.types("fail", ref.file_uid, "--why", WHY, "--yes")
        assert (operator.code, status(operator, ref)) == (0, "failed")
        assert (
            "warning: RunPod's job is not stopped yet; the next sweeps see to it." in operator.said
        )
        operator.backend.gpu.reachable = True
        minute(operator.backend)
        assert operator.backend.gpu.jobs["job-1"].status == "CANCELLED"

    def test_an_end_stays_as_it_is(self, operator):
        ref = start(operator)
        finished(operator, ref)
        operator.types("reconcile", ref.file_uid, "--yes")
        before = operator.everything()
        operator.types("fail", ref.file_uid, "--why", WHY, "--yes")
        assert operator.code == 1
        assert "It has ended: completed." in operator.complained
        assert operator.everything() == before

    @pytest.mark.parametrize("why", ["", "  ", "two\nlines", "x" * 301])
    def test_what_is_no_sentence_is_refused(self, operator, why):
        operator.types("fail", "a-b", "--why", why, "--yes")
        assert (operator.code, operator.complained[:6]) == (2, "--why:")


class TestRequeue:
    def test_the_next_sweep_hands_the_next_attempt_to_runpod(self, operator):
        ref = start(operator)
        stuck(operator, ref, "requeue")
        operator.types("requeue", ref.file_uid, "--yes")
        job = operator.document(f"jobs/{ref.file_uid}")
        assert (job["attempt"], job["phase"]) == (2, "waiting")
        assert list(operator.document("quotas/ann")["leases"]) == [f"{ref.file_uid}:2"]
        minute(operator.backend, 1)
        assert [body["input"]["attempt"] for body in operator.backend.gpu.calls] == [1, 2]

    def test_what_has_not_ended_is_not_begun_again(self, operator):
        ref = start(operator)
        operator.types("requeue", ref.file_uid, "--yes")
        assert operator.code == 1
        assert "Only a failed or cancelled generation" in operator.complained
        assert operator.document(ref.path)["attempt"] == 1

    def test_a_limit_of_its_user_holds(self, operator):
        ref = start(operator)
        stuck(operator, ref, "requeue")
        for _ in range(4):
            start(operator)
        operator.types("requeue", ref.file_uid, "--yes")
        assert operator.code == 1
        assert "4 generations running" in operator.complained
        assert status(operator, ref) == "failed"

    def test_nothing_is_begun_for_an_account_that_is_gone(self, operator):
        class Gone:
            def check(self, *_who):
                raise Unauthenticated("Sign in again.")

        ref = start(operator)
        stuck(operator, ref, "requeue")
        operator.backend = replace(operator.backend, users=Gone())
        operator.types("requeue", ref.file_uid, "--yes")
        assert operator.code == 1
        assert "The account of its user is gone or disabled." in operator.complained


class TestReplay:
    def body(self, tmp_path, **fields):
        path = tmp_path / "callback.json"
        path.write_text(
            json.dumps({"id": "job-1", "status": "FAILED", "error": "The GPU fell out."} | fields)
        )
        return str(path)

    def test_a_body_from_a_file_is_taken_as_a_callback(self, operator, tmp_path):
        ref = start(operator)
        operator.types("replay", ref.file_uid, "--body", self.body(tmp_path), "--yes")
        document = operator.document(ref.path)
        assert (document["status"], document["error"]) == ("failed", "The GPU fell out.")

    def test_a_body_of_another_job_changes_nothing(self, operator, tmp_path):
        ref = start(operator)
        operator.types("replay", ref.file_uid, "--body", self.body(tmp_path, id="job-7"), "--yes")
        assert operator.code == 1
        assert "RunPod's job job-7, and this attempt's is job-1" in operator.complained
        assert status(operator, ref) == "queued"

    def test_a_body_alone_completes_nothing(self, operator, tmp_path):
        operator.looks_here = False
        ref = start(operator)
        body = self.body(tmp_path, status="COMPLETED", error=None, output={"uploaded": 1})
        operator.types("replay", ref.file_uid, "--body", body, "--yes")
        assert status(operator, ref) == "queued"
        assert operator.document(f"jobs/{ref.file_uid}")["check_at"] == operator.backend.clock.now()

    def test_what_only_runpod_has_is_fetched_from_it_at_once(self, operator):
        ref = start(operator)
        png = base64.b64encode(PNG).decode()
        operator.backend.gpu.end("job-1", "COMPLETED", {"images": [png]})
        operator.types("replay", ref.file_uid, "--yes")
        assert status(operator, ref) == "completed"
        assert f"Storage: generating/ann/image/{ref.file_uid}.png stored" in operator.said
        assert "warning" not in operator.said

    def test_what_runpod_has_not_ended_or_has_forgotten_is_not_replayed(self, operator):
        ref = start(operator)
        operator.types("replay", ref.file_uid, "--yes")
        assert "RunPod says IN_QUEUE: it would not call back yet." in operator.complained
        operator.backend.gpu.jobs.clear()
        operator.types("replay", ref.file_uid, "--yes")
        assert "RunPod knows this job no more" in operator.complained

    @pytest.mark.parametrize("content", ["", "[]", '{"status": "DONE"}'])
    def test_what_is_no_callback_is_refused(self, operator, tmp_path, content):
        path = tmp_path / "body"
        path.write_text(content)
        operator.types("replay", "a-b", "--body", str(path))
        assert (operator.code, operator.complained[:7]) == (2, "--body:")

    def test_a_file_that_is_not_there_is_named(self, operator):
        operator.types("replay", "a-b", "--body", "/none/such")
        assert operator.code == 2
        assert "/none/such cannot be read" in operator.complained


def test_two_users_with_one_id_are_told_apart(operator):
    ref = start(operator)
    stuck(operator, ref, "requeue")
    other = replace(ref, user_id="bob")
    operator.client.document(other.path).set(operator.document(ref.path) | {"user_id": "bob"})
    operator.client.document(f"jobs/{ref.file_uid}").delete()
    operator.types("requeue", ref.file_uid, "--yes")
    assert "Several users have one of this id" in operator.complained
    operator.types("requeue", ref.file_uid, "--user", "bob", "--yes")
    assert status(operator, ref) == str(Status.FAILED)
    assert status(operator, other) == str(Status.QUEUED)
