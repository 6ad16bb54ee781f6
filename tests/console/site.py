"""The example app of examples/web, built with the client of this checkout, and served."""

import functools
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local.stack.child import ROOT

EXAMPLE = ROOT / "examples/web"
CLIENT = ROOT / "clients/js"
HOOKS = ROOT / "tests/console/hooks"
# React as it is while an app is written: it says what is wrong, and runs each effect twice.
BUILD = """
import { build } from "vite";
await build({
  mode: "development",
  logLevel: "warn",
  build: {
    minify: false,
    chunkSizeWarningLimit: 9999,
    rolldownOptions: { input: ["index.html", "hooks.html"] },
  },
});
"""


def built(folder: Path) -> Path:
    """An app of its own in `folder`, in which the client is as npm would install it."""
    if not (EXAMPLE / "node_modules").is_dir():
        pytest.fail("npm packages are missing: npm --prefix examples/web ci")
    app = folder / "app"
    shutil.copytree(EXAMPLE, app, ignore=shutil.ignore_patterns("node_modules", "dist", ".env"))
    shutil.copy(HOOKS / "hooks.html", app)
    shutil.copy(HOOKS / "hooks.tsx", app / "src")
    modules = app / "node_modules"
    modules.mkdir()
    for installed in (EXAMPLE / "node_modules").iterdir():
        if installed.name not in ("firepod", ".vite", ".installed"):
            (modules / installed.name).symlink_to(installed)
    client = modules / "firepod"
    client.mkdir()
    shutil.copy(CLIENT / "package.json", client)
    tsc = CLIENT / "node_modules/.bin/tsc"
    _run(str(tsc), "--project", str(CLIENT), "--outDir", str(client / "dist"), cwd=CLIENT)
    _run(str(EXAMPLE / "node_modules/.bin/tsc"), "--project", ".", cwd=app)
    _run("node", "--input-type=module", "-e", BUILD, cwd=app)
    return app / "dist"


def _run(*command: str, cwd: Path) -> None:
    environment = os.environ | {"NODE_ENV": "development"}
    ran = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which the files of `folder` are."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass
