"""How long an app waits for others: a worker's claim, and its listener's news of each commit.

An idle worker takes the job; the app listens to its user's newest pictures before it asks for one.
"""

import time
from collections.abc import Iterator

from bench.app import App, User
from bench.lab import Lab
from bench.listening import Heard, Listener, listening, newest
from bench.measurement import Budget, Measured, quantile
from local.stack.child import RunningStack

_WARM_UP = 5
_ROUNDS = 25
# RunPod's SDK sleeps a second after it has found itself busy: only then it asks for a job again.
_IDLE_SECONDS = 1.3
_ENDED = ("completed", "failed", "cancelled")
_TASK = {
    "task_type": "text2img",
    "prompt": "a lighthouse at dusk",
    "width": 256,
    "height": 256,
    "extra": {"seconds": 0},
}


def run(lab: Lab) -> list[Measured]:
    """One generation after the other, each to its end."""
    app = App(lab.stack)
    user = app.sign_up()
    claims: list[float] = []
    delays: list[float] = []
    for number in range(_WARM_UP + _ROUNDS):
        claim, heard = _one(app, lab.stack, user)
        if number >= _WARM_UP:
            claims.append(claim)
            delays += [one.delay for one in heard]
        time.sleep(_IDLE_SECONDS)
    return [
        Measured(
            "answer of generate to claim, p50",
            quantile(claims, 0.5) * 1000,
            "ms",
            Budget(150),
            f"p95 {quantile(claims, 0.95) * 1000:.0f} ms",
        ),
        Measured(
            "commit to listener, p50",
            quantile(delays, 0.5) * 1000,
            "ms",
            Budget(50),
            f"p95 {quantile(delays, 0.95) * 1000:.0f} ms, of {len(delays)} commits",
        ),
    ]


def _one(app: App, stack: RunningStack, user: User) -> tuple[float, list[Heard]]:
    """Seconds from the answer to the claim as heard, 0 if that came first; and what was heard."""
    with listening(
        f"127.0.0.1:{stack.ports['firestore']}",
        stack.project,
        path=f"generations/{user.uid}",
        query=newest("images", 1),
        token=user.token,
    ) as listener:
        _, started = app.generate(user, _TASK)
        answered = time.perf_counter()
        heard = list(_life(listener, started["path"]))
    if heard[-1].status != "completed":
        raise RuntimeError(f"{started['path']} is {heard[-1].status}")
    claimed = next(one.at for one in heard if one.status != "queued")
    return max(0.0, claimed - answered), heard


def _life(listener: Listener, path: str) -> Iterator[Heard]:
    """Each change of one generation; another one may still move in the query."""
    while True:
        heard = listener.next()
        if heard.path != path:
            continue
        yield heard
        if heard.status in _ENDED:
            return
