"""The composition root: adapters are made here, once per process, at first use, under a lock.

Nothing is made at import: the module is imported before gunicorn forks and at discovery, where
there are neither credentials nor secrets, and a gRPC client must not cross a fork.
"""

import os
import threading
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from firepod import config, logs, parameters, surroundings
from firepod.ports import Backend

if TYPE_CHECKING:
    from google.cloud.storage import Bucket as StorageBucket

AUTH_SECONDS = 5  # for one answer of Firebase Auth; firebase_admin would wait two minutes
_lock = threading.RLock()


_instead: Backend | None = None


def use(instead: Backend | None) -> None:
    """Work with these adapters instead of the real ones; None: with the real ones again."""
    global _instead  # noqa: PLW0603 (one process, one backend)
    with _lock:
        _instead = instead


def backend() -> Backend:
    """Everything that a use case works with.

    Raises:
        Misconfigured: the deployment lacks something; names all that it lacks.
    """
    with _lock:
        return _instead or _backend()


def firebase_app() -> None:
    """Initialize firebase_admin, which verifies ID tokens; safe to call often and at once.

    Raises:
        Misconfigured: tokens need no signature here, although this is a deployment.
    """
    surroundings.refuse_emulators_in_production()
    with _lock:
        _firebase_app()


@cache
def _backend() -> Backend:
    from firepod.adapters.bucket import Bucket
    from firepod.adapters.clock import SystemClock
    from firepod.adapters.firebase_users import FirebaseUsers
    from firepod.adapters.firestore import FirestoreStore
    from firepod.adapters.firestore_reach import open_client
    from firepod.adapters.links_http import LinksHttp
    from firepod.adapters.runpod_http import RunpodHttp
    from firepod.adapters.task_queue import TaskQueue

    settings = config.load_settings()
    _firebase_app()
    return Backend(
        store=FirestoreStore(
            open_client(config.project_id()),
            by=os.environ.get("FUNCTION_TARGET"),
            tell=logs.transition,
        ),
        gpu=RunpodHttp(settings.runpod_base_url, settings.runpod_api_key),
        storage=Bucket(
            _open_bucket,
            settings.media_urls,
            os.environ.get("STORAGE_EMULATOR_HOST", ""),
            signed_for=timedelta(hours=settings.signed_url_hours),
        ),
        links=LinksHttp(settings.runpod_base_url if settings.local_runpod else ""),
        queue=TaskQueue(parameters.REGION, emulated=surroundings.in_emulator()),
        users=FirebaseUsers(),
        clock=SystemClock(),
        settings=settings,
    )


@cache
def _firebase_app() -> None:
    import firebase_admin

    options = {"projectId": config.project_id(), "httpTimeout": AUTH_SECONDS}
    firebase_admin.initialize_app(options=options)


def _open_bucket() -> "StorageBucket":
    from firepod.adapters.storage_reach import open_client

    # The client knows the Storage emulator by STORAGE_EMULATOR_HOST and asks it without a key.
    return open_client(project=config.project_id()).bucket(config.storage_bucket())
