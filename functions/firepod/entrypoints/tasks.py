"""`dispatch` and `reconcile`: what Cloud Tasks calls.

Only a raised error makes it call again. That helps where something is out of reach; what fails in
another way would fail again at once, so it is recorded and answered with success. The job's next
look is fixed by then, and the sweep finds it.
"""

from typing import Any

from firebase_functions import options, tasks_fn
from firebase_functions.https_fn import CallableRequest, FunctionsErrorCode, HttpsError

from firepod import surroundings, wiring
from firepod.entrypoints.wire import told

# The emulator starts a process for each call that finds none idle, and a machine is no region.
LOOKS_AT_A_TIME = 3 if surroundings.in_emulator() else 100
MAX_ATTEMPTS = 100  # with the backoff below about an hour and a half, past every default deadline


@tasks_fn.on_task_dispatched(
    retry_config=options.RetryConfig(
        max_attempts=MAX_ATTEMPTS, min_backoff_seconds=2, max_backoff_seconds=60, max_doublings=5
    ),
    # Below RunPod's 1000 calls of /run in 10 s.
    rate_limits=options.RateLimits(max_concurrent_dispatches=50, max_dispatches_per_second=80),
    timeout_sec=60,
    memory=options.MemoryOption.MB_512,
    concurrency=16,
)
def dispatch(request: CallableRequest[Any]) -> None:
    """`{"file_uid"}`: call /run for a job that did not reach RunPod."""
    from firepod.usecases.dispatch import dispatch as use_case

    file_uid = _file_uid(request.data)
    try:
        if file_uid:
            use_case(wiring.backend(), file_uid)
    except Exception as error:  # noqa: BLE001 (the SDK would log its text)
        _again_if_it_helps(error, "dispatch")


@tasks_fn.on_task_dispatched(
    retry_config=options.RetryConfig(max_attempts=3, min_backoff_seconds=5),
    # Below RunPod's 2000 calls of /status in 10 s.
    rate_limits=options.RateLimits(
        max_concurrent_dispatches=LOOKS_AT_A_TIME, max_dispatches_per_second=150
    ),
    timeout_sec=300,
    memory=options.MemoryOption.MB_512,
    concurrency=8,
)
def reconcile(request: CallableRequest[Any]) -> None:
    """`{"file_uid"}`: look after that job; `{"user_id"}`: erase more of that user's.

    Without either: find what is due.
    """
    file_uid, user_id = _file_uid(request.data), _name(request.data, "user_id")
    try:
        if file_uid:
            from firepod.usecases.reconcile import reconcile as use_case

            use_case(wiring.backend(), file_uid)
        elif user_id:
            from firepod.usecases.erase import go_on

            go_on(wiring.backend(), user_id)
        else:
            from firepod.usecases.sweep import sweep

            sweep(wiring.backend())
    except Exception as error:  # noqa: BLE001 (the SDK would log its text)
        _again_if_it_helps(error, "reconcile")


def _file_uid(data: Any) -> str:
    return _name(data, "file_uid")


def _name(data: Any, field: str) -> str:
    value = data.get(field, "") if isinstance(data, dict) else ""
    return value if isinstance(value, str) and "/" not in value else ""


def _again_if_it_helps(error: Exception, where: str) -> None:
    shown = told(error, where)  # and logged there, if it is a bug
    if shown.code == FunctionsErrorCode.UNAVAILABLE:
        raise HttpsError(FunctionsErrorCode.UNAVAILABLE, shown.message) from None
