"""The picture of the console that README begins with: `make screenshot` takes it again.

No test of its own: pytest starts the stack and the browser for it, and it is named to be run.
"""

import io

from PIL import Image
from playwright.sync_api import expect

from local.stack.child import ROOT
from tests.console.test_console import ask_for, has_ended, newest

PLACE = ROOT / "docs" / "images" / "console.webp"
MOST_BYTES = 150_000
SIZE = {"width": 1360, "height": 850}
PROMPTS = (
    ("A lighthouse at dusk over a calm sea", 768, 512),
    ("A fox in a misty birch forest, morning light", 512, 768),
    ("A paper boat on a pond in autumn", 768, 512),
    ("Snow over the harbour at night", 640, 640),
    ("A city by the water at night", 768, 512),
    ("Dunes under a first star", 512, 768),
)


def test_take_it(guest):
    guest.set_viewport_size(SIZE)
    for number, (prompt, width, height) in enumerate(PROMPTS, 1):
        ask_for(guest, prompt)
        guest.get_by_label("Width").fill(str(width))
        guest.get_by_label("Height").fill(str(height))
        guest.get_by_role("button", name="Generate picture").click()
        expect(guest.get_by_role("article")).to_have_count(number)
        has_ended(newest(guest), "completed")
    guest.get_by_role("radio", name="Text to video").check()
    ask_for(guest, "Neon rain on a city street at night")
    guest.get_by_role("button", name="Generate video").click()
    newest(guest).locator("img.preview").wait_for()  # at work: half-made, with its progress

    taken = Image.open(io.BytesIO(guest.screenshot()))
    PLACE.parent.mkdir(exist_ok=True)
    taken.save(PLACE, quality=80, method=6)
    assert PLACE.stat().st_size < MOST_BYTES
