"""What a unit of a quota buys at public endpoints, whose prices do not follow our weights."""

from itertools import product

import pytest

from firepod.kinds.registry import TASKS
from firepod.models.parameters import DEFAULT_TABLE
from firepod.models.table import read_models

MOST_USD = 0.0125  # so that 8,000 units a day are at most a hundred dollars
CHARACTERS_A_SECOND = 14  # of speech
WEIGHED = ("width", "height", "video_width", "video_height", "steps", "num_frames", "num_images")
PRICED = [
    (model, task)
    for model in read_models(DEFAULT_TABLE).values()
    for task in model.tasks
    # Of a voice nothing runs at a public endpoint.
    if model.price and model.dialect == "public" and task != "voice_clone"
]


def ends(model, field):
    """The least and the most that a request can say."""
    bounds = model.bounds.get(field.name, {})
    known = bounds.get("one_of") or (bounds.get("min", field.low), bounds.get("max", field.high))
    return {min(known), max(known)}


def requests(model, task):
    fields = {one.name: one for one in TASKS[task].fields}
    names = [name for name in WEIGHED if name in fields]
    sides = TASKS[task].sizes.names if model.sizes else ()
    free = [name for name in names if name not in sides]
    for values in product(*(ends(model, fields[name]) for name in free)):
        for size in model.sizes or [()]:
            yield dict(zip(free, values, strict=True)) | dict(zip(sides, size, strict=True))


def usd(model, asked):
    frames, fps = asked.get("num_frames", 0), model.defaults.get("fps", 1)
    seconds = len(asked.get("text", "")) / CHARACTERS_A_SECOND + frames / fps
    sold = {
        "picture": asked.get("num_images", 1),
        "megapixel": asked.get("width", 0) * asked.get("height", 0) / 1e6,
        "second": seconds,
        "five seconds": seconds / 5,
    }
    return model.price["usd"] * sold[model.price["per"]]


@pytest.mark.parametrize(("model", "task"), PRICED, ids=lambda one: getattr(one, "id", one))
def test_no_request_buys_much_for_a_unit(model, task):
    asked = list(requests(model, task)) if TASKS[task].sizes else [{"text": "x" * 500}]
    dearest = max(asked, key=lambda one: usd(model, one) / TASKS[task].units(one))
    assert usd(model, dearest) / (TASKS[task].units(dearest) * model.weight) <= MOST_USD, dearest
