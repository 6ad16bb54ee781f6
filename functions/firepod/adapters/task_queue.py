"""Cloud Tasks through firebase_admin, for the functions `dispatch` and `reconcile`."""

from typing import Any

from firepod.domain.errors import Unavailable


class TaskQueue:
    """`firepod.ports.Queue`; the region is that of the functions themselves."""

    def __init__(self, region: str, *, emulated: bool) -> None:
        self._region = region
        self._emulated = emulated

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
            # Opened at the first use, for which Google's credentials have to be there.
            queue = functions.task_queue(f"locations/{self._region}/functions/{function}")
            # A task-queue function expects its payload wrapped; firebase_admin sends it as it is.
            queue.enqueue({"data": payload}, options)
        except (exceptions.AlreadyExistsError, exceptions.ConflictError):
            return
        except ValueError:
            # The emulator names tasks without the leading slash that firebase_admin 7.7 cuts off,
            # so that a named task is taken and only its name cannot be read back.
            if not (self._emulated and name):
                raise
        except (exceptions.FirebaseError, GoogleAuthError) as error:
            raise Unavailable("The task was not queued.") from error
