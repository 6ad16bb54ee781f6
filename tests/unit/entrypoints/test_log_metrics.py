"""What `operations/` makes of the lines that functions write while generations come and go."""

import contextlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from firepod import logs, wiring
from firepod.domain.errors import Unavailable
from firepod.usecases.reconcile import reconcile
from firepod.usecases.sweep import sweep
from tests.fakes.clock import START
from tests.fakes.google_logs import SEVERITIES, entry_of, fires, points, query
from tests.fakes.gpu import Answer
from tests.fakes.haunted import haunted
from tests.fakes.values import PNG
from tools.alerts import wanted

WANTED = wanted.read()
PAGE = (Path(__file__).parents[3] / wanted.PAGE).read_text()
PICTURE = {"task_type": "text2img", "prompt": "a lighthouse"}
QUERIES = {
    **{name: metric["filter"] for name, metric in WANTED.metrics.items()},
    **{
        name: one["conditionMatchedLog"]["filter"]
        for name, alert in WANTED.alerts.items()
        for one in alert["conditions"]
        if "conditionMatchedLog" in one
    },
    **dict(re.findall(r"^\| ([^|`]+) \| `([^`]*jsonPayload[^`]*)` \|$", PAGE, re.MULTILINE)),
}


class Functions:
    """What is deployed, called by users, RunPod, workers and the clock."""

    def __init__(self, call, backend, signed_in, written):
        self._call, self.backend, self._signed_in = call, backend, signed_in
        self.written = written

    def generate(self, user="ann"):
        answer = self._call("generate", data=PICTURE, headers=self._signed_in(user))
        return answer.get_json()

    def limited(self, **limits):
        changed = replace(self.backend.settings.limits, **limits)
        settings = replace(self.backend.settings, limits=changed)
        self.backend = replace(self.backend, settings=settings)
        wiring.use(self.backend)

    def wait(self, seconds):
        self.backend.clock.advance(seconds)

    @property
    def job(self):
        return list(self.backend.gpu.jobs.values())[-1]

    def rings(self, body, ask="", token=""):
        path = f"/runpodwebhook/{token or self.job.token}{ask}"
        sent = json.dumps(body).encode()
        return self._call("runpodwebhook", path=path, body=sent).status_code

    def begins(self):
        body = {"job_id": self.job.job_id, "claim": "run-1"}
        assert self.rings(body, "/claim") == 200

    def completes(self):
        outputs = self.job.task["outputs"]
        owner, attempt = self.job.task["user_id"], self.job.task["attempt"]
        for one in outputs:
            self.backend.storage.keep(one["path"], PNG, "image/png", owner=owner, attempt=attempt)
        self.backend.gpu.end(self.job.job_id, "COMPLETED", {"uploaded": len(outputs)})
        reconcile(self.backend, self.job.task["file_uid"])

    def fails(self):
        body = {"id": self.job.job_id, "status": "FAILED", "error": "There is not enough memory."}
        assert self.rings(body | {"output": {"error_code": "out_of_memory"}}) == 200

    @property
    def lines(self):
        return [entry_of(line) for line in self.written]

    def points(self, metric):
        return points(WANTED.metrics[metric], self.lines)

    @property
    def alarms(self):
        """The alerts that fire on what was written, but for the one on what was not."""
        return {
            name
            for name, alert in WANTED.alerts.items()
            if name != "sweep-absent" and fires(alert, WANTED.metrics, self.lines)
        }


@pytest.fixture
def functions(call, backend, signed_in, written):
    found = Functions(call, backend, signed_in, written)
    found.limited(active=1000, daily=100_000, guest_daily=100_000)
    return found


@pytest.mark.parametrize(("name", "text"), QUERIES.items())
def test_a_query_asks_for_events_that_there_are(name, text):
    for names in re.findall(r'jsonPayload\.event=(\([^)]+\)|"\w+")', text):
        assert set(re.findall(r'"(\w+)"', names)) <= logs.EVENTS
    assert "event" in text or name in {"one generation's life", "what a user did", "the dearest"}
    query(text)


def test_a_generation_is_counted_timed_and_priced(functions):
    functions.generate()
    functions.wait(3)
    functions.begins()
    functions.wait(5)
    functions.completes()
    sweep(functions.backend)

    events = [one.labels["event"] for one in functions.points("firepod_generations")]
    assert events == [f"generation_{what}" for what in ("queued", "submitted", "completed")]
    for one in functions.points("firepod_generations"):
        assert one.labels["media_type"] == "images"
        assert one.labels["model"]
    for metric, seconds in (("queue", 3), ("run", 5), ("total", 8)):
        [one] = functions.points(f"firepod_{metric}_seconds")
        assert one.value == pytest.approx(seconds)
        assert one.labels["model"]
    [cost] = functions.points("firepod_cost_usd")
    assert cost.value > 0
    assert len(functions.points("firepod_sweeps")) == 1
    assert functions.alarms == set()


