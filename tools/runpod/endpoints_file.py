"""`worker/endpoints.toml`: the endpoints of a deployment, read and checked before RunPod is asked.

Texts may name variables of the caller's environment as `${NAME}`. What such a variable holds is
never shown, so it may be a secret; one that RunPod keeps is named `{{ RUNPOD_SECRET_name }}`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from firepod.models.parameters import ENDPOINTS
from tools.runpod.errors import Stopped
from worker.engines.table import models

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_KEPT_ELSEWHERE = re.compile(r"\{\{ ?RUNPOD_SECRET_\w+ ?\}\}|\$\{\w+\}")

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")]  # no hyphen: see `called`
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Text = Annotated[StrictStr, Field(min_length=1)]
Texts = Annotated[list[Text], Field(min_length=1)]
Count = Annotated[StrictInt, Field(ge=0, le=1000)]
Price = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Pool(Strict):
    """A pool of RunPod's GPUs, as the file has it."""

    memory_gb: Annotated[StrictInt, Field(ge=1)]  #: of the smallest one in it
    usd_per_second: Price


class Workers(Strict):
    min: Count = 0
    max: Count  #: 0: it takes jobs, and none of them runs


class Endpoint(Strict):
    """One entry of the file. None: the file says nothing, and what RunPod has stays."""

    parameters: Texts  #: where its id goes
    image: Text
    environment: dict[Variable, StrictStr] = Field(default={}, repr=False)
    pools: Texts
    excluded: list[Text] = []  #: types of GPU in these pools that are not taken
    gpus: Annotated[StrictInt, Field(ge=1, le=8)] = 1
    min_cuda: Annotated[StrictStr, Field(pattern=r"^\d+\.\d+$")] | None = None
    workers: Workers
    idle_seconds: Annotated[StrictInt, Field(ge=1, le=3600)] | None = None
    queue_delay_seconds: Annotated[float, Field(ge=0.5, le=3600)] | None = None
    requests_per_worker: Annotated[StrictInt, Field(ge=1, le=1000)] | None = None
    flashboot: StrictBool = True
    disk_gb: Annotated[StrictInt, Field(ge=1, le=2000)]
    data_centers: list[Text] | None = None
    network_volumes: list[Text] | None = None
    registry: Text | None = None

    @property
    def memory_gb(self) -> float:
        """What its model takes on a GPU; 0 where the file names none."""
        model = models().get(self.environment.get("FIREPOD_MODEL", ""))
        return 0 if model is None else model.memory_gb

    @property
    def repository(self) -> str:
        """Where the weights of its model are; "" where the file names none."""
        model = models().get(self.environment.get("FIREPOD_MODEL", ""))
        return "" if model is None else model.repository


class Wanted(Strict):
    """The whole file."""

    pools: dict[str, Pool] = {}
    endpoints: Annotated[dict[Name, Endpoint], Field(min_length=1)]


def called(project: str, name: str) -> str:
    """What an endpoint of a project is called at RunPod; no other project's is called the same."""
    return f"firepod-{project}-{name}"


