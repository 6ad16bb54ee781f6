"""How endpoints are spoken to: for each kind of worker, two pure functions and what it can.

A dialect is found by its name and imported when a job of it is sent or read, so that no cold start
pays for one that it does not use.
"""

from importlib import import_module

from firepod.protocol.dialects.values import Dialect

OWN = "firepod"  #: of our own worker, and of every job from before there were others
_MODULES = {
    OWN: "own",
    "public": "public",
    "worker-sdxl": "worker_sdxl",
    "comfyui": "comfyui",
}
NAMES = tuple(_MODULES)


def dialect(name: str) -> Dialect:
    """The dialect of a name that the table of models may have.

    Raises:
        KeyError: there is none.
    """
    found = import_module(f"{__name__}.{_MODULES[name]}").DIALECT
    if not isinstance(found, Dialect):
        raise TypeError(name)
    return found
