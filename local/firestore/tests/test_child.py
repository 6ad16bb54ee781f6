"""The server as a child process of tests and benchmarks."""

import pytest

from local.firestore.child import running_firestore


def test_a_server_that_does_not_start_says_why_in_its_own_words():
    with (
        pytest.raises(RuntimeError, match=r"did not start(.|\n)*--nonsense"),
        running_firestore(flags=("--nonsense",)),
    ):
        pass


def test_its_errors_go_to_a_log_where_there_is_one(tmp_path):
    log = tmp_path / "errors.log"
    with pytest.raises(RuntimeError), running_firestore(log, flags=("--nonsense",)):
        pass
    assert "--nonsense" in log.read_text()
