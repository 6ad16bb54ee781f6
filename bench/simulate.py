"""`python -m bench.simulate --rate 50`: which limit a stream of generations meets first, and when.

    python -m bench.simulate                              the tables of docs/scale.md
    python -m bench.simulate --rate 50 --seconds 8        one for your own numbers
    python -m bench.simulate --rate 5 --workers public    at RunPod's public endpoints
    python -m bench.simulate --write                      put the tables into docs/scale.md

Pure, and a second's work: what one generation writes comes from playing the changes of
`firepod.domain` themselves, what it calls from bench/operations.json, what is allowed from the
functions as they are deployed and from the providers' pages that docs/scale.md names.
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import ROOT
from bench.one_life import job_writes
from firepod.usecases.sweep import MAX_JOBS

PAGE = ROOT / "docs" / "scale.md"
COUNTS = ROOT / "bench" / "operations.json"
WORKERS = ("keyless", "credentials", "public")
_SCENES = {"keyless": "{}", "credentials": "{}, by credentials"}
SEQUENTIAL = 500  # writes a second of a collection whose indexed times only grow
RUN, STATUS = 100, 200  # calls a second of one RunPod endpoint
SIGNATURES = 1000  # a second of a project
OBJECTS = 1000  # written a second, to a bucket that is not used to more


@dataclass(frozen=True, slots=True)
class Stream:
    """What comes in."""

    rate: float  #: generations a second
    seconds: float = 10.0  #: of work for each
    workers: str = "keyless"
    keys: float = 1.0  #: share of calls with an idempotency key
    kept: bool = True  #: whether RETENTION_DAYS is set


@dataclass(frozen=True, slots=True)
class Limit:
    """One of them."""

    what: str
    allowed: float  #: a second
    each: float  #: what one generation takes of it

    @property
    def met_at(self) -> float:
        """Generations a second."""
        return self.allowed / self.each


def limits(stream: Stream, counts: dict[str, Any], deployed: dict[str, Any]) -> list[Limit]:
    """Those that this stream takes something of, the first one met first."""
    each = _calls(stream, counts)
    looks = each["reconcile"][0]
    uploads = each["class_a"]
    rates = deployed["reconcile"]["rate_limits"]
    found = [
        Limit("RunPod: `/run` of one endpoint", RUN, 1),
        Limit("RunPod: `/status` of one endpoint", STATUS, looks),
        Limit("Cloud Tasks: the queue of `reconcile`", rates["maxDispatchesPerSecond"], looks),
        Limit("Firestore: `jobs`, by `check_at`", SEQUENTIAL, job_writes(round(looks))),
        Limit("Firestore: `idempotency_keys`, by `expires_at`", SEQUENTIAL, 2 * stream.keys),
        Limit("Firestore: `expirations`, by `expires_at`", SEQUENTIAL, 2 * stream.kept),
        Limit("Firestore: all `images`, by `expires_at`", SEQUENTIAL, 2 * stream.kept),
        Limit("Storage: objects written to one bucket", OBJECTS, uploads),
        Limit("IAM: signatures", SIGNATURES, uploads if stream.workers == "keyless" else 0),
    ]
    for name in ("generate", "runpodwebhook", "reconcile"):
        milliseconds = each[name][1]
        instances = deployed[name]["instances"]
        found.append(Limit(f"Functions: `{name}`", instances * 1000, milliseconds))
    return sorted((one for one in found if one.each), key=lambda one: one.met_at)


def _calls(stream: Stream, counts: dict[str, Any]) -> dict[str, Any]:
    """Of one generation: requests and milliseconds of each function, and objects written."""
    scenes = counts["scenes"]
    names = ("generate", "runpodwebhook", "reconcile")
    if stream.workers == "public":
        scene = scenes["picture, public endpoint"]
        return {name: _function(scene, name) for name in names} | {"class_a": scene["class_a"]}
    form = _SCENES[stream.workers]
    short, long = (counts["seconds"][one] for one in ("short", "long"))
    first, second = (scenes[form.format(f"picture, {one} s")] for one in (short, long))
    part = (stream.seconds - short) / (long - short)

    def between(name: str) -> tuple[float, float]:
        one, other = _function(first, name), _function(second, name)
        if one[0] == other[0]:  # what is asked as often takes as long: the rest is chance
            return one[0], (one[1] + other[1]) / 2
        pairs = zip(one, other, strict=True)
        # Its time is a worker's reports; a shorter run has the claim and the callback at least.
        requests, spent = (max(0.0, a + part * (b - a)) for a, b in pairs)
        return requests, spent

    return {name: between(name) for name in names} | {"class_a": first["class_a"]}


def _function(scene: dict[str, Any], name: str) -> tuple[float, float]:
    function = scene["functions"].get(name, {"requests": 0, "milliseconds": 0.0})
    return function["requests"], function["milliseconds"]


def deployment() -> dict[str, Any]:
    """Instances and rates of the functions as they are deployed."""
    sys.path.insert(0, str(ROOT / "functions"))
    import main

    found: dict[str, Any] = {}
    for name in main.__all__:
        endpoint: Any = getattr(main, name).__firebase_endpoint__
        queue = endpoint.taskQueueTrigger or {}
        found[name] = {
            "instances": endpoint.maxInstances,
            "rate_limits": queue.get("rateLimits", {}),
        }
    return found


def table(stream: Stream, counts: dict[str, Any], deployed: dict[str, Any]) -> str:
    """For people: every limit, the first one met first."""
    of = {"keyless": "without keys", "credentials": "with credentials", "public": "public endpoint"}
    lasting = "" if stream.workers == "public" else f", {stream.seconds:g} s each"
    lines = [
        f"{stream.rate:g} generations a second, {of[stream.workers]}{lasting}:",
        "",
        "| Limit | Allowed a second | One generation takes | Used | Met at, a second |",
        "|---|---|---|---|---|",
    ]
    found = limits(stream, counts, deployed)
    lines += [
        f"| {one.what} | {_number(one.allowed)}{_unit(one)} | {_number(one.each)}{_unit(one)}"
        f" | {100 * stream.rate / one.met_at:.0f} % | {_number(one.met_at)} |"
        for one in found
    ]
    first = found[0]
    met = "is met first" if stream.rate <= first.met_at else "is exceeded"
    minutes = math.ceil(stream.rate * 600 / MAX_JOBS)
    lost = _number(stream.rate * 600)
    lines += [
        "",
        f"{first.what} {met}, at {_number(first.met_at)} a second.",
        f"Callbacks lost for ten minutes are {lost} jobs: {minutes} sweeps, one a minute.",
    ]
    return "\n".join(lines)


def _unit(one: Limit) -> str:
    return " ms" if one.what.startswith("Functions") else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def all_tables(counts: dict[str, Any], deployed: dict[str, Any]) -> dict[str, str]:
    """Those of docs/scale.md, by the names of their places."""
    streams = {
        "keyless": Stream(50),
        "credentials": Stream(50, workers="credentials"),
        "public": Stream(10, workers="public"),
    }
    return {name: table(stream, counts, deployed) for name, stream in streams.items()}


def filled(page: str, tables: dict[str, str]) -> str:
    """The page with each table in its place."""
    place = r"(<!-- `bench.simulate` writes: ([\w-]+) -->).*?(<!-- end -->)"

    def fill(found: re.Match[str]) -> str:
        return f"{found[1]}\n\n{tables[found[2]]}\n\n{found[3]}"

    return re.sub(place, fill, page, flags=re.DOTALL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables, or write them into the page."""
    given = _arguments(arguments)
    counts, deployed = json.loads(COUNTS.read_text("utf-8")), deployment()
    if given.rate is not None:
        stream = Stream(
            given.rate, given.seconds, given.workers, given.keys, kept=not given.for_ever
        )
        print(table(stream, counts, deployed))
        return 0
    tables = all_tables(counts, deployed)
    if given.write:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), tables), "utf-8")
    else:
        print("\n\n".join(tables.values()))
    return 0


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0 and up to a million")
    return value


def _share(text: str) -> float:
    value = 0.0 if text in ("0", "0.0") else _positive(text)
    if value > 1:
        raise argparse.ArgumentTypeError(f"{text} is more than all; 0.5 is half of the calls")
    return value


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.simulate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--rate", type=_positive, metavar="N", help="a second; without: the page's tables")
    add("--seconds", type=_positive, default=10.0, metavar="S", help="of work each; default 10")
    add("--workers", choices=WORKERS, default="keyless", help="who makes them; default keyless")
    add("--keys", type=_share, default=1.0, metavar="P", help="share with an idempotency key")
    add("--for-ever", action="store_true", help="nothing expires (RETENTION_DAYS=0)")
    add("--write", action="store_true", help="write the tables into docs/scale.md")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
