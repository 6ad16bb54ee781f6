"""Media whose URLs have ended, as signed ones do: documents have them, and they open nothing."""

import re
from collections import Counter

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from local.stack.child import RunningStack
from tests.console.test_make import press
from tests.console.test_see import make
from tests.e2e.app import get_document

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SHOWN = "(image) => image.complete && image.naturalWidth > 0"


def end_urls(stack: RunningStack, path: str) -> int:
    """Have no URL of a generation's document open any more; returns how many there are."""
    answer = get_document(stack, path)
    text, ended = re.subn(r"token=[^\"&]+", "token=ended", answer.text)
    changed = requests.patch(
        answer.url,
        params={"updateMask.fieldPaths": "generation_data"},
        data=text,
        headers={"Authorization": "Bearer owner", "Content-Type": "application/json"},
        timeout=10,
    )
    changed.raise_for_status()
    return ended


def shown(image: Locator) -> None:
    """Wait for a picture that is seen."""
    expect(image).to_be_visible()
    handle = image.element_handle()
    image.page.wait_for_function(SHOWN, arg=handle)


def test_pictures_whose_urls_have_ended_are_seen_compared_and_handed_on(guest: Page, stack):
    guest.context.grant_permissions(["clipboard-read", "clipboard-write"])
    path = make(guest, "a lighthouse at dusk", pictures=2).get_attribute("data-path")
    assert end_urls(stack, path) >= 4
    ended = []
    guest.on("request", lambda one: ended.append(one.url) if "token=ended" in one.url else None)

    guest.reload()
    shown(guest.locator(".tile img"))
    guest.locator(".tile-open").click()
    dialog = guest.get_by_role("dialog")
    shown(dialog.locator(".zoom img"))
    for number in (1, 2):
        shown(dialog.get_by_role("button", name=f"Picture {number}").locator("img"))
    press(guest, "Copy link")
    link = guest.evaluate("navigator.clipboard.readText()")
    assert requests.get(link, timeout=10).headers["Content-Type"] == "image/png"
    press(guest, "Compare")
    for picture in dialog.locator(".compare img").all():
        shown(picture)
    with guest.expect_download():
        press(guest, "Download")
    press(guest, "Close")
    guest.get_by_role("radio", name="Repaint a part").check()
    press(guest, "Your pictures")
    shown(guest.locator(".own-pictures img").first)
    guest.locator(".own-pictures button").first.click()
    shown(guest.locator(".file-chosen img"))

    # What is known to have ended is not tried again: once before the reload, and once after.
    assert ended
    assert set(Counter(ended).values()) <= {1, 2}


def test_what_is_gone_is_not_asked_for_for_ever(guest: Page, stack):
    path = make(guest, "a boat").get_attribute("data-path")
    end_urls(stack, path)
    asked = []
    guest.on("request", lambda one: asked.append(one.url))
    guest.route("**/v0/b/*/o/*", lambda route: route.fulfill(status=404, json={}))

    with guest.expect_response(lambda one: "token=" not in one.url and "/o/thumbs" in one.url):
        guest.reload()
    guest.locator(".tile-open").click()
    expect(guest.get_by_role("dialog").get_by_text("Done")).to_be_visible()

    assert max(asked.count(url) for url in asked if "/o/" in url) <= 2
