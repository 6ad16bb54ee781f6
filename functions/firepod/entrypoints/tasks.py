"""`dispatch` and `reconcile`: what Cloud Tasks calls.

Only a raised error makes it call again, so a failure that would come again is recorded and answered
with success.
"""

from typing import Any

from firebase_functions import options, tasks_fn
from firebase_functions.https_fn import CallableRequest, FunctionsErrorCode, HttpsError

from firepod import wiring
from firepod.entrypoints.wire import told
from firepod.errors import FirepodError

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
        raise _again(error, "dispatch") from None


@tasks_fn.on_task_dispatched(
    retry_config=options.RetryConfig(max_attempts=3, min_backoff_seconds=5),
    # Below RunPod's 2000 calls of /status in 10 s.
    rate_limits=options.RateLimits(max_concurrent_dispatches=100, max_dispatches_per_second=150),
    timeout_sec=300,
    memory=options.MemoryOption.MB_512,
    concurrency=8,
)
def reconcile(request: CallableRequest[Any]) -> None:
    """`{"file_uid"}`: look after that job; `{"user_id"}`: erase more of that user's.

    Without either: find what is due.
    """
    from firepod.usecases.erase import go_on
    from firepod.usecases.reconcile import reconcile as use_case
    from firepod.usecases.sweep import sweep

    file_uid, user_id = _file_uid(request.data), _name(request.data, "user_id")
    try:
        if file_uid:
            use_case(wiring.backend(), file_uid)
        elif user_id:
            go_on(wiring.backend(), user_id)
        else:
            sweep(wiring.backend())
    except Exception as error:  # noqa: BLE001 (the SDK would log its text)
        raise _again(error, "reconcile") from None


def _file_uid(data: Any) -> str:
    return _name(data, "file_uid")


def _name(data: Any, field: str) -> str:
    value = data.get(field, "") if isinstance(data, dict) else ""
    return value if isinstance(value, str) and "/" not in value else ""


def _again(error: Exception, where: str) -> HttpsError:
    shown: FirepodError = told(error, where)
    return HttpsError(FunctionsErrorCode(shown.code), shown.message)
