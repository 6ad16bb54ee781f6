"""The form of the console: what one can say, what it costs, and the same as code."""

import json
import os
import re
import shlex
import subprocess
import sys
import uuid

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from local.stack.child import ROOT
from tests.console.looks import bring_axe, wrong_in_any_look

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TOO_LARGE = "new File([new Uint8Array(25 * 1024 * 1024 + 1)], 'huge.png', {type: 'image/png'})"
NOTES = "new File(['no picture'], 'notes.txt', {type: 'text/plain'})"
DROP = """
(file) => {
  const data = new DataTransfer();
  data.items.add(file);
  const said = {dataTransfer: data, bubbles: true, cancelable: true};
  document.body.dispatchEvent(new DragEvent("drop", said));
}
"""
DROP_INTO = """
(place) => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], "b.png", {type: "image/png"}));
  for (const name of ["dragover", "drop"]) {
    const said = {dataTransfer: data, bubbles: true, cancelable: true};
    place.dispatchEvent(new DragEvent(name, said));
  }
}
"""
# A microphone that hums: what a browser without one would hear.
MICROPHONE = """
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext();
  const hum = context.createOscillator();
  const heard = context.createMediaStreamDestination();
  hum.connect(heard);
  hum.start();
  return heard.stream;
};
"""
NO_MICROPHONE = """
(() => {
  navigator.mediaDevices.getUserMedia = () =>
    Promise.reject(new DOMException("none", "NotFoundError"));
})()
"""
COPIED = """
(() => {
  globalThis.copied = [];
  navigator.clipboard.writeText = async (text) => { globalThis.copied.push(text); };
})()
"""


def small(page: Page) -> None:
    page.get_by_label("Width").fill("256")
    page.get_by_label("Height").fill("256")


def press(page: Page, name: str = "Generate picture") -> None:
    page.get_by_role("button", name=name, exact=True).click()


def picture(tmp_path, name="start.png", size=(320, 256)):
    path = tmp_path / name
    Image.new("RGB", size, "orange").save(path)
    return path


def drop(page: Page, file: str) -> None:
    page.evaluate(f"({DROP})({file})")


def test_axe_finds_nothing_in_any_look_and_nothing_is_wider_than_the_page(page, tmp_path):
    bring_axe(page)
    assert wrong_in_any_look(page) == []
    press(page, "Continue as guest")
    page.get_by_role("radio", name="Repaint a part").check()
    page.get_by_label("Start picture").set_input_files(picture(tmp_path))
    page.get_by_text("More settings").click()
    page.get_by_text("As code").click()
    press(page, "Repaint")  # and what is missing is said
    expect(page.get_by_text("2 fields need a look.")).to_be_visible()
    assert wrong_in_any_look(page) == []
    press(page, "Paint it")
    assert wrong_in_any_look(page) == []
    press(page, "Cancel")
    press(page, "Keep my work")
    assert wrong_in_any_look(page) == []


def test_the_same_request_twice_warns_unless_something_of_it_is_drawn(guest):
    guest.get_by_label("Prompt", exact=True).fill("a boat")
    small(guest)
    guest.get_by_text("More settings").click()
    guest.get_by_role("button", name="Draw a seed and keep it").click()
    guest.get_by_label("Prompt", exact=True).press("Control+Enter")
    expect(guest.get_by_role("article")).to_have_count(1)
    press(guest)
    expect(guest.get_by_text("This was asked for already")).to_be_visible()
    guest.get_by_role("button", name="let the seed change").click()
    expect(guest.get_by_label("Seed", exact=True)).to_have_value("")
    expect(guest.get_by_text("This was asked for already")).to_have_count(0)

    # "Same again" is the request of what it was taken from; a word more makes it another one.
    expect(guest.get_by_role("article")).to_have_attribute("data-status", "completed")
    guest.locator(".tile-open").click()
    guest.get_by_role("dialog").get_by_role("button", name="Same again").click()
    press(guest)
    expect(guest.get_by_text("This was asked for already")).to_be_visible()
    guest.get_by_label("Prompt", exact=True).fill("a boat in fog")
    press(guest)
    expect(guest.get_by_role("article")).to_have_count(2)


def test_what_a_request_weighs_is_said_before_it_is_sent_and_is_what_the_day_loses(guest):
    guest.get_by_label("Prompt", exact=True).fill("a boat")
    guest.get_by_label("Pictures", exact=True).fill("3")
    expect(guest.get_by_text("3 units", exact=False).first).to_be_visible()
    left = guest.get_by_text(re.compile(r"[\d,]+ of [\d,]+ units left today"))
    before = int(left.inner_text().split()[0].replace(",", ""))
    small(guest)
    guest.get_by_text("More settings").click()
    guest.get_by_label("Steps", exact=True).fill("100")
    expect(guest.locator(".cost")).to_contain_text(re.compile(r"^1 unit(,|\d|$)"))
    guest.get_by_label("Width").fill("1024")
    guest.get_by_label("Height").fill("512")
    guest.get_by_label("Steps", exact=True).fill("50")
    expect(guest.locator(".cost")).to_contain_text("3 units")
    press(guest)
    expect(left).to_contain_text(f"{before - 3:,} of ")
    guest.get_by_role("radio", name="Text to video").check()
    expect(guest.locator(".cost")).to_contain_text(re.compile(r"\d\d units"))


