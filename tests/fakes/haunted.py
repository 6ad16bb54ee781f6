"""Ports that raise for one generation, for ever, and serve all others."""

from dataclasses import replace
from typing import Any

from firepod.ports import Backend
from tests.fakes.backend import FakeBackend

PORTS = ("store", "gpu", "storage", "queue")


class _Haunted:
    """A port of which one method raises where the call is about that generation."""

    def __init__(self, backend: FakeBackend, port: str, method: str, error: Exception) -> None:
        self._backend, self._port, self._method = backend, getattr(backend, port), method
        self._error = error
        self.file_uids: set[str] = set()
        self.raised = 0
        self.called: list[str] = []

    def __getattr__(self, name: str) -> Any:
        called = getattr(self._port, name)
        self.called.append(name)
        if name != self._method:
            return called

        def call(*args: Any, **kwargs: Any) -> Any:
            if self._is_meant(args):
                self.raised += 1
                raise self._error.with_traceback(None)
            return called(*args, **kwargs)

        return call

    def _is_meant(self, args: tuple[Any, ...]) -> bool:
        """Whether an argument names the generation, or a job of RunPod's that was made for it."""
        texts = repr(args)
        if any(uid in texts for uid in self.file_uids):
            return True
        jobs = self._backend.gpu.jobs.values()
        theirs = {job.job_id for job in jobs if job.task["file_uid"] in self.file_uids}
        # Whether an endpoint is idle is asked for a generation, without naming it.
        return bool(theirs & {str(arg) for arg in args}) or self._method == "idle"


def haunted(
    backend: FakeBackend, port: str, method: str, error: Exception
) -> tuple[Backend, _Haunted]:
    """The backend with such a port; the port's `file_uids` are whose calls raise."""
    ghost = _Haunted(backend, port, method, error)
    played: dict[str, Any] = {port: ghost}
    return replace(backend, **played), ghost
