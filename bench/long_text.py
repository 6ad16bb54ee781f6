"""A worker that speaks the longest text there may be: its memory, its time, its progress.

`python -m bench.long_text mp3` is that worker; it prints what was measured as JSON.
"""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

from bench import ROOT
from bench.lab import Lab
from bench.measurement import Budget, Measured

CHARACTERS = 50_000
_STORY = (
    "The ferry left at half past nine, and the gulls went along as far as the pier. Nobody waved. "
    "Far away a dog was barking at the moon, or so it seemed, for 3.5 minutes.\n\n"
)
_PIECE = 1 << 16


def run(_lab: Lab) -> list[Measured]:
    """As MP3, the way with upload URLs, in a process of its own."""
    found = json.loads(
        subprocess.run(
            [sys.executable, "-m", "bench.long_text", "mp3"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
    )
    length = f"{found['characters']} characters, {found['stored_bytes'] / 1e6:.0f} MB of MP3"
    falls = sum(later < one for one, later in zip(found["told"], found["told"][1:], strict=False))
    return [
        Measured("memory above an idle worker", found["above_mb"], "MB", Budget(300), length),
        Measured("steps back of its progress", falls, "", Budget(0)),
        Measured("from the job to the stored file", found["seconds"], "s"),
    ]


def main(ending: str) -> None:
    """Speak a short text, then a long one."""
    import psutil

    resident = psutil.Process().memory_info
    told: list[float] = []
    with _storage() as storage:
        _speak(storage, "Hello.", ending, [])
        idle = resident().rss
        text = (_STORY * (CHARACTERS // len(_STORY) + 1))[:CHARACTERS]
        began = time.monotonic()
        with _peak_of(lambda: int(resident().rss)) as found:
            answer = _speak(storage, text, ending, told)
        seconds, peak = time.monotonic() - began, max(found)
    measured = {
        "characters": len(text),
        "above_mb": (peak - idle) / 1e6,
        "seconds": seconds,
        "stored_bytes": storage.stored_bytes,
        "told": told,
        "answer": answer,
    }
    print(json.dumps(measured))


@contextmanager
def _peak_of(look: Callable[[], int]) -> Iterator[list[int]]:
    """What a look shows, many times a second; last when the block is over.

    The system's own record of the largest size begins with that of the process that started us.
    """
    found, over = [look()], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            found.append(look())

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield found
    finally:
        over.set()
        watching.join()
        found.append(look())


class _Storage(ThreadingHTTPServer):
    """Gives the profile of a voice, and forgets what is put."""

    stored_bytes = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        import numpy as np

        profile, file = np.zeros(48, np.float32), BytesIO()
        profile[:8] = (1, 120, 2, 3, -20, -5, 8000, 9)
        np.save(file, profile)
        self.profile = file.getvalue()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Call(BaseHTTPRequestHandler):
    server: _Storage

    def do_GET(self) -> None:
        self._answer(self.server.profile)

    def do_PUT(self) -> None:
        left = self.server.stored_bytes = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, _PIECE)))
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def _storage() -> Iterator[_Storage]:
    with _Storage() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _speak(storage: _Storage, text: str, ending: str, told: list[float]) -> dict[str, Any]:
    from worker.engines import load_engine
    from worker.run import Surroundings, run_job

    around = Surroundings(
        engine=load_engine(),
        firebase=None,
        tell=lambda _job, progress: told.append(progress),
        log=lambda message, _job_id: print(message, file=sys.stderr),
        download_hosts=frozenset({storage.host}),
    )
    job = json.loads((ROOT / "contract" / "run_tts.json").read_text())["input"]
    [output] = job["outputs"]
    types = {"wav": "audio/wav", "mp3": "audio/mpeg", "ogg": "audio/ogg"}
    made = {
        "path": output["path"].replace(".wav", f".{ending}"),
        "content_type": types[ending],
        "upload_url": f"http://{storage.host}/speech",
    }
    own = {"outputs": [made], "download_urls": {"profile": f"http://{storage.host}/profile"}}
    return asyncio.run(run_job({"id": "job-1", "input": job | own | {"text": text}}, around))


if __name__ == "__main__":
    main(sys.argv[1])
