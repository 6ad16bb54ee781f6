"""Cloud Tasks through firebase_admin, for the functions `dispatch` and `reconcile`."""

from typing import TYPE_CHECKING, Any

from firepod.adapters.side_by_side import SideBySide
from firepod.domain.errors import Unavailable

if TYPE_CHECKING:
    from firebase_admin import App


class TaskQueue(SideBySide):
    """`firepod.ports.Queue`; the region is that of the functions themselves.

    None is firebase_admin's default app.
    """

    def __init__(self, region: str, *, emulated: bool, app: "App | None" = None) -> None:
        self._region = region
        self._emulated = emulated
        self._app = app

    def enqueue(
        self, function: str, payload: dict[str, Any], *, name: str = "", delay_seconds: int = 0
    ) -> None:
        # Imported here: most calls of most functions queue nothing.
        from firebase_admin import exceptions, functions
        from google.auth.exceptions import GoogleAuthError

        options = functions.TaskOptions(
            task_id=name or None, schedule_delay_seconds=delay_seconds or None
        )
        try:
            queue = self._open(function)
            # A task-queue function expects its payload wrapped; firebase_admin sends it as it is.
            self._add(queue, {"data": payload}, options)
        except (exceptions.AlreadyExistsError, exceptions.ConflictError):
            return
        except (exceptions.FirebaseError, GoogleAuthError) as error:
            raise Unavailable("The task was not queued.") from error

    def _open(self, function: str) -> Any:
        from firebase_admin import functions

        path = f"locations/{self._region}/functions/{function}"
        return functions.task_queue(path, app=self._app)

    def _add(self, queue: Any, data: dict[str, Any], options: Any) -> None:
        try:
            queue.enqueue(data, options)
        except ValueError:
            # The emulator names tasks without the leading slash that firebase_admin 7.7 cuts off,
            # so that a named task is taken and only its name cannot be read back.
            if not (self._emulated and options.task_id):
                raise
