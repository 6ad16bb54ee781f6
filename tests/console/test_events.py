"""Events in the console: what happens on the local stack, and what the fault buttons lead to."""

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from local.stack.child import RunningStack, running_stack
from tests.console.looks import bring_axe, wrong_in_any_look

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

# Each button: the right end, and the lines of the list that show why.
STORIES = {
    "Lose the callback": ("completed", ["COMPLETED: lost on purpose", "status, answered 200"]),
    "Repeat the callback": ("completed", ["COMPLETED, answered 200"] * 3),
    "Forge a callback": (
        "completed",
        ["forged, a lie at its URL: answered 200", "forged, a URL never given: answered 401"],
    ),
    "Kill the worker": ("completed", ["killed the worker", "lost the worker of the job"]),
    "Answer 429": ("completed", ["run, answered 429", "run, answered 200"]),
    "Lose the answer": ("completed", ["and hear no answer", "runpod unknown"]),
    "Forget the job": ("failed", ["deleted the job", "status, answered 404"]),
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack whose schedule does not keep anybody waiting."""
    with running_stack(
        tmp_path_factory.mktemp("stack"),
        *("--env", "RECONCILE_AFTER_SECONDS=1"),
        *("--env", "MAX_ACTIVE_PER_USER=6"),
        *("--bell-seconds", "1"),
    ) as ready:
        yield ready


@pytest.fixture
def events(guest: Page) -> Page:
    guest.get_by_role("link", name="Events").click()
    expect(guest.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    return guest


def struck(page: Page, label: str) -> Locator:
    """The card of the generation that a button struck."""
    return page.get_by_role("article").filter(has=page.get_by_role("heading", name=label))


def lines(page: Page, text: str) -> Locator:
    return page.locator(".event-list summary").filter(has_text=text)


def test_every_button_leads_to_its_right_end_and_the_list_shows_why(events):
    for label in STORIES:
        button = events.get_by_role("button", name=label, exact=True)
        expect(button).to_be_enabled()
        button.click()
        expect(struck(events, label)).to_be_visible()
    for label, (end, shown) in STORIES.items():
        card = struck(events, label)
        expect(card).to_have_attribute("data-status", end)
        expect(card.locator(".run-end.good")).to_be_visible()
        card.get_by_role("button", name="Only its events").click()
        for text, times in Counter(shown).items():
            found = lines(events, text)
            # A callback comes as often as one says, a schedule looks as often as it likes.
            expect(found.first if times == 1 else found).to_have_count(times)
        card.get_by_role("button", name="Show all events").click()

    # Once more for one that is over: it changes nothing.
    repeated = struck(events, "Repeat the callback")
    repeated.get_by_role("button", name="Only its events").click()
    repeated.get_by_role("button", name="Call back again").click()
    expect(lines(events, "COMPLETED, answered 200")).to_have_count(4)
    expect(lines(events, "generation completed")).to_have_count(1)


def test_all_of_them_at_once_wait_for_their_turn_and_end_as_they_should(events):
    events.get_by_role("button", name="All of them").click()
    expect(events.get_by_role("article")).to_have_count(len(STORIES))
    expect(events.locator(".run-end.good")).to_have_count(len(STORIES))


def test_the_next_generation_and_one_that_runs_can_be_struck(events):
    events.get_by_label("With").select_option("next")
    events.get_by_role("button", name="Repeat the callback").click()
    expect(events.get_by_text("waits for your next generation")).to_be_visible()
    events.get_by_role("link", name="Make").click()
    events.get_by_role("radio", name="Text to video").check()
    events.get_by_label("Prompt", exact=True).fill("a slow river")
    events.get_by_label("Frames").fill("120")
    events.get_by_role("button", name="Generate video").click()
    events.get_by_role("link", name="Events").click()
    expect(struck(events, "Repeat the callback")).to_contain_text("a slow river")

    events.get_by_label("With").select_option(label="the running “a slow river”")
    expect(events.get_by_role("button", name="Answer 429")).to_be_disabled()
    events.get_by_role("button", name="Forge a callback").click()
    card = struck(events, "Forge a callback")
    expect(card).to_contain_text("a slow river")
    card.get_by_role("button", name="Only its events").click()
    expect(lines(events, "a URL never given: answered 401")).to_have_count(1)
    expect(card).to_have_attribute("data-status", "completed")
    expect(lines(events, "COMPLETED, answered 200")).to_have_count(3)


def test_the_list_is_paused_and_what_stands_behind_a_line_holds_no_token(events):
    events.get_by_role("button", name="Answer 429").click()
    expect(struck(events, "Answer 429").locator(".run-end.good")).to_be_visible()
    events.get_by_role("button", name="Pause").click()
    paused = events.locator(".event-list summary").all_text_contents()
    events.get_by_role("button", name="Lose the answer").click()
    expect(struck(events, "Lose the answer").locator(".run-end.good")).to_be_visible()
    assert events.locator(".event-list summary").all_text_contents() == paused
    events.get_by_role("button", name="Go on").click()
    lines(events, "and hear no answer").first.click()
    behind = events.locator(".event-list pre")
    expect(behind).to_contain_text('"operation": "run"')
    expect(behind).not_to_contain_text("http")
    events.get_by_role("button", name="Follow this one").click()
    expect(lines(events, "run, answered 429")).to_have_count(0)
    expect(lines(events, "generation completed")).to_have_count(1)


def test_documents_files_and_users_are_there_to_look_at_and_every_view_is_accessible(events):
    bring_axe(events)
    events.get_by_role("button", name="Lose the answer").click()
    expect(struck(events, "Lose the answer").locator(".run-end.good")).to_be_visible()
    lines(events, "and hear no answer").first.click()
    assert wrong_in_any_look(events) == []
    events.get_by_role("button", name="Documents").click()
    events.get_by_text("text2img, completed").click()
    expect(events.locator(".look pre")).to_contain_text('"prompt": "a lighthouse in a storm')
    events.get_by_label("Collection").select_option("quotas")
    expect(events.locator(".look summary").first).to_be_visible()
    assert wrong_in_any_look(events) == []
    events.get_by_role("button", name="Files").click()
    expect(events.get_by_role("cell", name="image/png").first).to_be_visible()
    assert wrong_in_any_look(events) == []
    events.get_by_role("button", name="Users").click()
    expect(events.get_by_role("cell", name="a guest, you")).to_be_visible()
    assert wrong_in_any_look(events) == []
