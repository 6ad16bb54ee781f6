"""The web console in a browser, as somebody uses it on the local stack."""

import re
import uuid
import wave

import numpy as np
import pytest
import requests
from PIL import Image
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


DEPLOYED_CONFIGURATION = """
firebase.initializeApp({"projectId": "a-studio", "apiKey": "k", "storageBucket": "a-studio"});
"""


# Waits inside the page: its policy keeps scripts from being evaluated there again and again.
SECONDS_OF_SOUND = """
(audio) => new Promise((resolve, reject) => {
  audio.addEventListener("loadedmetadata", () => resolve(audio.duration));
  audio.addEventListener("error", () => reject(new Error(audio.error.message)));
  if (audio.readyState > 0) resolve(audio.duration);
})
"""


def ask_for(page: Page, prompt: str) -> None:
    page.get_by_label("Prompt", exact=True).fill(prompt)


def newest(page: Page) -> Locator:
    return page.get_by_role("article").first


def opened(page: Page, card: Locator) -> Locator:
    """The generation of a card in full."""
    card.locator(".tile-open").click()
    return page.get_by_role("dialog")


def has_ended(card: Locator, status: str) -> None:
    expect(card).to_have_attribute("data-status", status)


def test_a_guest_generates_a_picture_and_sees_it(guest):
    ask_for(guest, "a lighthouse at dusk")
    guest.get_by_label("Width").fill("256")
    guest.get_by_label("Height").fill("256")
    guest.get_by_role("button", name="Generate picture").click()

    card = newest(guest)
    has_ended(card, "completed")
    expect(card.locator("img.there")).to_be_visible()
    expect(guest.get_by_text("Text to picture: completed")).to_be_attached()
    whole = opened(guest, card)
    picture = whole.get_by_role("img", name="a lighthouse at dusk")
    expect(picture).to_have_js_property("naturalWidth", 256)
    for line in ("Asked", "Handed to RunPod", "A GPU began", "Done"):
        expect(whole.get_by_text(line, exact=True)).to_be_visible()
    with guest.expect_download() as saved:
        whole.get_by_role("button", name="Download").click()
    assert saved.value.suggested_filename.endswith(".png")
    whole.get_by_role("button", name="Close").click()
    expect(card.locator(".tile-open")).to_be_focused()

    guest.get_by_role("button", name="Voices").click()
    expect(guest.get_by_text("Nothing like this here.")).to_be_visible()
    guest.get_by_role("button", name="All", exact=True).click()
    opened(guest, card).get_by_role("button", name="Vary").click()
    expect(guest.get_by_label("Prompt", exact=True)).to_be_focused()
    guest.get_by_text("More settings").click()
    expect(guest.get_by_label("Width")).to_have_value("256")
    expect(guest.get_by_label("Seed", exact=True)).to_have_value("")
    guest.route("**/generate", lambda route: route.abort())
    guest.get_by_role("button", name="Generate picture").click()
    expect(guest.get_by_text("Waiting for the connection")).to_be_visible()


def test_a_video_is_cancelled_tried_again_and_played(guest):
    guest.get_by_role("radio", name="Text to video").check()
    ask_for(guest, "waves")
    guest.get_by_label("Width").fill("512")
    guest.get_by_label("Height").fill("512")
    guest.get_by_label("Frames").fill("120")
    guest.get_by_role("button", name="Generate video").click()
    card = newest(guest)
    card.get_by_role("button", name="Cancel").click()
    has_ended(card, "cancelled")

    card.get_by_role("button", name="Try again").click()
    expect(card.locator("img.preview")).to_have_js_property("naturalWidth", 192)
    has_ended(card, "completed")
    expect(card.locator("img.preview")).to_have_count(0)
    whole = opened(guest, card)
    expect(whole.get_by_text("Asked again")).to_be_visible()
    expect(whole.locator("video")).to_have_js_property("videoWidth", 512)


def test_a_failure_is_told_with_its_sentence_and_can_be_tried_again(guest):
    ask_for(guest, "a boat")
    guest.get_by_text("More settings").click()
    guest.get_by_label("Extra").fill('{"trouble": "refuse"}')
    guest.get_by_role("button", name="Generate picture").click()

    card = newest(guest)
    has_ended(card, "failed")
    sentence = "The prompt asks for something that this engine does not make."
    expect(card.get_by_text(sentence)).to_be_visible()
    whole = opened(guest, card)
    expect(whole.get_by_text("worker_error")).to_be_visible()
    whole.get_by_role("button", name="Try again").click()
    expect(whole.get_by_text("Asked again")).to_be_visible()
    expect(whole.get_by_text("Failed", exact=True)).to_have_count(2)
    has_ended(card, "failed")


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": {}}'])
def test_extra_that_is_no_flat_map_is_refused_beside_its_field(guest, text):
    ask_for(guest, "a boat")
    guest.get_by_text("More settings").click()
    guest.get_by_label("Extra").fill(text)
    guest.get_by_role("button", name="Generate picture").click()

    expect(guest.get_by_text("One field needs a look.")).to_be_visible()
    expect(guest.get_by_label("Extra")).to_have_attribute("aria-invalid", "true")