def test_files_are_dropped_anywhere_and_go_where_they_fit(guest):
    guest.get_by_label("Prompt", exact=True).fill("a boat")
    drop(guest, NOTES)
    expect(guest.get_by_role("alert")).to_have_text("notes.txt is of another type.")
    drop(guest, TOO_LARGE)
    expect(guest.get_by_role("alert")).to_have_text("huge.png is larger than 25 MiB.")
    drop(guest, "new File(['x'], 'a.png', {type: 'image/png'})")
    expect(guest.get_by_role("radio", name="Picture to picture")).to_be_checked()
    expect(guest.get_by_label("Prompt", exact=True)).to_have_value("a boat")
    expect(guest.get_by_role("alert")).to_have_count(0)
    guest.get_by_role("button", name="Remove a.png").click()
    expect(guest.get_by_label("Start picture")).to_be_focused()
    guest.locator(".file-drop").evaluate(DROP_INTO)
    expect(guest.get_by_role("button", name="Remove b.png")).to_be_visible()
    expect(guest.locator("form.held")).to_have_count(0)
    drop(guest, "new File(['x'], 'a.mp3', {type: 'audio/mpeg'})")
    expect(guest.get_by_role("radio", name="Clone a voice")).to_be_checked()


def test_a_mask_is_painted_on_a_picture_of_the_users_own(guest):
    guest.get_by_label("Prompt", exact=True).fill("a quiet lake")
    small(guest)
    guest.get_by_label("Width").fill("512")  # wider than its thumb
    press(guest)
    expect(guest.get_by_role("article")).to_have_attribute("data-status", "completed")

    guest.get_by_role("radio", name="Repaint a part").check()
    expect(guest.get_by_text("choose the start picture, and paint on it")).to_be_visible()
    guest.get_by_role("button", name="Your pictures").click()
    guest.get_by_role("dialog").get_by_role("button", name="a quiet lake").click()
    guest.get_by_role("button", name="Paint it").click()
    canvas = guest.get_by_role("application")
    box = canvas.bounding_box()
    middle = box["y"] + box["height"] / 2
    guest.mouse.move(box["x"] + 2, middle)
    guest.mouse.down()
    guest.mouse.move(box["x"] + box["width"] / 2, middle, steps=4)
    guest.mouse.up()
    canvas.focus()
    for key in ("ArrowDown", "ArrowDown", "Space"):
        canvas.press(key)
    guest.get_by_role("button", name="Undo").click()
    guest.get_by_role("button", name="Use this mask").click()
    shown = guest.get_by_role("button", name="Remove mask.png").locator("..").locator("img")
    expect(shown).to_have_js_property("naturalWidth", 512)
    at = """(image, [x, y]) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const pen = canvas.getContext("2d");
      pen.drawImage(image, 0, 0);
      return [...pen.getImageData(x, y, 1, 1).data];
    }"""
    assert shown.evaluate(at, [128, 128]) == [255, 255, 255, 255]
    assert shown.evaluate(at, [440, 128]) == [0, 0, 0, 255]
    press(guest, "Repaint")
    expect(guest.get_by_role("article")).to_have_count(2)
    expect(guest.get_by_role("article").first).to_have_attribute("data-status", "completed")
    guest.get_by_role("button", name="Remove a quiet lake").click()
    expect(guest.get_by_role("button", name="Remove mask.png")).to_have_count(0)


def test_a_voice_is_recorded_by_the_microphone(page):
    page.add_init_script(MICROPHONE)
    page.reload()
    press(page, "Continue as guest")
    page.get_by_role("radio", name="Text to speech").check()
    expect(page.get_by_label("Voice", exact=True)).to_contain_text("No voice yet")
    page.get_by_role("button", name="Clone a voice").click()
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("Stop at 0:0[1-9]"))).to_be_visible()
    page.get_by_role("button", name="Stop at").click()
    expect(page.get_by_role("button", name="Remove recording.wav")).to_be_visible()


def test_a_microphone_that_is_refused_is_explained(guest):
    guest.get_by_role("radio", name="Clone a voice").check()
    guest.evaluate(NO_MICROPHONE)
    guest.get_by_role("button", name="Record", exact=True).click()
    expect(guest.get_by_text("No microphone was found.")).to_be_visible()