@pytest.mark.parametrize(
    ("failed", "completed", "alarm"), [(6, 4, True), (5, 0, False), (6, 24, False)]
)
def test_failures_are_alarming_where_they_are_many_of_few(functions, failed, completed, alarm):
    for number in range(failed + completed):
        functions.generate()
        functions.begins()
        functions.fails() if number < failed else functions.completes()

    ends = functions.points("firepod_generations")
    codes = [one.labels["error_code"] for one in ends if one.labels["event"].endswith("failed")]
    assert codes == ["out_of_memory"] * failed
    assert functions.alarms == ({"failed-share"} if alarm else set())


def test_a_long_wait_for_a_gpu_is_alarming(functions):
    functions.generate()
    functions.wait(301)
    functions.begins()
    functions.completes()
    assert functions.alarms == {"queue-time"}


def test_what_runpod_does_not_take_is_counted(functions):
    answers = [Answer.NOT_REACHED, Answer.REFUSE, Answer.LOSE_ANSWER]
    for answer in answers:
        functions.backend.gpu.answers.append(answer)
        functions.generate()
    troubles = [one.labels["event"] for one in functions.points("firepod_runpod_troubles")]
    assert troubles == ["runpod_unavailable", "runpod_refused", "runpod_unknown"]


def test_a_generation_that_does_not_end_is_alarming(functions):
    functions.generate()
    functions.wait(4801)
    sweep(functions.backend)
    [oldest] = functions.points("firepod_oldest_job_seconds")
    assert oldest.value == pytest.approx(4801)
    assert [one.value for one in functions.points("firepod_due_jobs")] == [1]
    assert functions.alarms == {"oldest-job"}


def test_a_generation_that_no_look_can_end_is_given_up_which_is_alarming(functions):
    file_uid = functions.generate()["result"]["file_uid"]
    played, ghost = haunted(functions.backend, "storage", "stat", Unavailable("It is away."))
    ghost.file_uids.add(file_uid)
    while not any(line["event"] == "given_up" for line in functions.written):
        functions.wait(60)
        sweep(played)
        with contextlib.suppress(Unavailable):
            reconcile(played, file_uid)
        assert functions.backend.clock.now() < START + timedelta(hours=2)
    faults = [one.labels["event"] for one in functions.points("firepod_faults")]
    assert faults == ["given_up"]
    assert functions.alarms == {"given-up"}  # in time: no job gets as old as is alarming


def test_callbacks_with_tokens_of_nobody_are_alarming_in_number(functions):
    functions.generate()
    for number in range(21):
        assert functions.alarms == set(), number
        assert functions.rings({}, token="a-stranger") == 401
    assert functions.alarms == {"callback-rejects"}
    one = functions.points("firepod_callback_rejects")[0]
    assert (one.labels["http_status"], one.labels["ask"]) == ("401", "callback")
    assert one.labels["reason"]


def test_refusals_by_a_quota_are_counted_and_in_number_alarming(functions):
    functions.limited(active=1)
    functions.generate()
    for number in range(101):
        assert functions.generate()["error"]["status"] == "RESOURCE_EXHAUSTED", number
    assert functions.alarms == {"quota-refusals"}
    labels = functions.points("firepod_refusals")[0].labels
    assert labels == {"event": "quota_refused", "limit": "MAX_ACTIVE_PER_USER"}


def test_the_first_refusal_by_the_days_budget_is_alarming(functions):
    functions.limited(total=1)
    sweep(functions.backend)
    functions.generate()
    sweep(functions.backend)
    assert functions.alarms == set()
    assert functions.generate("bob")["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert functions.alarms == {"budget-refusals"}


def test_a_bug_and_a_missing_parameter_are_alarming_at_once(functions, call, signed_in):
    functions.backend.users.refused = None  # nothing can be looked up in it: a TypeError
    functions.generate()
    assert functions.alarms == {"unexpected"}
    logs.misconfigured(("RUNPOD_API_KEY is missing",))
    assert functions.alarms == {"unexpected", "misconfigured"}
    assert len(functions.points("firepod_faults")) == 2


def test_an_hour_of_dear_generations_is_alarming(functions):
    functions.generate()
    functions.completes()
    [one] = functions.points("firepod_cost_usd")
    often = int(10 / one.value) + 1
    lines = functions.lines * often
    assert fires(WANTED.alerts["cost-per-hour"], WANTED.metrics, lines)
    assert not fires(WANTED.alerts["cost-per-hour"], WANTED.metrics, functions.lines)


def test_a_sweep_that_is_not_heard_of_is_alarming(functions):
    alert = WANTED.alerts["sweep-absent"]
    functions.generate()
    assert fires(alert, WANTED.metrics, functions.lines)
    sweep(functions.backend)
    assert not fires(alert, WANTED.metrics, functions.lines)


def test_a_query_is_read_as_google_reads_it():
    def line(**payload):
        return entry_of({"severity": "WARNING", **payload})

    assert (
        query('jsonPayload.event="a" OR jsonPayload.event="b" AND severity>=ERROR')(line(event="a"))
        is False
    )  # OR binds closer than AND
    assert query('jsonPayload.event=("a" OR "b") AND jsonPayload.n>1')(line(event="b", n=2))
    assert not query("jsonPayload.n>1")(line(event="b"))
    assert query("jsonPayload.event:* AND severity>=WARNING")(line(event="b"))
    assert query('NOT jsonPayload.event="a"')(line(event="b"))
    assert SEVERITIES.index("ERROR") > SEVERITIES.index("WARNING")
