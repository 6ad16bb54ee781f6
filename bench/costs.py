"""`python -m bench.costs`: what pictures cost a month, from counted operations and listed prices.

    python -m bench.costs                               the tables of docs/costs.md
    python -m bench.costs --pictures 250000 --seconds 8 one table for your own numbers
    python -m bench.costs --write                       put the tables into docs/costs.md

Nothing is asked of anybody: counts come from bench/operations.json, a copy of what
`make bench ARGS=operations` has counted, prices from bench/prices.toml, functions/models.toml
(public endpoints) and worker/endpoints.toml (seconds of GPUs, the idle timeout).
"""

import argparse
import json
import math
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import ROOT
from bench.bill import Bill, Plan, monthly_bill
from bench.own_gpus import break_even_seconds, cost_of_a_picture

COUNTS = ROOT / "bench" / "operations.json"
PRICES = ROOT / "bench" / "prices.toml"
PARAMETERS = ROOT / "functions" / ".env"
MODELS = ROOT / "functions" / "models.toml"
ENDPOINTS = ROOT / "worker" / "endpoints.toml"
PAGE = ROOT / "docs" / "costs.md"

_Row = Sequence[str]
DEAREST_UNIT = 0.04  # at any public endpoint; tests/unit/test_worth_of_a_unit.py holds it
_MONTH_SECONDS = 30 * 86_400
_SCALES = (1_000, 10_000, 100_000, 1_000_000)
_WHAT = {
    "firestore_reads": "documents read",
    "firestore_writes": "documents written",
    "firestore_deletes": "documents deleted",
    "firestore_gib_months": "GiB in Firestore, a month",
    "function_requests": "function requests",
    "function_vcpu_seconds": "vCPU seconds",
    "function_gib_seconds": "GiB seconds of memory",
    "tasks": "operations of Cloud Tasks",
    "scheduler_jobs": "jobs of Cloud Scheduler",
    "storage_class_a": "class A operations of Storage",
    "storage_class_b": "class B operations",
    "storage_gb_months": "GB in Storage, a month",
    "egress_gb": "GB from Storage to users",
    "logs_gib": "GiB of logs",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables, or write them into the page; 2 for options that make no sense."""
    given = _arguments(arguments)
    counts = json.loads(given.counts.read_text("utf-8"))
    prices = tomllib.loads(given.prices.read_text("utf-8")) | own(ENDPOINTS)
    public = public_prices(tomllib.loads(MODELS.read_text("utf-8")))
    if given.pictures is not None:
        plan = Plan(given.pictures, given.seconds, given.downloads, given.months)
        print(month_table(counts, prices, [plan]))
        print()
        print(gpu_table(prices, public, [given.pictures], given.seconds))
        return 0
    tables = all_tables(counts, prices, public)
    if given.write:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), tables), "utf-8")
        return 0
    print("\n\n".join(tables.values()))
    return 0


def all_tables(
    counts: Mapping[str, Any], prices: Mapping[str, Any], public: Mapping[str, float]
) -> dict[str, str]:
    """The tables of docs/costs.md, by the names that the page gives them."""
    plans = [Plan(pictures, 5) for pictures in (1_000, 1_000_000)]
    return {
        "operations": operations_table(counts),
        "second": second_table(counts, prices),
        "month": month_table(counts, prices, plans),
        "gpus": gpu_table(prices, public, _SCALES, 5),
        "break-even": break_even_table(prices, public),
        "always-on": always_on_table(prices, public),
        "limits": limits_table(prices, public, parameters(PARAMETERS.read_text("utf-8"))),
        "prices": price_table(prices),
    }


def filled(page: str, tables: Mapping[str, str]) -> str:
    """The page with its tables replaced; KeyError for a table that nobody makes."""

    def table(found: re.Match[str]) -> str:
        return f"{found['begin']}\n\n{tables[found['name']]}\n\n{found['end']}"

    place = r"(?P<begin><!-- `bench.costs` writes: (?P<name>[\w-]+) -->).*?(?P<end><!-- end -->)"
    return re.sub(place, table, page, flags=re.DOTALL)


def operations_table(counts: Mapping[str, Any]) -> str:
    rows = [
        (
            name,
            *(str(one[kind]) for kind in ("reads", "writes", "deletes", "app_reads")),
            " + ".join(f"{f['requests']} {which}" for which, f in sorted(one["functions"].items()))
            or "none",
            *(str(one[kind]) for kind in ("tasks", "class_a", "class_b")),
        )
        for name, one in counts["scenes"].items()
    ]
    head = ("What is done", "Reads", "Writes", "Deletes", "Reads of the app", "Function requests")
    return _table((*head, "Tasks", "Class A", "Class B"), rows)


def second_table(counts: Mapping[str, Any], prices: Mapping[str, Any]) -> str:
    """What a million seconds of work cost Google's side, beside what the GPU takes for them."""
    million, more = 1_000_000, 10.0
    short, long = (
        monthly_bill(counts, prices, Plan(million, seconds), public=False)
        for seconds in (5.0, 5.0 + more)
    )
    lines = [
        (name, _usd((long.lines[name] - usd) / more))
        for name, usd in short.lines.items()
        if long.lines[name] != usd
    ]
    together = ("**together**", f"**{_usd((long.total - short.total) / more)}**")
    gpus = [(name, _usd(usd * million)) for name, usd in prices["gpus"]["usd_a_second"].items()]
    return _table(("A million seconds of work", "USD"), [*lines, together, *gpus])


def month_table(counts: Mapping[str, Any], prices: Mapping[str, Any], plans: Sequence[Plan]) -> str:
    """What Google's part costs, a column for each number of pictures and way of making them."""
    bills: list[Bill] = []
    head = ["A month"]
    for plan in plans:
        for way in ("own workers", "public endpoint"):
            bills.append(monthly_bill(counts, prices, plan, public=way == "public endpoint"))
            head.append(f"{plan.pictures:,}, {way}")
    lines = [(name, *(_usd(bill.lines[name]) for bill in bills)) for name in bills[0].lines]
    total = ("**together**", *(f"**{_usd(bill.total)}**" for bill in bills))
    each = ("a picture", *(_usd(bill.total / bill.pictures) for bill in bills))
    return _table(head, [*lines, total, each])


def gpu_table(
    prices: Mapping[str, Any], public: Mapping[str, float], scales: Sequence[int], seconds: float
) -> str:
    """What RunPod's part costs: public endpoints, and own GPUs that idle out or stay on."""
    gpu = prices["gpus"]["pictures"]
    usd = prices["gpus"]["usd_a_second"][gpu]
    assumed = prices["assumed"]
    rows: list[_Row] = []
    for pictures in scales:
        flex = cost_of_a_picture(
            usd,
            seconds=seconds,
            a_second=pictures / _MONTH_SECONDS,
            idle=prices["gpus"]["idle_seconds"],
            start=assumed["start_seconds"],
            busiest=assumed["busiest"],
        )
        workers = max(1, -(-pictures * seconds // (assumed["busiest"] * _MONTH_SECONDS)))
        always = workers * usd * _MONTH_SECONDS
        rows.append(
            (
                f"{pictures:,}",
                *(_usd(pictures * price) for price in public.values()),
                f"{_usd(pictures * flex)} ({_usd(flex)} each)",
                f"{_usd(always)} ({workers:.0f} of them)",
            )
        )
    head = ["Pictures a month", *public, f"own {gpu}, {seconds:g} s each", "the same, always on"]
    return _table(head, rows)


def break_even_table(prices: Mapping[str, Any], public: Mapping[str, float]) -> str:
    """Seconds of each GPU that a public endpoint's picture pays for, start and idling included."""
    rows = [
        (name, f"${usd}", *(f"{break_even_seconds(price, usd):.1f} s" for price in public.values()))
        for name, usd in prices["gpus"]["usd_a_second"].items()
    ]
    return _table(("GPU", "a second", *(f"for what {name} costs" for name in public)), rows)


def always_on_table(prices: Mapping[str, Any], public: Mapping[str, float]) -> str:
    """Pictures a month from which one worker that never stops is cheaper, if it makes as many."""
    rows: list[_Row] = []
    for name, usd in prices["gpus"]["usd_a_second"].items():
        month = usd * _MONTH_SECONDS
        enough = [month / price for price in public.values()]
        busy = prices["assumed"]["busiest"] * _MONTH_SECONDS
        row = [f"{pictures:,.0f} ({busy / pictures:.1f} s)" for pictures in enough]
        rows.append((name, _usd(month), *row))
    return _table(("GPU, always on", "a month", *(f"against {name}" for name in public)), rows)


def limits_table(
    prices: Mapping[str, Any], public: Mapping[str, float], given: Mapping[str, str]
) -> str:
    """The most that one user can have us pay a day, by the limits that functions/.env sets."""
    name, cheapest = min(public.items(), key=lambda one: one[1])
    gpu = prices["gpus"]["pictures"]
    usd = prices["gpus"]["usd_a_second"][gpu]
    alone = 5 + prices["gpus"]["idle_seconds"] + prices["assumed"]["start_seconds"]
    longest = int(given["EXECUTION_TIMEOUT_SECONDS"])
    at_once = int(given["MAX_ACTIVE_PER_USER"]) * 86_400
    rows: list[_Row] = []
    for who, parameter in (("a guest", "MAX_DAILY_PER_GUEST"), ("a user", "MAX_DAILY_PER_USER")):
        units = int(given[parameter])
        rows.append(
            (
                f"{who}, {units} units",
                _usd(units * cheapest),
                _usd(units * DEAREST_UNIT),
                _usd(units * alone * usd),
                _usd(min(units * longest, at_once) * usd),
            )
        )
    head = ("A day of", f"{name}, default pictures", "public endpoints, what is dearest")
    own = (
        f"own {gpu}, 5 s each, a start and idling for each",
        f"the same, each for {longest} s until RunPod stops it",
    )
    return _table((*head, *own), rows)


def parameters(dotenv: str) -> dict[str, str]:
    """The values of a dotenv file as plain as ours."""
    return dict(re.findall(r"^(\w+)=(.*)$", dotenv, re.MULTILINE))


def price_table(prices: Mapping[str, Any]) -> str:
    seen = {"page": "its page", "copy": "a stored copy of its page", "other": "others' words"}
    rows = [
        (
            _WHAT[name],
            _listed(one),
            f"{one['free_a_day']:,} a day" if "free_a_day" in one else f"{one.get('free', 0):,}",
            f"<{one['source']}>",
            f"{one['read']}, {seen[one['seen']]}",
            one["note"],
        )
        for name, one in prices.items()
        if "source" in one
    ]
    return _table(("What", "Price", "Free a month", "Source", "Read", "Note"), rows)


def own(endpoints: Path) -> dict[str, Any]:
    """What our endpoints' file says of GPUs: USD a second by pool, and what makes pictures."""
    file = tomllib.loads(endpoints.read_text("utf-8"))
    pictures = file["endpoints"]["pictures"]
    usd = {name: pool["usd_per_second"] for name, pool in file["pools"].items()}
    return {
        "gpus": {
            "usd_a_second": {_pool(name, file["pools"][name]): usd[name] for name in usd},
            "pictures": _pool(pictures["pools"][0], file["pools"][pictures["pools"][0]]),
            "idle_seconds": pictures["idle_seconds"],
        }
    }


def _pool(name: str, pool: Mapping[str, Any]) -> str:
    return f"{name}, {pool['memory_gb']} GB"


def public_prices(models: Mapping[str, Any]) -> dict[str, float]:
    """USD for a default picture at each public endpoint that makes one of text."""
    found: dict[str, float] = {}
    for one in models["models"].values():
        price = one.get("price")
        if one["dialect"] != "public" or "text2img" not in one["tasks"] or price is None:
            continue
        megapixels = 1024 * 1024 / 1_000_000
        found[one["label"]] = price["usd"] * (megapixels if price["per"] == "megapixel" else 1)
    return found


def _listed(price: Mapping[str, Any]) -> str:
    usd = f"{price['usd']:.7f}".rstrip("0")
    usd += "0" * (2 - len(usd.partition(".")[2]))
    return f"${usd}" if price["per"] == 1 else f"${usd} for {price['per']:,}"


def _usd(amount: float) -> str:
    if amount == 0:
        return "$0"
    if amount < 0.1:
        digits = 2 - math.floor(math.log10(amount))  # the three that tell something
        return f"${amount:.{digits}f}"
    return f"${amount:,.2f}" if amount < 100 else f"${amount:,.0f}"


def _table(head: Sequence[str], rows: Sequence[_Row]) -> str:
    lines = [f"| {' | '.join(line)} |" for line in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])


def _positive(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1e12:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 on")
    return value


def _pictures(text: str) -> int:
    value = int(text)
    if not 0 < value <= 10**9:
        raise argparse.ArgumentTypeError(f"{text} is not a number of pictures from 1 to 10^9")
    return value


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.costs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--pictures", type=_pictures, metavar="N", help="a month; without: the page's tables")
    add("--seconds", type=_positive, default=5.0, metavar="S", help="of GPU for each; default 5")
    add("--downloads", type=_positive, default=1.0, metavar="N", help="of each; default 1")
    add("--months", type=_positive, default=1.0, metavar="N", help="that each is kept; default 1")
    add("--counts", type=Path, default=COUNTS, metavar="FILE", help="what was counted")
    add("--prices", type=Path, default=PRICES, metavar="FILE", help="other prices than ours")
    add("--write", action="store_true", help="write the tables into docs/costs.md")
    given = parser.parse_args(arguments)
    for path in (given.counts, given.prices):
        if not path.is_file():
            parser.error(f"there is no file {path}")
    return given


if __name__ == "__main__":
    sys.exit(main())
