"""Cloud Tasks through firebase_admin: what cannot be queued is told in the words of the port."""

import threading

import firebase_admin
import pytest

from firepod.adapters.side_by_side import AT_A_TIME
from firepod.adapters.task_queue import TaskQueue
from firepod.domain.errors import Unavailable


@pytest.fixture
def queue():
    app = firebase_admin.initialize_app(options={"projectId": "demo-queue"}, name="queue")
    yield TaskQueue("us-central1", emulated=False, app=app)
    firebase_admin.delete_app(app)


def test_without_credentials_of_google_nothing_can_be_queued(queue, monkeypatch, tmp_path):
    monkeypatch.delenv("CLOUD_TASKS_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))

    with pytest.raises(Unavailable, match="not queued") as told:
        queue.enqueue("dispatch", {"file_uid": "f"})

    assert "none.json" not in told.value.message


def test_a_queue_that_is_set_up_wrongly_is_no_outage(queue, monkeypatch):
    monkeypatch.setenv("CLOUD_TASKS_EMULATOR_HOST", "http://with-a-scheme")
    with pytest.raises(ValueError, match="host:port"):
        queue.enqueue("dispatch", {"file_uid": "f"})


def test_tasks_are_queued_several_at_a_time_and_told_in_their_order(queue):
    all_there = threading.Barrier(AT_A_TIME)

    def call(number):
        all_there.wait(30)
        return number

    calls = [lambda number=number: call(number) for number in range(2 * AT_A_TIME)]
    assert queue.together(calls) == list(range(2 * AT_A_TIME))
