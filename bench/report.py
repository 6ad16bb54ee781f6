"""Results for people and for programs."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from bench import ROOT
from bench.measurement import Measured

RESULTS = ROOT / "bench" / "results"
_WIDTH = 58


def machine() -> dict[str, Any]:
    """What the numbers were measured on; `load` is the load average of the last minute."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "node": node.stdout.strip(),
        "load": round(psutil.getloadavg()[0], 1),
    }


def describe(facts: Mapping[str, Any]) -> str:
    return (
        f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gb']} GB, {facts['system']},"
        f" Python {facts['python']}, Node {facts['node']}, load {facts['load']}"
    )


def rows(measured: Sequence[Measured]) -> str:
    """A line for each number: what, value, budget, verdict."""
    return "\n".join(_row(one) for one in measured)


def verdict(results: Mapping[str, Sequence[Measured]]) -> str:
    """How many budgets there are, and the missed ones by name."""
    held = [(name, one) for name, many in results.items() for one in many if one.budget]
    missed = [f"  {name}: {one.what}" for name, one in held if not one.met]
    summary = f"{len(held) - len(missed)} of {len(held)} budgets kept"
    return "\n".join([summary + (", missed:" if missed else "."), *missed])


def write_json(
    name: str,
    facts: Mapping[str, Any],
    command: str,
    results: Mapping[str, Sequence[Measured]],
) -> Path:
    """Write everything to bench/results/{name}, or to `name` if it is a path; return where."""
    path = Path(name) if os.sep in name else RESULTS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "machine": dict(facts),
        "results": {
            bench: [asdict(one) | {"met": one.met} for one in measured]
            for bench, measured in results.items()
        },
    }
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return path


def _row(one: Measured) -> str:
    value = f"{_number(one.value)} {one.unit}".rstrip()
    budget = ""
    if one.budget:
        sign = "<=" if one.budget.side == "at most" else ">="
        verdict = "kept" if one.met else "MISSED"
        budget = f"{sign} {_number(one.budget.bound)} {one.unit}".rstrip() + f"  {verdict}"
    note = f"  ({one.note})" if one.note else ""
    return f"  {one.what:<{_WIDTH}}{value:>12}  {budget}{note}".rstrip()


def _number(value: float) -> str:
    if value == int(value):
        return f"{value:.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
