"""The console where the operator asks for App Check: Google's answers are played here."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.console.test_make import press, small

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

# Before the script of the policy runs. (A page that the test itself answers may not ask loopback.)
KEY = """
new MutationObserver(() => {
  const tag = document.querySelector('meta[name="firepod-recaptcha-key"]');
  if (tag !== null) tag.content = "a-key";
}).observe(document, { childList: true, subtree: true });
"""
RECAPTCHA = """
globalThis.grecaptcha = { enterprise: {
  ready: (then) => then(), render: (_, options) => { options.callback?.("seen"); return "1"; },
  execute: async () => "seen",
} };
"""


def with_key(page: Page) -> None:
    """The page as an operator has it with App Check: its tag names a key."""
    page.add_init_script(KEY)
    page.route(
        re.compile(r"https://content-firebaseappcheck\.googleapis\.com/.*"),
        lambda route: route.fulfill(
            json={"token": "a.e30.b", "ttl": "3600s"}, headers={"Access-Control-Allow-Origin": "*"}
        ),
    )


def test_with_a_key_the_local_stack_is_asked_with_a_debug_token_and_without_recaptcha(page):
    outside = []
    page.on("request", lambda one: outside.append(one.url) if "https://" in one.url else None)
    with_key(page)
    page.reload()
    with page.expect_request("**/api/quota") as asked:
        press(page, "Continue as guest")
    assert asked.value.headers["x-firebase-appcheck"] == "a.e30.b"
    page.get_by_label("Prompt", exact=True).fill("a boat")
    small(page)
    with page.expect_request("**/generate") as asked:
        press(page)
    assert asked.value.headers["x-firebase-appcheck"] == "a.e30.b"
    expect(page.get_by_role("article")).to_have_attribute("data-status", "completed")
    assert {url.partition("?")[0].rpartition(":")[2] for url in outside} == {"exchangeDebugToken"}


def test_with_a_key_a_deployed_page_attests_by_recaptcha(page):
    with_key(page)
    page.route(
        "**/__/firebase/init.js*",
        lambda route: route.fulfill(
            body='firebase.initializeApp({"projectId": "a", "apiKey": "k", "appId": "1:2:web:3"});',
            content_type="application/javascript",
        ),
    )
    page.route(
        "https://www.google.com/recaptcha/enterprise.js*",
        lambda route: route.fulfill(body=RECAPTCHA, content_type="application/javascript"),
    )
    asked = []

    def refuse(route):
        asked.append(route.request.headers.get("x-firebase-appcheck"))
        route.abort()

    page.route("https://identitytoolkit.googleapis.com/**", refuse)
    page.reload()
    press(page, "Continue as guest")
    expect(page.get_by_role("alert")).to_have_text("The sign-in service does not answer.")
    page.unroute("https://identitytoolkit.googleapis.com/**")
    assert set(asked) == {"a.e30.b"}
