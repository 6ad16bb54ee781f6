"""`python -m tools.jobs list`: what there is, the oldest first, and why one is called stuck."""

import json
from datetime import timedelta

import pytest
from google.api_core import exceptions
from google.auth.exceptions import RefreshError

from firepod.domain.generation import Phase
from firepod.usecases.submit import submit
from tests.fakes.backend import make_request
from tests.fakes.gpu import Answer


def start(operator, user="ann", **fields):
    return submit(operator.backend, user, make_request(seed=1, **fields)).ref


def lines(operator):
    """The rows of the table, without its head and what follows it."""
    return [line for line in operator.said.splitlines() if "file" in line or "-" in line]


def test_what_goes_its_way_is_listed_and_not_called_stuck(operator):
    ref = start(operator)
    operator.backend.clock.advance(30)
    operator.types()
    assert operator.code == 0
    row = next(line for line in operator.said.splitlines() if ref.file_uid in line)
    assert row.split()[:4] == ["30", "s", "queued", "submitted"]
    assert "job-1" in row
    assert "ann" in row
    assert "in 30 s" in row
    assert "1 jobs, 0 of them stuck; 1 were read." in operator.said

    operator.types("list", "--stuck")
    assert ref.file_uid not in operator.said


@pytest.mark.parametrize(
    ("answer", "minutes", "why"),
    [
        (Answer.ACCEPT, 4, "look overdue for 3 min"),
        (Answer.ACCEPT, 180, "past its deadline for 1 h 49 min"),
        (Answer.NOT_REACHED, 3, "waiting for RunPod for 3 min"),
        (Answer.LOSE_ANSWER, 3, "RunPod's answer was lost, no sign since"),
    ],
)
def test_it_says_why_a_job_is_stuck(operator, answer, minutes, why):
    operator.backend.gpu.answers.append(answer)
    ref = start(operator)
    operator.backend.clock.advance(minutes * 60)
    operator.types("--stuck")
    row = next(line for line in operator.said.splitlines() if ref.file_uid in line)
    assert why in row


def test_a_job_whose_generation_was_taken_away_by_hand_is_stuck(operator):
    ref = start(operator)
    operator.client.document(ref.path).delete()
    operator.types("list", "--stuck", "--json")
    (row,) = json.loads(operator.said)["jobs"]
    assert (row["status"], row["stuck"]) == ("gone", "its generation is gone or has ended")


@pytest.mark.parametrize("field", ["phase", "created_at"])
def test_a_job_that_cannot_be_read_is_stuck_whatever_it_lacks(operator, field):
    from google.cloud.firestore import DELETE_FIELD

    ref = start(operator)
    operator.client.document(f"jobs/{ref.file_uid}").update({field: DELETE_FIELD})
    operator.backend.clock.advance(600)
    operator.types("--stuck", "--json")
    (row,) = json.loads(operator.said)["jobs"]
    assert row["file_uid"] == ref.file_uid
    assert row["stuck"].startswith("unreadable")


class TestFilters:
    @pytest.fixture(autouse=True)
    def three(self, operator):
        self.old = start(operator).file_uid
        operator.backend.clock.advance(600)
        operator.backend.gpu.answers.append(Answer.NOT_REACHED)
        self.waiting = start(operator, "bob").file_uid
        operator.backend.clock.advance(60)
        self.new = start(operator, "ann").file_uid

    def listed(self, operator, *arguments):
        operator.types("list", "--json", *arguments)
        return [row["file_uid"] for row in json.loads(operator.said)["jobs"]]

    def test_the_oldest_comes_first(self, operator):
        assert self.listed(operator) == [self.old, self.waiting, self.new]

    def test_a_user(self, operator):
        assert self.listed(operator, "--user", "ann") == [self.old, self.new]

    def test_an_age(self, operator):
        assert self.listed(operator, "--older-than", "11m") == [self.old]
        assert self.listed(operator, "--older-than", "60s") == [self.old, self.waiting]
        assert self.listed(operator, "--older-than", "5m", "--user", "ann") == [self.old]

    def test_a_status_or_a_phase(self, operator):
        assert self.listed(operator, "--status", "queued") == [self.old, self.waiting, self.new]
        assert self.listed(operator, "--status", str(Phase.WAITING)) == [self.waiting]

    def test_no_more_than_so_many_and_it_says_that_there_are_more(self, operator):
        assert self.listed(operator, "--limit", "2") == [self.old, self.waiting]
        assert json.loads(operator.said)["more"] is True
        operator.types("--limit", "2")
        assert "There may be more" in operator.said
        operator.types("--limit", "3")
        assert "There may be more" not in operator.said


def test_more_than_a_page_is_read_in_pages(operator):
    from firepod.adapters.documents import job_document

    operator.backend.gpu.answers.append(Answer.NOT_REACHED)
    ref = start(operator)
    job = operator.backend.store.find_job(ref.file_uid)
    batch = operator.client.batch()
    for number in range(310):
        data = job_document(job) | {
            "file_uid": f"u{number:03d}",
            "created_at": job.created_at + timedelta(seconds=number),
        }
        batch.set(operator.client.document(f"jobs/u{number:03d}"), data)
    batch.commit()
    operator.backend.clock.advance(3600)
    operator.types("--json", "--limit", "1000")
    found = json.loads(operator.said)
    assert (len(found["jobs"]), found["read"], found["more"]) == (311, 311, False)
    assert found["jobs"][-1]["file_uid"] == "u309"
    operator.types("--json", "--limit", "1")
    assert json.loads(operator.said)["read"] == 300


@pytest.mark.parametrize(
    "arguments",
    [("--older-than", "10"), ("--status", "none"), ("--limit", "0"), ("--limit", "9999")],
)
def test_what_is_no_filter_is_refused(operator, arguments):
    with pytest.raises(SystemExit) as ended:
        operator.types("list", *arguments)
    assert ended.value.code == 2


def test_what_is_no_user_is_refused(operator):
    operator.types("list", "--user", "a/b")
    assert (operator.code, operator.complained) == (2, "--user: this is no user id.\n")


class Refusing:
    """Firestore, which refuses what it is asked."""

    def __init__(self, client, error):
        self._client, self._error = client, error

    def __getattr__(self, name):
        return getattr(self._client, name)

    def get_all(self, *_arguments, **_options):
        raise self._error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (exceptions.PermissionDenied("x"), "You lack a role: roles/datastore.viewer"),
        (exceptions.FailedPrecondition("x"), "`make deploy` makes it"),
        (exceptions.NotFound("x"), "There is no such project"),
        (RefreshError("x"), "gcloud auth application-default login"),
        (exceptions.ServiceUnavailable("x"), "(ServiceUnavailable)"),
    ],
)
def test_what_stands_behind_a_silence_is_told_with_what_mends_it(operator, error, says):
    operator.client = Refusing(operator.client, error)
    operator.types("show", "a-b")
    assert operator.code == 1
    assert operator.complained.splitlines()[-1].startswith("The database does not answer now.")
    assert says in operator.complained
