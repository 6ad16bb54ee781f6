"""The example app of examples/web in a browser, as somebody uses it on the local stack."""

import json
import re
import time
from urllib.parse import parse_qs

import pytest
from PIL import Image
from playwright.sync_api import Page, Request, expect

from tests.console.example import (
    PATIENCE_MS,
    clean_context,
    is_wider_than_its_window,
    violations,
)
from tests.console.site import built, served

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LOOKS = {
    "desk": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
LONG = '{ task_type: "text2video", prompt: "waves", num_frames: 257 }'
CANCEL_ALL = """async () => {
  for (const one of await hooks.firepod.pages().next()) {
    await hooks.firepod.generation(one).cancel();
  }
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with served(built(tmp_path_factory.mktemp("site"))) as address:
        yield address


@pytest.fixture(params=LOOKS)
def app(request, browser, stack, site):
    """The app, just opened by somebody new."""
    expect.set_options(timeout=PATIENCE_MS)
    with clean_context(browser, **LOOKS[request.param]) as context:
        page = context.new_page()
        page.goto(f"{site}/?offset={stack.port_offset}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        yield page


@pytest.fixture
def guest(app):
    assert violations(app) == []
    app.get_by_role("button", name="Continue as guest").click()
    expect(app.get_by_text("Nothing yet.")).to_be_visible()
    return app


def make(page: Page, prompt: str) -> None:
    page.get_by_label("What is to be seen?").fill(prompt)
    page.get_by_role("button", name="Make a picture").click()


def is_made(page: Page, prompt: str) -> None:
    stage = page.get_by_role("region", name="The picture")
    expect(stage.get_by_role("status")).to_have_text(prompt)
    expect(stage).to_have_attribute("data-status", "completed")
    expect(stage.get_by_role("img", name=prompt)).to_have_js_property("complete", True)


def gallery(page: Page):
    return page.get_by_role("region", name="Yours").get_by_role("listitem")


def test_a_guest_makes_pictures_and_finds_them_again(guest, tmp_path):
    left = guest.get_by_text(re.compile(r"\d+ of \d+ left today"))
    before = left.inner_text()
    make(guest, "a lighthouse")
    is_made(guest, "a lighthouse")
    expect(left).not_to_have_text(before)
    thumbnail = gallery(guest).get_by_role("img", name="a lighthouse")
    expect(thumbnail).to_have_attribute("src", re.compile("thumb"))
    assert violations(guest) == []
    assert not is_wider_than_its_window(guest)

    start = tmp_path / "start.png"
    Image.effect_noise((640, 512), 90).save(start)
    guest.get_by_label("Start from a picture").set_input_files(start)
    expect(guest.get_by_role("img", name="What it starts from")).to_be_visible()
    make(guest, "the same in blue")
    is_made(guest, "the same in blue")
    expect(gallery(guest)).to_have_count(2)

    guest.reload()
    is_made(guest, "the same in blue")
    gallery(guest).nth(1).get_by_role("button").click()
    is_made(guest, "a lighthouse")
    guest.get_by_role("button", name="Use as start").click()
    expect(guest.get_by_role("img", name="What it starts from")).to_be_visible()
    guest.get_by_role("button", name="Discard").click()
    expect(guest.get_by_text("This picture was discarded.")).to_be_visible()
    expect(gallery(guest)).to_have_count(1)
    make(guest, "from what is gone")
    expect(guest.get_by_role("alert")).to_contain_text("init_image")
    expect(guest.get_by_role("img", name="What it starts from")).to_have_count(0)

    guest.get_by_role("button", name="Sign out").click()
    guest.get_by_role("button", name="Continue as guest").click()
    expect(guest.get_by_text("Nothing yet.")).to_be_visible()
    expect(guest.get_by_role("region", name="The picture")).to_have_count(0)


@pytest.mark.parametrize("app", ["phone"], indirect=True)
def test_what_is_refused_is_told_in_a_sentence_and_what_waits_can_be_cancelled(
    guest, site, stack, tmp_path
):
    make(guest, "x" * 20_000)
    expect(guest.get_by_role("alert")).to_contain_text("prompt:")
    assert violations(guest) == []
    assert not is_wider_than_its_window(guest)

    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(25 * 1024 * 1024 + 1)
    guest.get_by_label("Start from a picture").set_input_files(large)
    expect(guest.get_by_role("alert")).to_have_text("A file may have at most 25 MiB.")

    beside = guest.context.new_page()
    beside.goto(f"{site}/hooks.html?offset={stack.port_offset}")
    expect(beside.locator("#list")).to_have_text("")  # the same person, in another tab
    for _ in range(2):
        beside.evaluate(f"async () => {{ await hooks.firepod.generate({LONG}) }}")
    make(guest, "one too many")
    expect(guest.get_by_role("alert")).to_contain_text("at a time")

    beside.evaluate(CANCEL_ALL)
    beside.close()
    make(guest, "a boat")
    guest.get_by_role("button", name="Cancel").click()
    stage = guest.get_by_role("region", name="The picture")
    expect(stage.get_by_text("Cancelled: a boat")).to_be_visible()
    guest.get_by_role("button", name="Try again").click()
    is_made(guest, "a boat")


class Listeners:
    """What a page has Firestore listen to, as its requests tell."""

    def __init__(self, page: Page) -> None:
        self.held: set[int] = set()
        self._page = page
        page.on("request", self._note)
        page.on("framenavigated", lambda _: self.held.clear())

    def wait_for(self, count: int) -> None:
        """Until there are so many: what is known already is shown before it is listened to."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while len(self.held) < count and time.monotonic() < deadline:
            self._page.wait_for_timeout(20)  # in which requests are heard of

    def _note(self, request: Request) -> None:
        if "/Listen/channel" not in request.url:
            return
        for name, texts in parse_qs(request.post_data or "").items():
            said = json.loads(texts[0]) if name.endswith("___data__") else {}
            if "addTarget" in said:
                self.held.add(said["addTarget"]["targetId"])
            self.held.discard(said.get("removeTarget"))


def test_the_hooks_follow_who_is_signed_in_and_what_is_there(browser, stack, site):
    expect.set_options(timeout=PATIENCE_MS)
    with clean_context(browser) as context:
        page = context.new_page()
        listeners = Listeners(page)
        page.goto(f"{site}/hooks.html?offset={stack.port_offset}")

        def shows(**texts: str) -> None:
            for name, text in texts.items():
                expect(page.locator(f"#{name}")).to_have_text(text)

        def act(name: str, *words: str):
            return page.evaluate(
                "([name, words]) => hooks[name](...words)?.then?.((said) => said)", [name, words]
            )

        shows(one="none", list="", used="unknown")  # nobody: nothing is waited for
        first = act("enter")
        paths = [act("make", prompt) for prompt in ("one", "two", "three")]
        shows(list="three,two,one", used=re.compile(r"[1-9]\d*"))
        page.reload()
        shows(list="three,two", more="true", used=re.compile(r"[1-9]\d*"))
        act("older")
        shows(list="three,two,one", more="false")

        act("show", paths[0])
        shows(one="one")
        used = page.locator("#used").inner_text()
        act("discard", paths[0])  # one that only a page of older ones has shown
        shows(one="none", list="three,two")
        act("show", paths[2])
        shows(one="three")
        # Although React has begun each effect twice: one a medium, and one of this generation.
        listeners.wait_for(5)
        assert len(listeners.held) == 5
        act("discard", paths[2])
        shows(one="none", list="two", used=used)

        act("leave")
        shows(one="none", list="", more="false", used="unknown")
        second = act("enter")
        shows(one="none", list="", used="0", problem="You have no such generation.")
        act("show")  # none
        shows(problem="")
        assert first != second
        # Not for one render did the other one see what is not his.
        renders = page.evaluate("hooks.renders")
        assert f"{first} two" in renders
        assert {one for one in renders if one.startswith(second)} <= {
            f"{second} loading",
            f"{second} ",
        }
