"""A stack of its own, and a browser to look at its console with."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from local.stack.child import ROOT, RunningStack, running_stack
from tests.browser.conftest import FLAGS, chromium, packages

__all__ = ["chromium", "packages"]  # fixtures, which pytest finds by their names here

PATIENCE_MS = 30_000

# The browser that comes as an npm package brings a font, and looks for it elsewhere. Without any
# font it ends at the first letter.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""

SMALL_PICTURES = """
[models.small-pictures]
label = "Small pictures"
endpoint = "RUNPOD_IMAGE_ENDPOINT_ID"
dialect = "firepod"
tasks = ["text2img"]
defaults = { width = 512 }
bounds = { width = { max = 512 } }
licence = "Apache-2.0"
source = "worker/engines"
"""


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A whole stack on free ports.

    Each user runs two generations at a time; some fail on request.
    """
    if not (ROOT / "web/public/console.js").exists():
        pytest.fail("The console is not built: npm --prefix web ci && npm --prefix web run build")
    folder = tmp_path_factory.mktemp("stack")
    models = folder / "models.toml"
    models.write_text((ROOT / "functions/models.toml").read_text() + SMALL_PICTURES)
    with running_stack(
        folder,
        *("--env", f"MODELS={models}"),
        *("--env", "MAX_ACTIVE_PER_USER=2"),
        *("--worker-env", "FIREPOD_ENGINE=tests.e2e.troubled_engine:create"),
    ) as ready:
        yield ready


@pytest.fixture(scope="module")
def browser(
    chromium: tuple[str, dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Browser]:
    """Of one module: as long as it is open, an event loop runs, which async tests would meet."""
    with launched(chromium, tmp_path_factory.mktemp("fonts")) as opened:
        yield opened


@contextmanager
def launched(chromium: tuple[str, dict[str, str]], folder: Path) -> Iterator[Browser]:
    """A Chromium; `folder` is for what it keeps of fonts."""
    path, environment = chromium
    if "FONTCONFIG_PATH" in environment:
        configuration = folder / "fonts.conf"
        fonts = environment["FONTCONFIG_PATH"]
        configuration.write_text(FONTS.format(fonts=fonts, cache=folder / "cache"), "utf-8")
        environment = {**environment, "FONTCONFIG_FILE": str(configuration)}
    with sync_playwright() as playwright:
        flags = [flag for flag in FLAGS if not flag.startswith("--remote-debugging")]
        opened = playwright.chromium.launch(
            executable_path=path, args=flags, env={**os.environ, **environment}
        )
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, stack: RunningStack) -> Iterator[Page]:
    """The console, just opened by somebody new. At the end the page must have had no error."""
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.extend(_policy_violations(message)))
    opened.goto(stack.urls["hosting"])
    yield opened
    context.close()
    assert errors == []


def _policy_violations(message: ConsoleMessage) -> list[str]:
    """What the content security policy kept from loading. (Refused calls are in the log too.)"""
    return [message.text] if "Content Security Policy" in message.text else []


@pytest.fixture
def guest(page: Page) -> Page:
    """The console with somebody signed in without a name."""
    page.get_by_role("button", name="Continue as guest").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    return page
