"""Several generations in one call of `python -m tools.jobs`, one after another."""

import json
import signal
from dataclasses import replace

import pytest

from tests.tools.jobs.steps import WHY, finished, start, status


class TestSeveral:
    def test_one_that_cannot_be_done_holds_up_no_other(self, operator):
        first, last = start(operator), start(operator)
        operator.types("fail", first.file_uid, "none-such", last.file_uid, "--why", WHY, "--yes")
        assert operator.code == 1
        assert "[2/3] none-such" in operator.said
        assert "There is no generation and no job with this id." in operator.complained
        assert [status(operator, ref) for ref in (first, last)] == ["failed", "failed"]

    def test_all_that_is_stuck_up_to_a_bound_and_nothing_else(self, operator):
        old = [start(operator), start(operator)]
        for ref in old:
            finished(operator, ref)
        operator.backend.clock.advance(600)
        fresh = start(operator)
        operator.types("reconcile", "--all-stuck", "--limit", "1", "--yes")
        assert sorted(status(operator, ref) for ref in old) == ["completed", "processing"]
        assert "Takes the oldest 1; there may be more" in operator.complained
        operator.types("reconcile", "--all-stuck", "--yes")
        assert [status(operator, ref) for ref in old] == ["completed", "completed"]
        assert operator.document(f"jobs/{fresh.file_uid}")["checks"] == 0
        operator.types("reconcile", "--all-stuck", "--yes")
        assert (operator.code, operator.said) == (0, "No job is stuck.\n")

    def test_ctrl_c_stops_between_two(self, operator):
        refs = [start(operator) for _ in range(3)]
        cancel = operator.backend.gpu.cancel
        operator.backend = replace(operator.backend, gpu=Interrupting(operator.backend.gpu, cancel))
        names = [ref.file_uid for ref in refs]
        operator.types("fail", *names, "--why", WHY, "--yes")
        assert operator.code == 1
        assert "Stopped after 1 of 3." in operator.complained
        assert [status(operator, ref) for ref in refs] == ["failed", "queued", "queued"]
        assert operator.backend.gpu.gpu.jobs["job-1"].status == "CANCELLED"

    def test_a_bug_at_one_of_them_holds_up_no_other_and_is_named_without_its_text(self, operator):
        refs = [start(operator), start(operator)]
        finished(operator, refs[1])
        operator.backend = replace(operator.backend, gpu=Broken(operator.backend.gpu))
        operator.types("reconcile", *(ref.file_uid for ref in refs), "--yes")
        assert operator.code == 1
        assert "not done: A bug of Firepod's: ValueError at test_several.py:" in operator.complained
        assert "what it holds" not in operator.said + operator.complained
        assert status(operator, refs[1]) == "completed"

    def test_for_programs(self, operator):
        ref = start(operator)
        operator.types("fail", ref.file_uid, "none-such", "--why", WHY, "--json")
        first, second = json.loads(operator.said)
        assert (first["path"], first["done"]) == (ref.path, False)
        assert "document: status: queued -> failed" in first["changes"]
        assert second["error"].startswith("There is no generation")

    @pytest.mark.parametrize(
        "arguments", [(), ("a-b", "--all-stuck"), ("../x",), ("a b",), ("__x__",)]
    )
    def test_ids_or_all_and_nothing_that_is_no_id(self, operator, arguments):
        operator.types("reconcile", *arguments)
        assert operator.code == 2


class Interrupting:
    """RunPod, which hears of a Ctrl-C in the middle of a call."""

    def __init__(self, gpu, cancel):
        self.gpu, self._cancel = gpu, cancel

    def cancel(self, endpoint_id, job_id):
        signal.raise_signal(signal.SIGINT)
        self._cancel(endpoint_id, job_id)


class Broken:
    """RunPod, of which the first answer makes a bug of ours show itself."""

    def __init__(self, gpu):
        self._gpu, self._asked = gpu, 0

    def status(self, endpoint_id, job_id):
        self._asked += 1
        if self._asked == 1:
            raise ValueError("what it holds")
        return self._gpu.status(endpoint_id, job_id)
