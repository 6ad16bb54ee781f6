"""Serves one request with a function that `main` exports, in a process that dies at a given step.

Reads orders as lines of JSON: `{"function", "path", "body", "headers", "step", "when"}`. Each is
carried out in a forked child; the answer is `{"signal", "steps", "status"}`. What is imported
here once would cost a second for every order, and no client is open before the fork.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import google.cloud.firestore  # noqa: F401 (loaded for the children)

import firepod.usecases.callback
import firepod.usecases.cancel
import firepod.usecases.discard
import firepod.usecases.erase
import firepod.usecases.retry
import firepod.usecases.submit
import firepod.usecases.sweep  # noqa: F401
import main as deployed
from firepod import wiring
from tests.failpoints.folder_storage import FolderStorage
from tests.failpoints.ports import Steps, watched


class _LostQueue:
    """The tasks of a process that dies: the queue has them, and nobody works them off here."""

    def enqueue(self, function: str, payload: dict[str, Any], **_: Any) -> None:
        with Path(os.environ["FAILPOINTS_QUEUE"]).open("a") as queue:
            queue.write(json.dumps([function, payload]) + "\n")


def carry_out(order: dict[str, Any], answer: int) -> None:
    """In the child: one request, and what came of it if it lives to tell."""
    steps = Steps(order["step"], order["when"])
    storage = FolderStorage(Path(os.environ["FAILPOINTS_STORAGE"]))
    wiring.use(watched(replace(wiring.backend(), storage=storage, queue=_LostQueue()), steps))
    app = flask.Flask("doomed")
    function = getattr(deployed, order["function"])
    with app.test_request_context(
        order["path"], method="POST", json=order["body"], headers=order["headers"]
    ):
        response = function(flask.request)
    told = json.dumps({"steps": steps.called, "status": app.make_response(response).status_code})
    os.write(answer, told.encode())


def main() -> None:
    """Work off the orders until there are no more."""
    for line in sys.stdin:
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read_end)
            carry_out(json.loads(line), write_end)
            os._exit(0)
        os.close(write_end)
        with os.fdopen(read_end) as told:
            result = json.loads(told.read() or '{"steps": [], "status": 0}')
        _, ended = os.waitpid(child, 0)
        result["signal"] = os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else 0
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