def test_values_that_do_not_fit_the_model_or_the_task_are_marked_at_once(guest):
    width = guest.get_by_label("Width")
    width.fill("1024")
    guest.get_by_label("Model", exact=True).select_option("small-pictures")
    expect(width).to_have_accessible_description(re.compile("Has to be 256 to 512."))
    width.fill("300")
    expect(width).to_have_accessible_description(re.compile("multiple of 8"))
    width.fill("")
    expect(width).to_have_accessible_description(re.compile("256 to 512"))
    expect(width).to_have_attribute("placeholder", "512")

    guest.get_by_role("radio", name="Text to speech").check()
    text = guest.get_by_label("Text", exact=True)
    text.fill("a" * 50_000)
    expect(text).to_have_accessible_description(re.compile("Up to 50,000"))
    expect(guest.locator(".cost")).to_contain_text("100 units")
    text.fill("a" * 50_001)
    expect(text).to_have_accessible_description(re.compile("50,001 of 50,000 characters"))


def test_what_cannot_be_read_is_said_and_comes_by_itself(page):
    page.route("**/api/models", lambda route: route.abort())
    page.route("**/api/quota", lambda route: route.abort())
    press(page, "Continue as guest")
    expect(page.get_by_text("Models and prices cannot be read now")).to_be_visible()
    expect(page.get_by_text("What is left of today cannot be read now.")).to_be_visible()
    page.unroute("**/api/models")
    page.unroute("**/api/quota")
    expect(page.get_by_text(re.compile("units left today"))).to_be_visible()
    expect(page.get_by_text("Models and prices cannot be read now")).to_have_count(0)


def test_a_task_that_nothing_makes_says_so_and_is_not_sent(page):
    page.route("**/api/models", lambda route: route.fulfill(json={"models": []}))
    press(page, "Continue as guest")
    page.get_by_label("Prompt", exact=True).fill("a boat")
    expect(page.get_by_text("Nothing here makes this")).to_be_visible()
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    expect(page.get_by_role("article")).to_have_count(0)


def copied(page: Page, language: str) -> str:
    page.get_by_role("button", name=language).click()
    page.get_by_role("button", name="Copy", exact=True).click()
    page.wait_for_function("globalThis.copied.length > 0")
    return page.evaluate("globalThis.copied.pop()")


def test_the_code_that_is_shown_makes_it(guest, tmp_path):
    guest.evaluate(COPIED)
    start = picture(tmp_path, "it's a start.png")
    guest.get_by_role("radio", name="Picture to picture").check()
    guest.get_by_label("Start picture").set_input_files(start)
    guest.get_by_label("Prompt", exact=True).fill("""it's "blue", $HOME and ü""")
    small(guest)
    guest.get_by_text("As code").click()
    expect(guest.locator(".code")).to_contain_text("await firepod.upload(")
    javascript = guest.locator(".code").inner_text()

    command = copied(guest, "curl")
    assert "$ID_TOKEN" not in command
    done = run(["bash", "-c", command], tmp_path)
    assert json.loads(done)["request_data"]["prompt"] == """it's "blue", $HOME and ü"""
    program = copied(guest, "Python")
    assert run([sys.executable, "-c", program], tmp_path).startswith("http")
    expect(guest.get_by_role("article")).to_have_count(2)

    (tmp_path / "ask.mjs").write_text(javascript)
    modules = ROOT / "web/node_modules"
    bundled = [
        *(str(modules / ".bin/esbuild"), "ask.mjs", "--bundle", "--platform=node", "--format=esm"),
        *("--main-fields=module,main", "--conditions=browser", "--outfile=asked.mjs"),
        f"--alias:firepod={ROOT / 'clients/js/src/index.ts'}",
        f"--alias:firebase={modules / 'firebase'}",
    ]
    run(bundled, tmp_path)
    shown = run(["node", "-e", 'import("./asked.mjs").then(() => process.exit())'], tmp_path)
    assert shown.strip().splitlines()[-1].startswith("http")


def run(command: list[str], folder) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "clients/python")},
    )
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stderr}"
    return done.stdout


def test_a_guest_keeps_the_work_with_an_email_or_signs_in_where_it_has_an_account(page):
    email = f"{uuid.uuid4()}@example.com"
    press(page, "Continue as guest")
    expect(page.get_by_role("heading", name="Make and see")).to_be_focused()
    press(page, "Keep my work")
    keep = page.get_by_role("dialog")
    keep.get_by_label("Email").fill(email)
    keep.get_by_label("Password").fill("correct horse")
    keep.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text(email)).to_be_visible()
    expect(page.get_by_role("button", name="Keep my work")).to_have_count(0)
    press(page, "Sign out")
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    press(page, "Continue as guest")
    press(page, "Sign out")
    expect(page.get_by_text("A guest cannot come back")).to_be_visible()
    keep.get_by_label("Email").fill(email)
    keep.get_by_label("Password").fill("correct horse")
    keep.get_by_role("button", name="Keep it").click()
    expect(keep.get_by_role("alert").first).to_contain_text("has an account already")
    keep.get_by_role("button", name="Sign in and leave it").click()
    expect(page.get_by_text(email)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