def test_what_is_wrong_stands_beside_its_field(guest):
    ask_for(guest, "a boat")
    guest.get_by_label("Width").fill("257")
    guest.get_by_label("Pictures", exact=True).fill("9")
    guest.get_by_role("button", name="Generate picture").click()

    expect(guest.get_by_text("2 fields need a look.")).to_be_visible()
    width, count = guest.get_by_label("Width"), guest.get_by_label("Pictures", exact=True)
    expect(width).to_be_focused()
    expect(width).to_have_attribute("aria-invalid", "true")
    expect(width).to_have_accessible_description(re.compile("multiple of 8"))
    expect(count).to_have_accessible_description(re.compile("between 1 and 8"))
    expect(guest.get_by_label("Height")).not_to_have_attribute("aria-invalid", "true")
    expect(guest.get_by_text("Nothing here yet")).to_be_visible()


def test_a_hidden_field_that_is_wrong_is_uncovered(guest):
    ask_for(guest, "a boat")
    guest.get_by_text("More settings").click()
    guest.get_by_label("Steps", exact=True).fill("101")
    guest.get_by_text("More settings").click()
    guest.get_by_role("button", name="Generate picture").click()

    expect(guest.get_by_label("Steps", exact=True)).to_be_focused()
    expect(guest.get_by_text("One field needs a look.")).to_be_visible()


def test_a_model_can_be_chosen_where_there_are_several_and_has_its_bounds(guest):
    guest.get_by_label("Model", exact=True).select_option("small-pictures")
    expect(guest.get_by_label("Width")).to_have_attribute("max", "512")
    ask_for(guest, "a boat")
    guest.get_by_label("Width").fill("1024")
    guest.get_by_role("button", name="Generate picture").click()
    width = guest.get_by_label("Width")
    expect(width).to_have_accessible_description(re.compile("between 256 and 512 pixels for small"))

    guest.get_by_role("radio", name="Text to video").check()
    offered = guest.get_by_label("Model", exact=True).get_by_role("option")
    expect(offered.filter(has_text="P-Video")).to_have_count(1)
    expect(offered.filter(has_text="Small pictures")).to_have_count(0)
    expect(guest.get_by_label("Model", exact=True)).to_have_value("")


def test_a_choice_of_one_task_is_not_carried_to_another_that_has_no_such(guest):
    guest.get_by_text("More settings").click()
    guest.get_by_label("Format").select_option("webp")
    guest.get_by_role("radio", name="Clone a voice").check()
    expect(guest.get_by_label("Format")).to_have_value("wav")
    guest.get_by_role("radio", name="Picture to picture").check()
    expect(guest.get_by_label("Format")).to_have_value("webp")


def test_an_uploaded_picture_is_what_a_new_one_begins_with(guest, tmp_path):
    start = tmp_path / "start.png"
    Image.new("RGB", (320, 256), "orange").save(start)
    guest.get_by_role("radio", name="Picture to picture").check()
    guest.get_by_label("Start picture").set_input_files(start)
    ask_for(guest, "the same in blue")
    guest.get_by_label("Width").fill("256")
    guest.get_by_label("Height").fill("256")
    guest.get_by_role("button", name="Generate picture").click()

    card = newest(guest)
    has_ended(card, "completed")
    whole = opened(guest, card)
    whole.get_by_text("As code, and the document").click()
    whole.get_by_role("button", name="Document").click()
    expect(whole.get_by_text(re.compile('"init_image": "uploads/.+\\.png"'))).to_be_visible()
    whole.get_by_role("button", name="Compare").click()
    expect(whole.get_by_role("img", name="What it is compared with")).to_have_js_property(
        "naturalWidth", 320
    )


