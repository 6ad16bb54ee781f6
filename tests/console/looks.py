"""A view as a desk and a phone show it, by day and by night."""

from playwright.sync_api import Page

from tests.console.example import AXE, is_wider_than_its_window

LOOKS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]
VIOLATIONS = """
axe.run({ resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3)}`))
"""


def bring_axe(page: Page) -> None:
    page.evaluate(AXE.read_text())


def wrong_in_any_look(page: Page) -> list[str]:
    """What axe finds, and whether something is wider than the page."""
    wrong: list[str] = []
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = page.evaluate(VIOLATIONS)
        if is_wider_than_its_window(page):
            found.append("wider than its window")
        wrong += [f"{width} {scheme}: {one}" for one in found]
    return wrong
