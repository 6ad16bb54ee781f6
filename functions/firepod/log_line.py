"""One line of the log: JSON, which Cloud Logging takes apart and any program can read."""

import json
import os
from datetime import UTC, datetime
from typing import Any

from firepod import traces


def write(event: str, severity: str, message: str, **fields: Any) -> None:
    """Write an event with its time, the function and the trace; a field that is None is absent."""
    entry: Any = {"severity": severity, "message": message, "event": event}
    entry["time"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    entry["function"] = os.environ.get("FUNCTION_TARGET")
    entry.update(traces.of_this_request(), **fields)
    entry = {key: value for key, value in entry.items() if value is not None}
    try:
        # Imported here, because the worker uses this package without firebase_functions.
        from firebase_functions import logger
    except ImportError:
        print(json.dumps(entry), flush=True)  # noqa: T201 (a worker's log is what it prints)
    else:
        logger.write(entry)
