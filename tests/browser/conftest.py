"""A Firestore, and a browser that runs without being installed."""

import contextlib
import http.server
import json
import os
import pathlib
import platform
import queue
import shutil
import signal
import subprocess
import sys
import threading
from urllib.parse import urlencode

import pytest

from local.firestore.child import running_firestore

HERE = pathlib.Path(__file__).parent
REPOSITORY = HERE.parent.parent
PATIENCE_SECONDS = 90

# No sandbox: it cannot be had in most containers, and the only page is ours. The rest keeps the
# browser from calling home.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
]


@contextlib.contextmanager
def process(command, **options):
    """Run a program in a group of its own, and end the whole group."""
    started = subprocess.Popen(command, start_new_session=True, text=True, **options)
    try:
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


@pytest.fixture(scope="session")
def packages():
    """The folder with the npm packages of these tests."""
    folder = HERE / "node_modules"
    if not (folder / "firebase").is_dir():
        pytest.fail("The npm packages of tests/browser are missing: npm --prefix tests/browser ci")
    return folder


@pytest.fixture(scope="session")
def firestore():
    """The port of a Firestore that runs as a process."""
    with running_firestore() as port:
        yield port


@pytest.fixture(scope="session")
def chromium(packages, tmp_path_factory):
    """The command of a Chromium and the environment that it needs."""
    return chromium_in(tmp_path_factory.mktemp("chromium"))


def chromium_in(folder):
    """The same, unpacked to a folder where none is installed."""
    installed = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if installed:
        return installed, {}
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.fail("There is no Chromium: install one and name it in the variable CHROMIUM.")
    unpacked = subprocess.run(
        ["node", HERE / "chromium.mjs"],
        env=os.environ | {"TMPDIR": str(folder)},
        check=True,
        capture_output=True,
    )
    found = json.loads(unpacked.stdout)
    return found["path"], found["environment"]


@pytest.fixture(scope="session")
def open_page(packages, chromium, tmp_path_factory):
    """Open a page of this folder in a new browser; returns what it posts to /results."""
    path, environment = chromium
    posted = queue.Queue()

    class Pages(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=HERE)

        def do_POST(self):
            posted.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    def open_in_browser(page, **query):
        profile = tmp_path_factory.mktemp("profile")
        address = f"http://127.0.0.1:{pages.server_port}/{page}?{urlencode(query)}"
        command = [path, *FLAGS, f"--user-data-dir={profile}", address]
        log_path = profile / "stderr"
        with (
            log_path.open("w") as log,
            process(
                command,
                env=os.environ | {"HOME": str(profile)} | environment,
                stdout=log,
                stderr=log,
            ),
        ):
            try:
                return posted.get(timeout=PATIENCE_SECONDS)
            except queue.Empty:
                pytest.fail(f"The page told nothing in time: {log_path.read_text()[-2000:]}")

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as pages:
        thread = threading.Thread(target=pages.serve_forever)
        thread.start()
        yield open_in_browser
        pages.shutdown()
        thread.join()
