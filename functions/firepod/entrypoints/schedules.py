"""`sweep`: once a minute."""

from firebase_functions import options, scheduler_fn

from firepod import wiring
from firepod.entrypoints.wire import told


@scheduler_fn.on_schedule(
    schedule="every 1 minutes",
    timeout_sec=120,
    memory=options.MemoryOption.MB_512,
    max_instances=1,
)
def sweep(_event: scheduler_fn.ScheduledEvent) -> None:
    """Hand the due jobs out to `reconcile`, and delete what has expired."""
    from firepod.usecases.sweep import sweep as use_case

    try:
        use_case(wiring.backend())
    except Exception as error:  # noqa: BLE001 (the SDK answers with the error's text)
        raise RuntimeError(told(error, "sweep").message) from None
