"""The gallery and one in full, by mouse, keyboard and screen reader."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from bench.scrolling import fill

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

AXE = Path(__file__).parents[1] / "browser/node_modules/axe-core/axe.min.js"
LOOKS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]
VIOLATIONS = """
axe.run([...document.querySelectorAll(".welcome, .gallery, dialog")], {
  resultTypes: ["violations"],
}).then(({ violations }) =>
  violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3)}`))
"""
# What is to be hit, as large as a finger or a mouse meets it: with the label around it.
SMALL_TARGETS = """
[...document.querySelectorAll(":is(.welcome, .gallery, dialog) :is(button, a, select, input)")]
  .map((one) => one.closest("label") ?? one)
  .filter((one) => one.checkVisibility() && !one.closest("p, .visually-hidden"))
  .filter((one) => Math.min(one.offsetWidth, one.offsetHeight) < 32)
  .map((one) => `${one.offsetWidth}x${one.offsetHeight} ${one.outerHTML.slice(0, 120)}`)
"""
FOCUSED = "document.activeElement.closest('.tile')?.dataset.uid"


def make(page: Page, prompt: str, pictures: int = 1) -> Locator:
    """A small picture, or several of one request; its tile."""
    before = page.locator(".tile").count()
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_label("Width").fill("256")
    page.get_by_label("Height").fill("256")
    page.get_by_label("Pictures", exact=True).fill(str(pictures))
    page.get_by_role("button", name="Generate picture").click()
    expect(page.locator(".tile")).to_have_count(before + 1)
    tile = page.locator(".tile").first
    expect(tile).to_have_attribute("data-status", "completed")
    return tile


def opener(page: Page, uid: str | None) -> Locator:
    return page.locator(f'[data-uid="{uid}"] .tile-open')


@pytest.fixture(autouse=True)
def _only_answered_requests_on_this_machine(page: Page) -> Iterator[None]:
    """Whatever a test does: no request fails, is refused or leaves this machine."""
    told: list[str] = []
    local = re.compile(r"^(data:|blob:)|^http://(127\.0\.0\.1|localhost)[:/]")

    def failed(request: Request) -> None:
        # A page that is left, and a listener that is not needed any more, end what was on its way.
        if request.failure != "net::ERR_ABORTED":
            told.append(f"{request.failure} {request.url}")

    page.on("request", lambda one: None if local.match(one.url) else told.append(one.url))
    page.on("requestfailed", failed)
    page.on("response", lambda one: told.append(one.url) if one.status >= 400 else None)
    yield
    assert told == []


def test_every_view_is_accessible_in_every_look(page):
    page.context.add_init_script(path=AXE)
    page.reload()
    found: dict[str, list[str]] = {}

    def look(view: str, looks: list[tuple[int, str]] = LOOKS) -> None:
        for width, scheme in looks:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            name = f"{view} {width} {scheme}"
            found[name] = page.evaluate(VIOLATIONS) + page.evaluate(SMALL_TARGETS)
            wider = "document.documentElement.scrollWidth > innerWidth"
            if page.evaluate(wider):
                found[name].append("wider than the window")

    expect(page.get_by_role("heading", name="Come in")).to_be_visible()
    look("welcome")
    page.get_by_role("button", name="Continue as guest").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    look("nothing yet")
    make(page, "a lighthouse at dusk", pictures=2)
    page.get_by_label("Select a lighthouse").check()
    look("selected")
    page.get_by_label("Select a lighthouse").uncheck()
    page.locator(".tile-open").click()
    expect(page.get_by_text("Uploaded")).to_be_visible()
    page.get_by_text("As code, and the document").click()
    look("in full")
    page.get_by_role("button", name="Compare").click()
    look("compared", LOOKS[:1])
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    look("a question", LOOKS[1:3])
    wrong = [f"{view}: {what}" for view, several in found.items() for what in several]
    assert wrong == [], "\n".join(wrong)
    assert page.get_by_role("heading", level=1).count() == 1


def test_the_focus_stays_where_one_works(guest):
    one, two, three = (
        make(guest, name).get_attribute("data-uid") for name in ("one", "two", "three")
    )
    guest.locator(f'[data-uid="{three}"] .tile-open').focus()
    guest.keyboard.press("ArrowRight")
    expect(opener(guest, two)).to_be_focused()
    guest.keyboard.press("Enter")
    whole = guest.get_by_role("dialog")
    expect(whole.get_by_role("button", name="Close")).to_be_focused()
    guest.keyboard.press("ArrowRight")
    expect(whole.get_by_role("img", name="one")).to_be_visible()
    older = whole.get_by_role("button", name="Older")
    expect(older).to_have_attribute("aria-disabled", "true")
    guest.keyboard.press("Escape")
    expect(opener(guest, one)).to_be_focused()  # which was looked at last

    guest.keyboard.press("Enter")
    whole.get_by_role("button", name="Discard").click()
    guest.get_by_role("dialog", name="Discard").get_by_role("button", name="Discard").click()
    expect(guest.locator(".tile")).to_have_count(2)
    expect(opener(guest, two)).to_be_focused()  # its neighbour

    guest.evaluate("document.documentElement.dir = 'rtl'")
    guest.keyboard.press("ArrowRight")
    expect(opener(guest, three)).to_be_focused()
    first, second = (guest.locator(f'[data-uid="{uid}"]').bounding_box() for uid in (three, two))
    assert first["x"] > second["x"]


def test_several_are_chosen_and_discarded_at_once(guest):
    for name in ("a red boat", "a blue boat", "a red house"):
        make(guest, name)
    guest.get_by_label("Search").fill("BOAT")
    expect(guest.locator(".tile")).to_have_count(2)
    expect(guest.get_by_text("2 of 3 looked at")).to_be_visible()
    guest.get_by_label("Select a blue boat").check()
    guest.get_by_label("Select a red boat").click(modifiers=["Shift"])
    expect(guest.get_by_text("2 selected")).to_be_visible()
    guest.get_by_role("region", name="Selected").get_by_role("button", name="Discard").click()
    guest.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(guest.get_by_text("2 discarded")).to_be_visible()
    guest.get_by_label("Search").fill("")
    expect(guest.locator(".tile")).to_have_count(1)
    expect(guest.get_by_role("heading", name="Today")).to_be_visible()


def test_a_picture_is_looked_at_closely_and_compared_with_its_sister(guest):
    make(guest, "a fox", pictures=3).locator(".tile-open").click()
    whole = guest.get_by_role("dialog")
    for _ in range(2):
        whole.get_by_role("button", name="Larger").click()
    expect(whole.get_by_role("button", name="The whole picture")).to_have_text("225 %")
    zoomed = whole.get_by_role("group", name=re.compile("plus and minus zoom"))
    zoomed.focus()
    guest.keyboard.press("ArrowRight")
    expect(whole.get_by_role("img", name="a fox")).to_have_attribute("style", re.compile("-80px"))
    guest.keyboard.press("0")
    expect(whole.get_by_role("button", name="The whole picture")).to_have_text("100 %")

    whole.get_by_role("button", name="Picture 3").click()
    third = whole.get_by_role("img", name="a fox").get_attribute("src")
    whole.get_by_role("button", name="Picture 2").click()
    whole.get_by_role("button", name="Compare").click()
    expect(whole.get_by_role("img", name="What it is compared with")).to_have_attribute(
        "src", third
    )
    expect(whole.locator(".life").get_by_text("Uploaded")).to_be_visible()
    steps = whole.locator(".life li span").all_inner_texts()
    assert steps[0] == "Asked"
    assert steps[-2:] == ["Uploaded", "Done"]


def test_older_ones_come_in_their_order_whatever_their_medium_and_only_some_are_drawn(guest, stack):
    make(guest, "a fox")
    user = guest.locator(".account-name").get_attribute("title")
    fill(stack, f"{user}/images", 150)
    fill(stack, f"{user}/images", 1, into=f"{user}/videos", minutes=100_000, name="film")
    guest.reload()
    expect(guest.locator(".tile").first).to_be_visible()
    assert guest.locator(".tile").count() < 100
    guest.locator(".tile-open").first.focus()
    ends = [""]
    while ends[-1] != "film000000":
        guest.keyboard.press("End")
        expect(guest.locator(".tile:focus-within")).to_be_visible()
        ends.append(guest.evaluate(FOCUSED))
    drawn = guest.locator(".tile").evaluate_all("(tiles) => tiles.map((one) => one.dataset.uid)")
    assert drawn[-3:] == ["copy000148", "copy000149", "film000000"]
