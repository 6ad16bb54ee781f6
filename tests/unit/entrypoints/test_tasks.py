"""What Cloud Tasks is told: it calls again only where that can help."""

import pytest

from firepod import wiring
from firepod.domain.errors import Unavailable
from tests.fakes.backend import make_backend
from tests.fakes.haunted import haunted

SECRET = "rpa_very_secret"


@pytest.mark.parametrize("function", ["dispatch", "reconcile"])
@pytest.mark.parametrize(
    ("error", "http_status", "logged"),
    [
        (Unavailable("RunPod does not answer."), 503, 0),
        (KeyError(SECRET), 200, 1),
        (RuntimeError(SECRET), 200, 1),
    ],
)
def test_a_bug_is_logged_once_and_not_called_again(
    call, written, function, error, http_status, logged
):
    played, ghost = haunted(make_backend(), "store", "find_job", error)
    ghost.file_uids.add("file-1")
    wiring.use(played)

    answer = call(function, data={"file_uid": "file-1"})

    assert answer.status_code == http_status
    assert [entry["severity"] for entry in written].count("ERROR") == logged
    assert SECRET not in answer.get_data(as_text=True) + str(written)
