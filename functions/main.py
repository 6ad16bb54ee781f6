"""What is deployed. A function's name here is its deployed name, so nothing is aliased."""

import gc

# What is imported stays. To look for garbage among it after every 700 new objects takes a twentieth
# of the time up to a first answer.
gc.set_threshold(20_000, 20, 20)

from firebase_functions.options import set_global_options

from firepod import parameters

# cpu=1, because without it every function gets a sixth of a CPU and one request at a time.
set_global_options(region=parameters.REGION, cpu=1, max_instances=20, secrets=parameters.SECRETS)

from firepod.entrypoints.callables import cancel, discard, erase, generate, retry
from firepod.entrypoints.rest import api
from firepod.entrypoints.schedules import sweep
from firepod.entrypoints.tasks import dispatch, reconcile
from firepod.entrypoints.webhook import runpodwebhook

__all__ = [
    "api",
    "cancel",
    "discard",
    "dispatch",
    "erase",
    "generate",
    "reconcile",
    "retry",
    "runpodwebhook",
    "sweep",
]