def read(path: Path) -> Wanted:
    """The endpoints that a file asks for.

    Raises:
        Stopped: names everything that is missing or wrong.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError:
        raise Stopped(f"{path} cannot be read.") from None
    except ValueError as error:
        raise Stopped(f"{path} is no TOML: {error}") from None
    try:
        wanted = Wanted.model_validate(table)
    except ValidationError as error:
        raise Stopped(_lines(path, map(_sentence, error.errors()))) from None
    if problems := list(_problems(wanted)):
        raise Stopped(_lines(path, problems))
    return wanted


def chosen(wanted: Wanted, names: list[str]) -> dict[str, Endpoint]:
    """Those of the file that are named; without a name all of them.

    Raises:
        Stopped: the file has none of that name.
    """
    for name in names:
        if name not in wanted.endpoints:
            raise Stopped(f"The file has no endpoint {name}{alike(name, wanted.endpoints)}.")
    return {k: one for k, one in wanted.endpoints.items() if not names or k in names}


def alike(name: str, known: Iterable[str]) -> str:
    """The nearest of the known names as a question, or all of them."""
    every = list(known)
    near = get_close_matches(name, every, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(every)}"


def filled(name: str, endpoint: Endpoint, environment: Mapping[str, str]) -> Endpoint:
    """An endpoint with the caller's variables in its texts.

    Raises:
        Stopped: names those that the environment does not have.
    """
    texts = (endpoint.image, *endpoint.environment.values())
    named = dict.fromkeys(one for text in texts for one in _VARIABLE.findall(text))
    if missing := [one for one in named if not environment.get(one)]:
        told = f"{', '.join(missing)}, as in `{missing[0]}=... python -m tools.runpod ...`"
        raise Stopped(f"{name}: set {told}.")

    def fill(text: str) -> str:
        return _VARIABLE.sub(lambda found: environment[found[1]], text)

    values = {name: fill(text) for name, text in endpoint.environment.items()}
    return endpoint.model_copy(update={"image": fill(endpoint.image), "environment": values})


def hidden(endpoint: Endpoint) -> frozenset[str]:
    """Names in an entry's environment whose values are the caller's, and are not shown."""
    return frozenset(name for name, text in endpoint.environment.items() if _VARIABLE.search(text))


def _problems(wanted: Wanted) -> Iterable[str]:
    takers: dict[str, str] = {}
    for name, one in wanted.endpoints.items():
        for parameter in one.parameters:
            if parameter not in ENDPOINTS:
                yield f"{name}: there is no parameter {parameter}{alike(parameter, ENDPOINTS)}"
            elif parameter in takers:
                yield f"{name}: {parameter} is already that of {takers[parameter]}"
            takers.setdefault(parameter, name)
        yield from (f"{name}: {problem}" for problem in _of_workers(one))
        yield from (f"{name}: {problem}" for problem in _of_model(one, wanted.pools))
        for key, text in one.environment.items():
            if _SECRET.search(key) and text and not _KEPT_ELSEWHERE.search(text):
                yield f"{name}: {key}: a secret is `{{{{ RUNPOD_SECRET_name }}}}` or `${{NAME}}`"


def _of_workers(one: Endpoint) -> Iterable[str]:
    if one.workers.min > one.workers.max:
        yield "workers: min is above max"
    if (one.queue_delay_seconds is None) == (one.requests_per_worker is None):
        yield "say queue_delay_seconds or requests_per_worker, one of them"
    elif (one.queue_delay_seconds is None) != (one.idle_seconds is None):
        yield "idle_seconds belongs to queue_delay_seconds, and only to it"


def _of_model(one: Endpoint, pools: Mapping[str, Pool]) -> Iterable[str]:
    model = one.environment.get("FIREPOD_MODEL", "")
    if model and model not in models():
        yield f"there is no FIREPOD_MODEL {model}{alike(model, models())}"
    for pool in one.pools:
        known = pools.get(pool)
        if known is not None and known.memory_gb < one.memory_gb:
            yield f"{model} takes {one.memory_gb:g} GB, {pool} has {known.memory_gb}"


def _sentence(error: Any) -> str:
    place = ": ".join(str(one) for one in error["loc"] if one not in ("endpoints", "[key]"))
    if error["type"] != "extra_forbidden":
        return f"{place}: {error['msg'][:1].lower()}{error['msg'][1:]}"
    *where, key = error["loc"]
    fields = {0: Wanted, 2: Pool if where[:1] == ["pools"] else Endpoint, 3: Workers}
    known = fields[len(where)].model_fields
    return f"{place}: nobody knows {key}{alike(str(key), known)}"


def _lines(path: Path, problems: Iterable[str]) -> str:
    return "\n".join(f"{path}: {one}" for one in problems)
