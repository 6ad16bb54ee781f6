"""The memory of the device: how much there is, and what happens when it does not suffice."""

import contextlib
import gc
from collections.abc import Iterator

import torch

from worker.engines.interface import OutOfMemory

_SPARE_BYTES = 1_000_000_000  # for what is not counted: kernels, fragments
_AT_ONCE_ON_CPU = 2  # a CPU wins nothing by more
_SAYS_SO = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")


def device() -> str:
    """Where models run."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def is_short(error: BaseException) -> bool:
    """Whether an error says that memory could not be had, as the libraries below say it."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(sign in text for sign in _SAYS_SO)


@contextlib.contextmanager
def bounded(sentence: str) -> Iterator[None]:
    """Turn a shortage of memory into ``OutOfMemory`` with this sentence."""
    try:
        yield
    except Exception as error:
        if not is_short(error):
            raise
    else:
        return
    # Here, after the error has gone: its frames hold the tensors of the run.
    free()
    raise OutOfMemory(sentence)


def free() -> None:
    """Give back what nobody holds."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def at_once(gb_each: float) -> int:
    """How many things of so many gigabytes fit beside the model; one is always tried."""
    if device() == "cpu":
        return _AT_ONCE_ON_CPU
    there, _ = torch.cuda.mem_get_info()
    unused = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
    return max(1, int((there + unused - _SPARE_BYTES) / (gb_each * 1_000_000_000)))
