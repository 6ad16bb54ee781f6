"""Which trace the request that is being served belongs to, in the fields that Cloud Logging reads.

With them the log shows our lines below their request, and all requests of one trace together.
https://cloud.google.com/logging/docs/structured-logging#special-payload-fields
"""

import os
import re
import sys
from collections.abc import Mapping

TRACE, SPAN = "logging.googleapis.com/trace", "logging.googleapis.com/spanId"
# https://www.w3.org/TR/trace-context/#traceparent-header; then Google's own, with a decimal span
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}", re.ASCII)
_GOOGLES = re.compile(r"([0-9a-fA-F]{32})(?:/([0-9]{1,20}))?(?:;o=[0-9]{1,3})?", re.ASCII)
_MOST_SPAN = 2**64


def of_this_request() -> dict[str, str]:
    """The fields of the request that this thread serves; empty where it serves none.

    They are looked up where a line is written: what writes none pays nothing.
    """
    flask = sys.modules.get("flask")  # whoever serves a request has it; a worker does not
    project = os.environ.get("GCLOUD_PROJECT", "")
    if flask is None or not project or not flask.has_request_context():
        return {}
    return fields(flask.request.headers, project)


def fields(headers: Mapping[str, str], project: str) -> dict[str, str]:
    """What the headers of a request say, if it is of the one form that they may have.

    Anybody can send them, so nothing goes to the log but hexadecimal digits of fixed length.
    """
    if found := _TRACEPARENT.fullmatch(headers.get("traceparent", "")):
        trace, span = found[1], found[2]
    elif found := _GOOGLES.fullmatch(headers.get("X-Cloud-Trace-Context", "")):
        number = int(found[2] or 0)
        trace, span = found[1].lower(), f"{number:016x}" if number < _MOST_SPAN else ""
    else:
        return {}
    if not trace.strip("0"):
        return {}
    shown = {TRACE: f"projects/{project}/traces/{trace}"}
    return shown | {SPAN: span} if span.strip("0") else shown
