"""What an endpoint's GPUs are and cost, by RunPod's catalog; the file's own list is compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firepod.models.model import OF_GPU, Model
from tools.runpod.endpoints_file import Endpoint, Pool, alike
from tools.runpod.errors import Stopped

_ALIKE = 0.02  # a share by which a price may differ and be the same


@dataclass(frozen=True, slots=True)
class Cost:
    """What an endpoint costs, in dollars."""

    seconds: Mapping[str, float]  #: of each pool, a second of one GPU
    gpus: int
    min_workers: int
    max_workers: int

    @property
    def dearest(self) -> float:
        """A second of a worker in the dearest pool."""
        return max(self.seconds.values()) * self.gpus

    @property
    def worst_hour(self) -> float:
        """With every worker at work."""
        return self.dearest * 3600 * self.max_workers

    def lines(self) -> Iterator[str]:
        """For a terminal."""
        for pool, price in self.seconds.items():
            yield f"{pool}: ${price:.5f} a second, ${price * 3600:.2f} an hour"
        yield f"at most ${self.worst_hour:.2f} an hour, with {self.max_workers} workers at work"
        if self.min_workers:
            always = self.dearest * 3600 * self.min_workers
            yield f"at least ${always:.2f} an hour, with nothing to do (min = {self.min_workers})"


def cost_of(name: str, endpoint: Endpoint, gpus: Sequence[Mapping[str, Any]]) -> Cost:
    """What an endpoint costs by the catalog.

    Raises:
        Stopped: there is no such pool or type, or too little memory for the model.
    """
    pools = {str(one["pool"]): None for one in gpus if one.get("pool")}
    types = {str(one.get("id")): one for one in gpus}
    for pool in endpoint.pools:
        if pool not in pools:
            raise Stopped(f"{name}: RunPod has no pool {pool}{_near(pool, pools, gpus)}")
    for excluded in endpoint.excluded:
        if types.get(excluded, {}).get("pool") not in endpoint.pools:
            own = [key for key, one in types.items() if one.get("pool") in endpoint.pools]
            raise Stopped(f"{name}: its pools have no {excluded}{alike(excluded, own)}")
    prices = {}
    for pool in endpoint.pools:
        taken = [
            one
            for one in gpus
            if one.get("pool") == pool and one.get("id") not in endpoint.excluded
        ]
        for one in taken:
            if int(one.get("memory") or 0) < endpoint.memory_gb:
                model = endpoint.environment["FIREPOD_MODEL"]
                raise Stopped(
                    f"{name}: {model} takes {endpoint.memory_gb:g} GB, and {one['id']} of {pool}"
                    f" has {one.get('memory')}: leave the pool out, or name it in `excluded`."
                )
        hours = [one["price"]["serverless"] for one in taken if _has_price(one)]
        if hours:
            prices[pool] = max(hours) / 3600
    if len(prices) < len(endpoint.pools):
        raise Stopped(f"{name}: RunPod's catalog has no price for all of its pools.")
    return Cost(prices, endpoint.gpus, endpoint.workers.min, endpoint.workers.max)


def notes(
    endpoint: Endpoint, cost: Cost, pools: Mapping[str, Pool], models: Mapping[str, Model]
) -> Iterator[str]:
    """Where a price that the repository has is not RunPod's."""
    for pool, price in cost.seconds.items():
        listed = pools[pool].usd_per_second if pool in pools else None
        if listed is not None and not _same(listed, price):
            yield f"{pool} costs ${price:.5f} a second; the file says ${listed:.5f}"
    for model in models.values():
        if model.endpoint not in endpoint.parameters:
            continue
        listed = model.price["usd"] if model.price and model.price["per"] == OF_GPU else 0
        if not _same(listed, cost.dearest):
            had = f"${listed:.5f}" if listed else "no price"
            yield f"{model.id} has {had} in models.toml, not ${cost.dearest:.5f} a second"


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _ALIKE * max(one, other)


def _has_price(gpu: Mapping[str, Any]) -> bool:
    price = gpu.get("price")
    value = price.get("serverless") if isinstance(price, dict) else None
    return isinstance(value, int | float) and value > 0


def _near(pool: str, pools: Mapping[str, Any], gpus: Sequence[Mapping[str, Any]]) -> str:
    """What was meant: the pool of a GPU by its name, or a pool of a name like it."""
    for one in gpus:
        if pool.lower() in {str(one.get("id")).lower(), str(one.get("name")).lower()}:
            of = one.get("pool")
            return f"; that is a GPU of {of}" if of else "; that GPU is in no pool"
    return alike(pool, pools)
