"""What errors of workers that are not ours tell by their words, in sentences of ours."""

import re
from typing import Any

from firepod.domain.generation import ErrorCode
from firepod.protocol.dialects.values import Failure

NO_MEMORY = "The GPU's memory did not suffice. A smaller size or fewer pictures may fit."
_MEMORY = re.compile(r"out of memory|\bOOM\b|allocation on device", re.IGNORECASE)
_LOOKED_AT_CHARS = 10_000  # tracebacks are long, and say it at their end


def filled_memory(error: Any) -> Failure | None:
    """The failure, if the error says that the GPU's memory was full."""
    if isinstance(error, str) and _MEMORY.search(error[-_LOOKED_AT_CHARS:]):
        return Failure(ErrorCode.OUT_OF_MEMORY, NO_MEMORY)
    return None
