"""What a function process needs around it, without an emulator suite: Firestore and RunPod."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.firestore import server
from local.runpod.server import running_in_thread
from local.runpod.settings import Settings

PROJECT = "demo-bench"
_ENDPOINT = "bench"
_API_KEY = "local"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where they are; RunPod has no workers and takes every job."""

    firestore_host: str
    runpod_url: str

    def environment(self, firestore_host: str | None = None) -> dict[str, str]:
        """What the Functions emulator gives to a function; `firestore_host` instead of the own."""
        return {
            "FUNCTIONS_EMULATOR": "true",
            "GCLOUD_PROJECT": PROJECT,
            "FIREBASE_CONFIG": json.dumps(
                {"projectId": PROJECT, "storageBucket": f"{PROJECT}.appspot.com"}
            ),
            "FIRESTORE_EMULATOR_HOST": firestore_host or self.firestore_host,
            "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9",  # ID tokens need no signature then
            "RUNPOD_API_KEY": _API_KEY,
            "WEBHOOK_KEYS": f"bench:{'0123456789abcdef' * 2}",
            "RUNPOD_BASE_URL": self.runpod_url,
            **{f"RUNPOD_{kind}_ENDPOINT_ID": _ENDPOINT for kind in _KINDS},
            "WEBHOOK_BASE_URL": "http://127.0.0.1:9/runpodwebhook",  # no job ends, none calls back
            "MAX_ACTIVE_PER_USER": "1000",
            "MAX_DAILY_PER_USER": "100000",
            "MAX_DAILY_PER_GUEST": "100000",
            "MAX_CALLS_PER_SECOND": "100000",
            "CHECK_REVOKED": "false",  # there is no Firebase Auth
            "WORKER_DELIVERY": "credentials",  # nor a Storage that could sign upload URLs
            "EXECUTION_TIMEOUT_SECONDS": "600",
            "QUEUE_TTL_SECONDS": "3600",
            "RECONCILE_AFTER_SECONDS": "60",
            "RETENTION_DAYS": "0",
        }


_KINDS = ("IMAGE", "VIDEO", "VOICE", "TTS")


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    """Both of them, fresh."""
    with (
        server() as (port, _, _),
        # What is measured is ours: 1000 calls of /run in ten seconds are RunPod's limit.
        running_in_thread(
            [_ENDPOINT], api_key=_API_KEY, settings=Settings(rate_limits=False)
        ) as runpod,
    ):
        yield Surroundings(f"127.0.0.1:{port}", runpod.url)
