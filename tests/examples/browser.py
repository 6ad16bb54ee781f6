"""A Chromium that uses the web example while Vite serves it."""

import tempfile
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import chromium_in
from tests.console.conftest import launched
from tests.console.example import clean_context

PATIENCE_MS = 60_000


def make_a_picture(address: str) -> None:
    """Sign in as a guest and make one; raises AssertionError, or what Playwright raises."""
    expect.set_options(timeout=PATIENCE_MS)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with launched(chromium_in(folder), folder) as browser, clean_context(browser) as context:
            page = context.new_page()
            page.goto(address)
            page.get_by_role("button", name="Continue as guest").click()
            page.get_by_label("What is to be seen?").fill("a lighthouse")
            page.get_by_role("button", name="Make a picture").click()
            picture = page.get_by_role("region", name="Yours").get_by_role("img")
            expect(picture).to_have_js_property("complete", True)
            stage = page.get_by_role("region", name="The picture")
            expect(stage).to_have_attribute("data-status", "completed")
