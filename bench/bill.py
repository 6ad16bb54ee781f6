"""Google's bill of a month of pictures: counted operations times prices, less what is free."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_DAYS = 30
_MINUTES = _DAYS * 24 * 60
_GB, _GIB = 1e9, 2**30
_IDLE = "an idle minute of sweep"
_BY_RUNPOD = ("generate", "reconcile", "cancel")  # functions that call RunPod, once a request


@dataclass(frozen=True, slots=True)
class Plan:
    """What a month is to bring."""

    pictures: int
    seconds: float  #: that the engine takes for each; it reports once a second
    downloads: float = 1.0  #: of each picture
    months: float = 1.0  #: that each is kept


@dataclass(frozen=True, slots=True)
class Bill:
    """USD by what they are for."""

    pictures: int
    lines: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.lines.values())


def monthly_bill(
    counts: Mapping[str, Any], prices: Mapping[str, Any], plan: Plan, *, public: bool
) -> Bill:
    """The bill of pictures by workers without keys, or by a public endpoint."""
    scenes = counts["scenes"]
    one = scenes["picture, public endpoint"] if public else _lasting(counts, plan.seconds)
    size = scenes["picture"]  # what a default picture weighs, whoever made it
    pictures, idle = plan.pictures, scenes[_IDLE]
    functions, bare = _function_time(one, prices), _function_time(idle, prices)
    amounts = {
        "firestore_reads": pictures * (one["reads"] + one["app_reads"]) + _MINUTES * idle["reads"],
        "firestore_writes": pictures * one["writes"] + _MINUTES * idle["writes"],
        "firestore_deletes": pictures * one["deletes"] + _MINUTES * idle["deletes"],
        "firestore_gib_months": pictures
        * plan.months
        * (size["stored_documents"] + size["stored_indexes"])
        / _GIB,
        "function_requests": pictures * functions["requests"] + _MINUTES * bare["requests"],
        "function_vcpu_seconds": pictures * functions["vcpu"] + _MINUTES * bare["vcpu"],
        "function_gib_seconds": pictures * functions["gib"] + _MINUTES * bare["gib"],
        "tasks": pictures * one["tasks"],
        "scheduler_jobs": 1,
        "storage_class_a": pictures * one["class_a"],
        "storage_class_b": pictures * (one["class_b"] - 1 + plan.downloads),
        "storage_gb_months": pictures * plan.months * size["stored_files"] / _GB,
        "egress_gb": pictures
        * (plan.downloads * size["stored_files"] + one["function_bytes"])
        / _GB,
        "logs_gib": (pictures * functions["logs"] + _MINUTES * bare["logs"]) / _GIB,
    }
    usd = {name: _price(prices[name], amount) for name, amount in amounts.items()}
    return Bill(
        pictures,
        {
            "Firestore: reads, writes, deletes": sum(
                usd[f"firestore_{kind}"] for kind in ("reads", "writes", "deletes")
            ),
            "Firestore: what is stored": usd["firestore_gib_months"],
            "functions": sum(usd[name] for name in usd if name.startswith("function_")),
            "Cloud Tasks, Scheduler": usd["tasks"] + usd["scheduler_jobs"],
            "Storage: operations": usd["storage_class_a"] + usd["storage_class_b"],
            "Storage: what is stored": usd["storage_gb_months"],
            "pictures on their way to users": usd["egress_gb"],
            "logs": usd["logs_gib"],
        },
    )


def _lasting(counts: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """A picture whose engine takes so long, between and beyond the two that were counted."""
    short, long = counts["seconds"]["short"], counts["seconds"]["long"]
    first, second = (counts["scenes"][f"picture, {one} s"] for one in (short, long))
    share = (seconds - short) / (long - short)

    def between(a: Any, b: Any) -> Any:
        if isinstance(a, Mapping):
            if a.get("requests") == b.get("requests", -1):
                return a  # a function that is asked as often takes as long: the rest is chance
            return {name: between(a[name], b[name]) for name in a if name in b}
        return max(0.0, a + share * (b - a))

    found: dict[str, Any] = between(first, second)
    return found


def _function_time(one: Mapping[str, Any], prices: Mapping[str, Any]) -> dict[str, float]:
    """Requests, vCPU-seconds, GiB-seconds and log bytes; each request as if alone on its instance.

    Milliseconds are those counted on one machine, plus what a region adds to each request that a
    function waits for. They are spread over the functions by their requests.
    """
    assumed, memory = prices["assumed"], prices["memory_gib"]
    functions = one["functions"]
    requests = sum(function["requests"] for function in functions.values())
    waited = (
        one["firestore_requests"] * assumed["firestore_ms"]
        + (one["class_a"] + one["class_b"]) * assumed["storage_ms"]
        + sum(functions[name]["requests"] for name in _BY_RUNPOD if name in functions)
        * assumed["runpod_ms"]
    )
    found = {"requests": requests, "vcpu": 0.0, "gib": 0.0}
    for name, function in functions.items():
        share = waited * function["requests"] / requests
        exact = function["milliseconds"] + share + assumed["rounding_ms"] * function["requests"]
        seconds = max(exact, 100 * function["requests"]) / 1000
        found["vcpu"] += seconds
        found["gib"] += seconds * memory.get(name, memory["default"])
    found["logs"] = one["log_bytes"] + requests * assumed["request_log_bytes"]
    return found


def _price(price: Mapping[str, Any], amount: float) -> float:
    free = price.get("free", price.get("free_a_day", 0) * _DAYS)
    usd: float = max(0.0, amount - free) / price["per"] * price["usd"]
    return usd
