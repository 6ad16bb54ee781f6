"""Resident memory of functions' processes after work."""

import contextlib

import psutil

from bench.app import NEVER_RUN, App, User
from bench.lab import Lab
from bench.measurement import Budget, Measured
from local.stack.processes import processes_of

_CALLS = 50
_BUDGET = Budget(120)
_TASK = {"task_type": "text2img", "prompt": "a lighthouse at dusk"}
_PATHS = (
    "/health",
    "/generations",
    "/generations?media_type=images&limit=10",
    "/voices",
    "/tts/generations",
    "/storage/usage",
    "/openapi.json",
)


def run(lab: Lab) -> list[Measured]:
    """Call `generate` and `api`, then look at the processes of every function that has run."""
    app = App(lab.stack)
    user = app.sign_up()
    app.set_faults(NEVER_RUN)
    try:
        for _ in range(_CALLS):
            app.generate(user, _TASK)
    finally:
        app.set_faults()
    _ask_api(app, user)
    largest: dict[str, float] = {}
    whole: dict[str, float] = {}
    for target, megabytes, proportional in _function_processes(lab.stack.stack_id):
        largest[target] = max(megabytes, largest.get(target, 0))
        whole[target] = max(proportional, whole.get(target, 0))
    return [
        Measured(
            f"{target}: resident",
            megabytes,
            "MB",
            _BUDGET,
            f"with its parent, shared pages once: {whole[target]:.0f} MB",
        )
        for target, megabytes in sorted(largest.items())
    ]


def _ask_api(app: App, user: User) -> None:
    for number in range(_CALLS):
        path = _PATHS[number % len(_PATHS)]
        if (status := app.get(path, user)) != 200:
            raise RuntimeError(f"{path} was answered with {status}")


def _function_processes(stack_id: str) -> list[tuple[str, float, float]]:
    """Of each serving process: its function, its resident MB, and the PSS of it and its parent."""
    found = []
    for process in processes_of(stack_id):
        with contextlib.suppress(psutil.Error):
            parent = process.parent()
            target = process.environ().get("FUNCTION_TARGET")
            # gunicorn: a master that only watches, and the worker that serves, forked from it.
            if not target or parent is None or process.children() or not _is_python(process):
                continue
            megabytes = process.memory_info().rss / 1e6
            proportional = sum(each.memory_full_info().pss for each in (process, parent)) / 1e6
            found.append((target, megabytes, proportional))
    return found


def _is_python(process: psutil.Process) -> bool:
    return "functions-framework" in " ".join(process.cmdline())
