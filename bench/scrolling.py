"""The console's gallery: what 110 pictures weigh, and how 10,000 generations scroll.

Measured in a real Chromium by its own counts: bytes as its network layer received them, frames and
what they cost as its trace has them, documents as the local Firestore would bill them. How many
frames there can be, a page of plain coloured boxes says that is scrolled in the same way.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc
import requests
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bench.chromium import running_chromium
from bench.lab import Lab
from bench.measurement import Budget, Measured, quantile
from local.firestore import wire
from local.stack.child import RunningStack

_PICTURES = 110
_MANY = 10_000
_SIZES = ((1024, 1024), (1216, 832), (832, 1216), (1344, 768))  # pixels
_BATCH = 500
_ADMIN = (("authorization", "Bearer owner"),)
_SPEED = 3000  # pixels a second: somebody who looks for something
_SECONDS = 10
_PATIENCE_MS = 60_000
_WINDOW: ViewportSize = {"width": 1440, "height": 900}
_SMOOTH = Budget(59, "at least")
_TRACED = "disabled-by-default-devtools.timeline.frame,devtools.timeline,toplevel"
_PAGE = "CrRendererMain"  # the thread of the page's own script, style and layout
_BOXES = """
const body = document.body;
body.style.height = "120000px";
for (let at = 0; at < 1500; at += 1) {
  const box = document.createElement("div");
  box.style.cssText = `position: absolute; width: 300px; height: 230px;
    top: ${238 * Math.floor(at / 3)}px; left: ${460 + 310 * (at % 3)}px;
    background: hsl(${(at * 37) % 360} 40% 50%)`;
  body.append(box);
}
"""
_TO_THE_END = """
new Promise((resolve) => {
  let before = -1, calm = 0;
  const step = () => {
    scrollTo(0, document.documentElement.scrollHeight);
    const height = document.documentElement.scrollHeight;
    calm = height === before ? calm + 1 : 0;
    before = height;
    if (calm > 100) resolve(height); else requestAnimationFrame(step);
  };
  step();
})
"""


def run(lab: Lab) -> list[Measured]:
    """Both, each as a guest of their own."""
    stack = lab.stack
    with (
        tempfile.TemporaryDirectory(prefix="bench") as folder,
        running_chromium(Path(folder)) as browser,
    ):
        return [*_weight(browser, stack), *_boxes(browser), *_scrolling(browser, stack)]


def _weight(browser: Browser, stack: RunningStack) -> list[Measured]:
    with _guest(browser, stack) as page:
        fill(stack, f"{_user(page)}/images", _PICTURES)
        received: list[float] = []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        pictures: set[str] = set()

        def begun(event: dict[str, Any]) -> None:
            if event["type"] == "Image":
                pictures.add(event["requestId"])

        def ended(event: dict[str, Any]) -> None:
            if event["requestId"] in pictures:
                received.append(event["encodedDataLength"])

        session.on("Network.responseReceived", begun)
        session.on("Network.loadingFinished", ended)
        page.reload()
        expect(page.locator(".tile img.there").first).to_be_visible()
        session.send(
            "Input.synthesizeScrollGesture",
            {"x": 900, "y": 500, "yDistance": -12_000, "speed": _SPEED},
        )
        expect(page.locator(".tile img:not(.there)")).to_have_count(0)
        mb = sum(received) / 1e6
        note = f"{len(received)} pictures"
        return [Measured("110 pictures in one scroll", mb, "MB", Budget(3), note)]


def _boxes(browser: Browser) -> list[Measured]:
    with browser.new_context(viewport=_WINDOW) as context:
        page = context.new_page()
        page.evaluate(_BOXES)
        return _traced(page, "plain boxes", None)


def _scrolling(browser: Browser, stack: RunningStack) -> list[Measured]:
    with _guest(browser, stack) as page:
        fill(stack, f"{_user(page)}/images", _MANY)
        before = _reads(stack)
        page.reload()
        expect(page.locator(".tile").first).to_be_visible()
        loading = _traced(page, "while older ones come", _SMOOTH)
        page.evaluate(_TO_THE_END)
        end = page.locator(f'.tile[data-uid="copy{_MANY - 1:06}"]')
        expect(end).to_be_visible()
        page.evaluate("scrollTo(0, 0)")
        expect(page.locator(f'.tile[data-uid="copy{0:06}"] img.there')).to_be_visible()
        loaded = _traced(page, "all are there", _SMOOTH)
        reads = _reads(stack) - before
        # Four queries of the gallery and one of the voices that find nothing count as one each; the
        # guest's own pictures are there, too.
        more = Measured("documents read for 10,000, to the end", reads, "", Budget(_MANY + 50))
        return [*loading, *loaded, more]


def _traced(page: Page, when: str, budget: Budget | None) -> list[Measured]:
    """Frames while the wheel of a mouse is turned."""
    session = page.context.new_cdp_session(page)
    events: list[dict[str, Any]] = []
    session.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    session.send("Tracing.start", {"categories": _TRACED})
    session.send(
        "Input.synthesizeScrollGesture",
        {"x": 900, "y": 500, "yDistance": -_SPEED * _SECONDS, "speed": _SPEED},
    )
    over: list[Any] = []

    def complete(told: Any) -> None:
        over.append(told)

    session.on("Tracing.tracingComplete", complete)
    session.send("Tracing.end")
    while not over:
        page.wait_for_timeout(50)  # which lets what is told come in
    drawn = sorted(event["ts"] for event in events if event["name"] == "DrawFrame")
    dropped = sum(event["name"] == "DroppedFrame" for event in events)
    seconds = (drawn[-1] - drawn[0]) / 1e6
    gaps = [(late - early) / 1000 for early, late in pairwise(drawn)]
    note = f"{dropped} dropped, p99 {quantile(gaps, 0.99):.0f} ms, most {max(gaps):.0f} ms"
    frames = len(drawn) - 1
    spent = _processor_ms(events)
    whose = f"the page's thread {spent[_PAGE] / frames:.1f} ms"
    return [
        Measured(f"frames a second, {when}", frames / seconds, "", budget, note),
        Measured(
            f"processor time of a frame, {when}", sum(spent.values()) / frames, "ms", None, whose
        ),
    ]


def _processor_ms(events: Sequence[dict[str, Any]]) -> dict[str, float]:
    """What the threads of the browser have computed, by their names."""
    names: dict[tuple[int, int], str] = {}
    tasks: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        thread = event["pid"], event["tid"]
        if event["name"] == "thread_name":
            names[thread] = event["args"]["name"]
        elif "tdur" in event:
            tasks[thread].append(event)
    spent: dict[str, float] = defaultdict(float)
    for thread, several in tasks.items():
        over = 0.0
        for task in sorted(several, key=lambda one: (one["ts"], -one["dur"])):
            if task["ts"] >= over:  # the others are parts of one that is counted
                over = task["ts"] + task["dur"]
                spent[names.get(thread, "")] += task["tdur"] / 1000
    return spent


@contextmanager
def _guest(browser: Browser, stack: RunningStack) -> Iterator[Page]:
    """The console of somebody new who has made a picture of each size."""
    expect.set_options(timeout=_PATIENCE_MS)
    with browser.new_context(viewport=_WINDOW) as context:
        page = context.new_page()
        page.goto(stack.urls["hosting"])
        page.get_by_role("button", name="Continue as guest").click()
        for count, (width, height) in enumerate(_SIZES, 1):
            page.get_by_label("Prompt", exact=True).fill(f"a lighthouse at dusk, number {count}")
            page.get_by_label("Width").fill(str(width))
            page.get_by_label("Height").fill(str(height))
            page.get_by_role("button", name="Generate picture").click()
            expect(page.locator(".tile")).to_have_count(count)
        expect(page.locator('.tile[data-status="completed"]')).to_have_count(len(_SIZES))
        yield page


def fill(
    stack: RunningStack,
    models: str,
    size: int,
    *,
    into: str | None = None,
    minutes: int = 1,
    name: str = "copy",
) -> None:
    """Store `size` copies of what is in `models` ("{user}/images"), the newest `minutes` ago."""
    database = f"projects/{stack.project}/databases/(default)"
    root = f"{database}/documents/generations"
    with grpc.insecure_channel(f"{stack.host}:{stack.ports['firestore']}") as channel:
        listing = channel.unary_unary(
            "/google.firestore.v1.Firestore/ListDocuments",
            request_serializer=wire.ListDocumentsRequest.SerializeToString,
            response_deserializer=wire.ListDocumentsResponse.FromString,
        )
        commit = channel.unary_unary(
            "/google.firestore.v1.Firestore/Commit",
            request_serializer=wire.CommitRequest.SerializeToString,
            response_deserializer=wire.CommitResponse.FromString,
        )
        user, _, kind = models.partition("/")
        asked = wire.ListDocumentsRequest(parent=f"{root}/{user}", collection_id=kind, page_size=50)
        found = listing(asked, metadata=_ADMIN).documents
        for start in range(0, size, _BATCH):
            writes = [
                _write(
                    found[number % len(found)],
                    f"{root}/{into or models}",
                    f"{name}{number:06}",
                    minutes,
                    number,
                )
                for number in range(start, min(size, start + _BATCH))
            ]
            commit(wire.CommitRequest(database=database, writes=writes), metadata=_ADMIN)


def _write(model: Any, collection: str, uid: str, minutes: int, number: int) -> Any:
    """One like `model`; its files have addresses of their own, as others would."""
    write = wire.Write(update=model)
    write.update.name = f"{collection}/{uid}"
    fields = write.update.fields
    fields["file_uid"].string_value = uid
    fields["media_type"].string_value = collection.rpartition("/")[2]
    made = datetime.now(UTC) - timedelta(minutes=10 * number + minutes)
    fields["created_at"].timestamp_value.FromDatetime(made)
    outputs = fields["generation_data"].map_value.fields["outputs"].array_value.values
    for output in outputs:
        for address in ("url", "thumb_url"):
            field = output.map_value.fields[address]
            field.string_value = f"{field.string_value}&copy={number}"
    return write


def _user(page: Page) -> str:
    return page.locator(".account-name").get_attribute("title") or ""


def _reads(stack: RunningStack) -> int:
    """Documents that clients were sent so far."""
    url = f"{stack.urls['firestore']}/emulator/v1/projects/{stack.project}:usage"
    reads: int = requests.get(url, timeout=10).json()["app"]["reads"]
    return reads