def test_a_file_of_another_type_is_refused_beside_its_field(guest, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("no picture")
    guest.get_by_role("radio", name="Picture to picture").check()
    guest.get_by_label("Start picture").set_input_files(text)
    ask_for(guest, "a boat")
    guest.get_by_role("button", name="Generate picture").click()

    expect(guest.get_by_text("notes.txt is of another type.")).to_be_visible()
    expect(guest.get_by_text("Is required")).to_be_visible()


@pytest.fixture
def recording(tmp_path):
    """Three seconds of something like a hum."""
    rate = 16_000
    seconds = np.arange(3 * rate) / rate
    hum = sum(np.sin(2 * np.pi * 120 * harmonic * seconds) / harmonic for harmonic in range(1, 9))
    samples = hum * (1 + np.sin(2 * np.pi * 2 * seconds)) * 6000
    path = tmp_path / "hum.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def test_a_voice_is_cloned_from_a_recording_and_speaks(guest, recording):
    guest.get_by_role("radio", name="Clone a voice").check()
    guest.get_by_label("Name").fill("Ada")
    guest.get_by_label("Recording").set_input_files(recording)
    guest.get_by_role("button", name="Clone voice").click()
    has_ended(newest(guest), "completed")
    opened(guest, newest(guest)).get_by_role("button", name="Speak with it").click()

    expect(guest.get_by_label("Voice", exact=True).locator("option:checked")).to_have_text("Ada")
    asked = []
    guest.on("request", lambda request: asked.append(request.url))
    guest.get_by_label("Text", exact=True).fill("Keep the lamp lit.")
    guest.get_by_role("button", name="Speak", exact=True).click()
    expect(guest.get_by_role("article")).to_have_count(2)
    spoken = newest(guest)
    has_ended(spoken, "completed")
    # A gallery loads no sounds, but the one that somebody stays at.
    line = spoken.locator(".tile-sound [data-known]")
    expect(line).to_have_attribute("data-known", "false")
    assert not [url for url in asked if url.partition("?")[0].endswith(".wav")]
    spoken.hover()
    expect(line).to_have_attribute("data-known", "true")
    assert len(set(line.locator("path").get_attribute("d").split("M"))) > 10
    # The browser has read it and could play it.
    whole = opened(guest, spoken)
    assert whole.locator("audio").evaluate(SECONDS_OF_SOUND) > 0.5
    loud = "(bars) => new Set(bars.map((bar) => bar.getAttribute('height'))).size"
    expect(whole.locator(".waveform rect")).to_have_count(96)
    guest.wait_for_function("document.querySelectorAll('.waveform rect[height=\"56\"]').length > 0")
    assert whole.locator(".waveform rect").evaluate_all(loud) > 10


def test_more_than_the_quota_allows_is_refused_with_the_time_to_wait(guest):
    guest.get_by_role("radio", name="Text to video").check()
    ask_for(guest, "waves")
    guest.get_by_label("Frames").fill("257")
    generate = guest.get_by_role("button", name="Generate video")
    for count in (1, 2):
        generate.click()
        expect(guest.get_by_role("article")).to_have_count(count)
    generate.click()

    expect(guest.get_by_text("There is room again in")).to_be_visible()
    expect(guest.get_by_text("[429]")).to_have_count(0)
    expect(generate).to_have_attribute("aria-disabled", "false")  # something may end before
    cancel = guest.get_by_role("button", name="Cancel")
    for left in (1, 0):
        cancel.first.click()
        expect(cancel).to_have_count(left)


def test_who_has_forgotten_the_password_chooses_another_one(page, stack):
    email = f"{uuid.uuid4()}@example.com"
    page.get_by_role("button", name="Forgotten it?").click()
    expect(page.get_by_role("alert")).to_have_text("Enter an email address.")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Create an account").click()
    page.get_by_role("button", name="Sign out").click()

    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Forgotten it?").click()
    expect(page.get_by_text("is on its way")).to_be_visible()

    url = f"{stack.urls['auth']}/emulator/v1/projects/{stack.project}/oobCodes"
    mails = requests.get(url, timeout=10).json()["oobCodes"]
    (mail,) = [one for one in mails if one["email"] == email]
    requests.get(mail["oobLink"] + "&newPassword=another+horse", timeout=10).raise_for_status()
    page.get_by_label("Password").fill("another horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()


def test_an_account_keeps_its_generations_and_nobody_else_sees_them(page):
    email = f"{uuid.uuid4()}@example.com"
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Create an account").click()
    ask_for(page, "<img src=x onerror=alert(1)>")
    page.get_by_label("Width").fill("256")
    page.get_by_label("Height").fill("256")
    page.get_by_role("button", name="Generate picture").click()
    has_ended(newest(page), "completed")
    expect(newest(page)).to_contain_text("<img src=x onerror=alert(1)>")

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Continue as guest").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign out and lose it").click()
    expect(page.get_by_role("heading", name="Come in")).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("wrong horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    has_ended(newest(page), "completed")

    opened(page, newest(page)).get_by_role("button", name="Discard").click()
    page.get_by_role("dialog", name="Discard").get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()


def test_a_deployed_site_uses_the_project_of_its_hosting_and_no_emulator(page):
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.abort()

    no_gpu = page.get_by_text("On this machine no GPU is at work")
    expect(no_gpu).to_be_visible()
    page.route(
        "**/__/firebase/init.js*",
        lambda route: route.fulfill(
            body=DEPLOYED_CONFIGURATION, content_type="application/javascript"
        ),
    )
    page.route(re.compile("^https://"), refuse)
    page.reload()
    expect(page.get_by_text("a-studio")).to_be_visible()
    expect(no_gpu).to_have_count(0)
    page.get_by_role("button", name="Continue as guest").click()
    expect(page.get_by_role("alert")).to_have_text("The sign-in service does not answer.")
    assert asked == ["https://identitytoolkit.googleapis.com/v1/accounts:signUp?key=k"]
