"""The console while things do not go well: it says what is the matter, and goes on by itself."""

import re
from urllib.parse import quote

import pytest
import requests
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.app import objects

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LOST = re.compile("The connection is lost|You are offline")
SIGNED_OUT = "You are signed out. Sign in again to go on."
EXPIRED = '{"error": {"status": "UNAUTHENTICATED", "message": "Your sign-in has expired."}}'


@pytest.fixture
def small(guest: Page) -> Page:
    """The form for a small picture."""
    guest.get_by_label("Width").fill("256")
    guest.get_by_label("Height").fill("256")
    return guest


def ask_for(page: Page, prompt: str) -> None:
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_role("button", name="Generate picture").click()


def articles(page: Page) -> Locator:
    return page.get_by_role("article")


def test_a_network_that_is_gone_is_said_and_all_goes_on_when_it_is_back(small):
    ask_for(small, "before")
    expect(articles(small).first).to_have_attribute("data-status", "completed")
    small.context.set_offline(True)
    expect(small.get_by_text(LOST)).to_be_visible()
    expect(articles(small)).to_have_count(1)
    ask_for(small, "meanwhile")
    expect(small.get_by_text("Waiting for the connection")).to_be_visible()
    small.context.set_offline(False)
    expect(small.get_by_text("Connected again.")).to_be_visible()
    expect(articles(small)).to_have_count(2)
    expect(articles(small).first).to_have_attribute("data-status", "completed")
    expect(small.get_by_text(LOST)).to_have_count(0)


def test_functions_that_do_not_answer_are_said_and_what_waits_can_be_stopped(small):
    away = re.compile(r"/generate$|/api/")
    small.route(away, lambda route: route.abort())
    ask_for(small, "stopped")
    expect(small.get_by_text(LOST)).to_be_visible()
    small.get_by_role("button", name="Stop", exact=True).click()
    expect(small.get_by_role("button", name="Generate picture")).to_be_enabled()
    small.unroute(away)
    expect(small.get_by_text("Connected again.")).to_be_visible()
    ask_for(small, "asked")
    expect(articles(small)).to_have_count(1)
    expect(articles(small).first).to_contain_text("asked")


def test_an_upload_waits_for_the_network_and_goes_on(small, tmp_path):
    start = tmp_path / "start.png"
    Image.effect_noise((1600, 1600), 90).save(start)  # more than one part of an upload
    small.get_by_role("radio", name="Picture to picture").check()
    small.get_by_label("Start picture").set_input_files(start)

    def cut(route: Route) -> None:
        small.context.set_offline(True)
        route.abort()

    small.route("**/v0/b/**", cut, times=1)
    ask_for(small, "from noise")
    expect(small.get_by_text(LOST)).to_be_visible()
    expect(small.get_by_text("Waiting for the connection")).to_be_visible()
    small.context.set_offline(False)
    expect(articles(small)).to_have_count(1)
    expect(articles(small).first).to_have_attribute("data-status", "completed")


def test_a_file_whose_upload_has_gone_is_uploaded_again(small, stack, tmp_path):
    start = tmp_path / "start.png"
    Image.new("RGB", (256, 256), "orange").save(start)
    small.get_by_role("radio", name="Picture to picture").check()
    small.get_by_label("Start picture").set_input_files(start)
    before = set(objects(stack, "uploads/"))
    ask_for(small, "one")
    expect(articles(small).first).to_have_attribute("data-status", "completed")

    # As it does with the last generation that names it, or after a day.
    (upload,) = set(objects(stack, "uploads/")) - before
    url = f"{stack.urls['storage']}/storage/v1/b/{stack.bucket}/o/{quote(upload, safe='')}"
    requests.delete(url, headers={"Authorization": "Bearer owner"}, timeout=10).raise_for_status()
    ask_for(small, "another one of it")

    expect(articles(small)).to_have_count(2)
    expect(articles(small).first).to_have_attribute("data-status", "completed")
    assert len(set(objects(stack, "uploads/")) - before) == 1


def test_a_token_that_is_not_taken_is_renewed_without_a_word(small):
    renewed = []
    small.on("request", lambda asked: renewed.append(asked.url) if "/token" in asked.url else None)
    small.route(
        re.compile("/generate$"),
        lambda route: route.fulfill(
            status=401,
            body=EXPIRED,
            content_type="application/json",
            headers={"access-control-allow-origin": "*"},
        ),
        times=1,
    )
    ask_for(small, "all the same")
    expect(articles(small).first).to_have_attribute("data-status", "completed")
    assert len(renewed) == 1


def test_signing_out_in_another_tab_is_said_and_shows_nothing_to_the_next_user(small):
    ask_for(small, "of the first")
    expect(articles(small)).to_have_count(1)
    other = small.context.new_page()
    other.goto(small.url)
    other.get_by_role("button", name="Sign out").click()
    other.get_by_role("button", name="Sign out and lose it").click()
    expect(small.get_by_text(SIGNED_OUT)).to_be_visible()
    expect(small.get_by_text("of the first")).to_have_count(0)

    small.get_by_role("button", name="Continue as guest").click()
    expect(small.get_by_text("Nothing here yet")).to_be_visible()
    expect(small.get_by_label("Prompt", exact=True)).to_have_value("")


def test_an_account_that_is_deleted_elsewhere_is_signed_out(small, stack):
    with small.expect_request(re.compile("accounts:lookup")) as seen:
        small.reload()
    body = seen.value.post_data_json
    expect(small.get_by_text("Nothing here yet")).to_be_visible()
    accounts = f"{stack.urls['auth']}/identitytoolkit.googleapis.com/v1/accounts"
    answer = small.request.post(f"{accounts}:delete?key=local", data={"idToken": body["idToken"]})
    assert answer.ok
    ask_for(small, "of nobody")
    expect(small.get_by_text(SIGNED_OUT)).to_be_visible()
