"""How the calls of this API share an instance: of 16 threads two are always free for quick ones.

A place is given without asking anybody else, so a user can have as much again on each instance; how
many of those there are is bounded by `max_instances`.
"""

import os

from firepod.entrypoints.places import Places

THREADS = int(os.environ.get("THREADS") or 4)

WAITING = Places(max(1, THREADS * 5 // 16), each=2)
"""Calls that wait for the end of a generation (`Prefer: wait`): 5 of 16 threads."""

LARGE_PATIENCE_SECONDS = 10.0
LARGE = Places(2, each=1, queue=THREADS * 7 // 16)
"""Bodies and answers of many megabytes: two at a time, seven more calls wait a little."""

DEEP = Places(2, each=1)
"""Health checks that ask Firestore, Storage and RunPod, each of which may be slow."""
