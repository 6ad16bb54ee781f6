"""What RunPod is to be told of an endpoint, and where it has something else.

Only what the file says is compared and sent; what it leaves out is left as RunPod has it. GPUs are
always told whole: a change that leaves them out has been seen to lose the excluded types.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.runpod.endpoints_file import Endpoint

SCALED_DOWN = "RunPod lowers it after days without a request"


def body(name: str, endpoint: Endpoint, timeout_seconds: int) -> dict[str, Any]:
    """The body that makes an endpoint (docs.runpod.io/api-reference-v2/serverless)."""
    gpu: dict[str, Any] = {"pools": endpoint.pools, "count": endpoint.gpus}
    if endpoint.excluded:
        gpu["excludedTypes"] = endpoint.excluded
    if endpoint.min_cuda is not None:
        gpu["minCudaVersion"] = endpoint.min_cuda
    workers = {"min": endpoint.workers.min, "max": endpoint.workers.max}
    scaling: dict[str, Any]
    if endpoint.queue_delay_seconds is not None:
        scaling = {"type": "QUEUE_DELAY", "queueDelay": endpoint.queue_delay_seconds}
        workers["idleTimeout"] = endpoint.idle_seconds or 1
    else:
        scaling = {"type": "REQUEST_COUNT", "requestCount": endpoint.requests_per_worker}
    optional = {
        "dataCenterIds": endpoint.data_centers,
        "networkVolumes": endpoint.network_volumes,
        "registry": endpoint.registry,
    }
    return {
        "name": name,
        "type": "QUEUE",
        "image": endpoint.image,
        "disk": endpoint.disk_gb,
        "env": dict(endpoint.environment),
        "gpu": gpu,
        "workers": workers,
        "scaling": scaling,
        "timeout": timeout_seconds * 1000,
        "flashboot": "FLASHBOOT" if endpoint.flashboot else "OFF",
        **{key: value for key, value in optional.items() if value is not None},
    }


def differences(
    asked: Mapping[str, Any], found: Mapping[str, Any], hidden: frozenset[str]
) -> dict[str, list[str]]:
    """Field of the body -> lines that say what differs; values of hidden variables are not in them.

    `name` is what it was found by, and FlashBoot's older mark may stand at its end.
    """
    told: dict[str, list[str]] = {}
    for key, value in asked.items():
        there = found.get(key)
        if key == "name" or (key == "type" and there is None):
            continue
        if key == "env":
            lines = list(_of_environment(value, there, hidden))
        elif isinstance(value, dict):
            lines = list(_of_table(key, value, there))
        else:
            lines = [] if there == value else [_line(key, value, there)]
        if lines:
            told[key] = lines
    return told


def patch(asked: Mapping[str, Any], differing: Mapping[str, Any]) -> dict[str, Any]:
    """The body that changes what differs, and the GPUs with it."""
    told = {key: asked[key] for key in asked if key in differing and key != "type"}
    gpu = {"excludedTypes": [], **asked["gpu"]}
    if "minCudaVersion" in gpu:
        gpu["allowedCudaVersions"] = []  # the two exclude each other
    return {**told, "gpu": gpu}


def _of_table(key: str, value: Mapping[str, Any], there: Any) -> Iterator[str]:
    found = there if isinstance(there, dict) else {}
    for name, one in value.items():
        if found.get(name) != one:
            yield _line(f"{key}.{name}", one, found.get(name))
    if key == "gpu" and "excludedTypes" not in value and found.get("excludedTypes"):
        yield _line("gpu.excludedTypes", [], found["excludedTypes"])


def _of_environment(value: Mapping[str, str], there: Any, hidden: frozenset[str]) -> Iterator[str]:
    found = there if isinstance(there, dict) else {}
    for name, text in value.items():
        if name not in found:
            yield f"env.{name}: not at RunPod yet"
        elif found[name] != text:  # what RunPod has may be a secret that somebody typed there
            shown = "as set by you" if name in hidden else text
            yield f"env.{name}: {shown} in the file, another value at RunPod"
    yield from (f"env.{name}: only at RunPod, and goes" for name in found if name not in value)


def _line(name: str, wanted: Any, there: Any) -> str:
    lowered = name == "workers.max" and there in {0, 2} and wanted > there
    why = f" ({SCALED_DOWN})" if lowered else ""
    return f"{name}: {_text(wanted)} in the file, {_text(there)} at RunPod{why}"


def _text(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)
