"""Whether RunPod takes the key, and has the endpoints that the table of models is served by."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from firepod.models.table import endpoint_of, served
from firepod.settings import Settings
from tools.doctor.case import Case
from tools.doctor.finding import Check, Finding, broken, note, warning, well
from tools.doctor.web import Answer, NoAnswer

KEYS = "https://console.runpod.io/user/settings"
ENDPOINTS = "https://console.runpod.io/serverless"
STATUS = "https://uptime.runpod.io"
# Where endpoints are managed, which is not where their jobs are sent to.
MANAGED = "https://rest.runpod.io/v1/endpoints"
PUBLIC = "public"  # the dialect of RunPod's own endpoints
REFUSES = (401, 403)


def look_at_key(case: Case) -> Finding:
    if not case.runpod_key:
        return note(
            "The key may not be read by this account, so RunPod is not asked.",
            "make doctor with RUNPOD_API_KEY=... before it",
        )
    settings = case.parameters.settings
    # Of an endpoint of one's own its health, of a public one a job that nobody has: a 404 is a yes.
    own = _own_endpoints(settings)
    path = f"{next(iter(own))}/health" if own else f"{_first(settings)}/status/doctor"
    answer = _ask(case, f"{_base(settings)}/{path}")
    if answer.status in REFUSES:
        return broken(
            f"RunPod refuses the key ({answer.status}).",
            f"{KEYS}, then {case.firebase('functions:secrets:set RUNPOD_API_KEY')}",
        )
    if answer.status == 429 or answer.status >= 500:
        return broken(f"RunPod answers {answer.status}; try again.", STATUS)
    return well("RunPod takes the key.")


def look_at_endpoints(case: Case) -> Finding:
    settings = case.parameters.settings
    own = _own_endpoints(settings)
    if not own:
        return well("None of your own: RunPod's public endpoints, which need only the key.")
    if not case.runpod_key:
        return note("The key may not be read by this account, so RunPod is not asked.")
    with ThreadPoolExecutor(len(own)) as pool:
        health = dict(zip(own, pool.map(lambda one: _health(case, one), own), strict=True))
        managed = dict(zip(own, pool.map(lambda one: _managed(case, one), own), strict=True))
    gone = [name for one, name in own.items() if health[one].status == 404]
    if gone:
        return broken(
            f"RunPod has no endpoint of the id in {', '.join(gone)}.",
            ENDPOINTS,
            f".venv/bin/python -m tools.runpod endpoints create --project {case.project}",
            f"{gone[0]}= in {case.env_file}, to go without",
        )
    ailing = [
        f"{name} ({health[one].status})" for one, name in own.items() if health[one].status != 200
    ]
    if ailing:
        return broken(
            f"RunPod does not tell how these are: {', '.join(ailing)}; try again.", STATUS
        )
    odd = [
        f"{name} {says}"
        for one, name in own.items()
        for says in _oddities(health[one].said, managed[one], settings)
    ]
    if odd:
        return warning(f"{'; '.join(odd)}.", ENDPOINTS)
    return well(f"All {len(own)} answer: {', '.join(own.values())}.")


def _oddities(
    health: Mapping[str, Any], managed: Mapping[str, Any], settings: Settings | None
) -> list[str]:
    """What works and yet is seldom meant."""
    workers = health.get("workers")
    workers = workers if isinstance(workers, dict) else {}
    says = []
    if managed.get("workersMax") == 0:
        says.append("may have no worker (workersMax is 0), so its jobs wait until they expire")
    if workers.get("unhealthy"):
        says.append(f"has {workers['unhealthy']} unhealthy workers")
    if workers.get("throttled") and not (workers.get("running") or workers.get("idle")):
        says.append("gets no GPU at the moment: its workers are throttled")
    limit = managed.get("executionTimeoutMs")
    ours = settings.execution_timeout_seconds if settings else 0
    if isinstance(limit, int) and 0 < limit < ours * 1000:
        says.append(
            f"is set to end runs after {limit / 1000:g} s, before EXECUTION_TIMEOUT_SECONDS={ours}"
        )
    return says


def _own_endpoints(settings: Settings | None) -> dict[str, str]:
    """Endpoint ids of the served models, without RunPod's public ones -> where each is named."""
    if settings is None:
        return {}
    return {
        endpoint_of(settings, one): one.endpoint
        for one in served(settings).values()
        if one.dialect != PUBLIC
    }


def _first(settings: Settings | None) -> str:
    return "" if settings is None else next(iter(served(settings).values())).endpoint


def _base(settings: Settings | None) -> str:
    return settings.runpod_base_url if settings else ""


def _ask(case: Case, url: str) -> Answer:
    return case.web.ask("GET", url, headers={"Authorization": f"Bearer {case.runpod_key}"})


def _health(case: Case, endpoint: str) -> Answer:
    return _ask(case, f"{_base(case.parameters.settings)}/{endpoint}/health")


def _managed(case: Case, endpoint: str) -> Mapping[str, Any]:
    """How it is set up; nothing where the key may only run jobs, which is all that is needed."""
    try:
        answer = _ask(case, f"{MANAGED}/{endpoint}")
    except NoAnswer:
        return {}
    return answer.said if answer.status == 200 else {}


CHECKS = (
    Check(
        name="runpod key",
        asks="RunPod takes RUNPOD_API_KEY",
        look=look_at_key,
        needs=("secrets", "models"),
    ),
    Check(
        name="endpoints",
        asks="RunPod has the endpoints of the served models, and they can run jobs",
        look=look_at_endpoints,
        needs=("runpod key",),
    ),
)
