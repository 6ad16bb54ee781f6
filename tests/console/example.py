"""A browser for a page of the example app, and what must be true of every page at its end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.console.site import EXAMPLE

AXE = EXAMPLE / "node_modules/axe-core/axe.min.js"
PATIENCE_MS = 30_000


@contextmanager
def clean_context(browser: Browser, **looks: Any) -> Iterator[BrowserContext]:
    """A new person's browser. None of its pages may have an error or ask anybody outside."""
    context = browser.new_context(**looks)
    context.set_default_timeout(PATIENCE_MS)
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda message: wrong.extend(_said(message.type, message.text)))
    context.on("request", lambda request: wrong.extend(_outside(request)))
    context.on("requestfailed", lambda request: wrong.extend(_failed(request)))
    yield context
    context.close()
    assert wrong == []


def violations(page: Page) -> list[Mapping[str, Any]]:
    """What axe finds."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("async () => (await axe.run()).violations")
    return [{"rule": one["id"], "where": [node["html"] for node in one["nodes"]]} for one in found]


def is_wider_than_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def _said(kind: str, text: str) -> list[str]:
    """React's warnings are errors of the console; so are answers that refuse, which are wanted."""
    return [text] if kind == "error" and "Failed to load resource" not in text else []


def _outside(request: Request) -> list[str]:
    address = urlsplit(request.url)
    here = address.scheme in ("data", "blob") or address.hostname in ("127.0.0.1", "localhost")
    return [] if here else [request.url]


def _failed(request: Request) -> list[str]:
    """A listener that ends, and a page that is left, abort what they had asked."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.url}: {request.failure}"]
