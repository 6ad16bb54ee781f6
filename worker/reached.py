"""How far a run's engine is: told in its thread, and read by what reports it."""

import threading
import time
from collections.abc import Callable

from firepod.protocol import previews
from worker.engines.interface import Cancelled, Preview

PREVIEW_SECONDS = 1.0  # as often as somebody is told


class Reached:
    """What `step` was told. A preview is a gift: what goes wrong with it stops nothing."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self.fraction = 0.0
        self._stop = threading.Event()
        self._log = log
        self._looked_at = float("-inf")
        self._preview: str | None = None

    def step(self, fraction: float, preview: Preview = None) -> None:
        """See ``worker.engines.interface.Step``."""
        self.beat()
        self.fraction = fraction
        now = time.monotonic()
        if preview is not None and now - self._looked_at >= PREVIEW_SECONDS:
            self._looked_at = now
            self._preview = self._seen(preview) or self._preview

    def beat(self) -> None:
        """Work goes on; raises ``Cancelled`` if it must not."""
        if self._stop.is_set():
            raise Cancelled

    def stop(self) -> None:
        self._stop.set()

    def new_preview(self) -> str | None:
        """The newest one as a `data:` URL, once."""
        newest, self._preview = self._preview, None
        return newest

    def _seen(self, preview: Preview) -> str | None:
        try:
            webp = preview() if callable(preview) else preview
            return previews.data_url(webp) if webp else None
        except Exception as error:  # noqa: BLE001 (an engine may fail in many ways at it)
            self._looked_at = float("inf")  # and would again
            self._log(f"no preview: {type(error).__name__}")
            return None
