"""What happens in a run, all of it drawn from one seed: requests, faults, and what users do."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

USERS = 20
FAULTY = 0.3  # of the generations
PUBLIC = 0.15  # made by a public endpoint of RunPod's: without claims, and by links

Rules = Callable[[Mapping[str, Any]], list[dict[str, Any]]]


def _on_request(operation: str, count: int = 1, **action: Any) -> Rules:
    return lambda match: [
        {"match": {**match, "operation": operation}, "action": action, "count": count}
    ]


def _on_job(**action: Any) -> Rules:
    return lambda match: [{"match": dict(match), "action": action}]


# Name of the fault -> rules of local.runpod for the jobs that match.
FAULTS: dict[str, Rules] = {
    "run_429": _on_request("run", type="http", status=429, retry_after=1),
    "run_503_twice": _on_request("run", 2, type="http", status=503),
    "run_500": _on_request("run", type="http", status=500),
    "run_400": _on_request("run", type="http", status=400),
    "run_hangs": _on_request("run", type="hang", seconds=1.5),
    "run_answer_lost": _on_request("run", type="accept_then_drop"),
    "run_answer_late": _on_request("run", type="delay", seconds=1.5),
    "status_500": _on_request("status", 3, type="http", status=500),
    "status_hangs": _on_request("status", type="hang", seconds=1.0),
    "status_404": _on_job(type="status_404"),
    "job_dropped": _on_job(type="drop_job"),
    "webhook_lost": _on_job(type="webhook_lost"),
    "webhook_repeated": _on_job(type="webhook_repeated", times=3),
    "webhook_late": _on_job(type="webhook_late", seconds=5.0),
    "webhook_reordered": _on_job(type="webhook_reordered", seconds=5.0),
    "worker_killed": _on_job(type="worker_kill", after_seconds=0.4),
    "worker_killed_twice": _on_job(type="worker_kill", after_seconds=0.4, times=2),
    "output_lost": _on_job(type="complete_without_output"),
    "output_forged": _on_job(
        type="output", output={"images": ["https://attacker.invalid/x.png"], "uploaded": 1}
    ),
    "failure_forged": _on_job(type="fail", error="Traceback: forged by a worker"),
}
# What goes wrong with jobs of public endpoints beside that.
_LINKS: dict[str, Rules] = {
    "link_expired": _on_job(type="link", how="expired"),
    "link_elsewhere": _on_job(type="link", how="elsewhere", to="https://attacker.invalid/x.png"),
    "link_redirects": _on_job(type="link", how="redirect", to="http://127.0.0.1:9/x.png"),
    "link_to_a_page": _on_job(type="link", how="wrong_type"),
    "link_endless": _on_job(type="link", how="endless"),
    "filtered": _on_job(type="fail", error="Content flagged by the safety checker"),
}
_ALL = FAULTS | _LINKS
# Each costs a worker half a minute, so they are rarer.
_RARE = frozenset({"worker_killed", "worker_killed_twice"})
# Their jobs reach no worker.
NEVER_RUN = frozenset({"run_500", "run_400", "run_hangs", "job_dropped"})
# These take away what a worker has answered: with base64 in it, the only copy.
_OF_ANSWERS = frozenset({"output_lost", "output_forged", "failure_forged"})
# No worker of ours is there to be killed, and what it would forge is a link.
_OF_PUBLIC = [name for name in _ALL if name not in _RARE | {"output_forged"}]


@dataclass(frozen=True, slots=True)
class Move:
    """What a user does to a generation, so many seconds after it was accepted."""

    kind: str  #: cancel, discard, cancel_and_retry, retry_when_ended, all_at_once
    after: float


@dataclass(frozen=True, slots=True)
class Step:
    """One generation."""

    number: int
    user: int
    marker: str  #: unique words in its prompt, by which all evidence is put together
    request: dict[str, Any]
    key: str | None  #: its idempotency key
    repeats: int  #: how often the same call is made at the same time
    fault: str | None
    move: Move | None

    @property
    def public(self) -> bool:
        return "model" in self.request


def draw(count: int, seed: int) -> list[Step]:
    """The steps of a run."""
    chance = random.Random(seed)
    return [_step(number, seed, chance) for number in range(count)]


def without_loss(step: Step) -> Step:
    """The same step, where the media travel in the answer that its fault would take away."""
    return replace(step, fault=None) if step.fault in _OF_ANSWERS else step


def rules(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The faults of the first attempts, for `PUT /local/faults`; a retry meets none."""
    found = []
    for step in steps:
        prompt = {"prompt": step.request["prompt"]}
        if step.fault is not None and step.public:
            # It is not told its attempt; the first job that matches is that of the first one.
            found += [{"count": 1, **one} for one in _ALL[step.fault]({"input": prompt})]
        elif step.fault is not None:
            found += FAULTS[step.fault]({"input": {**prompt, "attempt": 1}})
    return found


def _step(number: int, seed: int, chance: random.Random) -> Step:
    marker = f"quokka-{seed}-{number}-{chance.getrandbits(40):010x}"
    fault = _fault(chance) if chance.random() < FAULTY else None
    repeats = 2 if chance.random() < 0.05 else 1
    has_key = repeats > 1 or chance.random() < 0.5
    step = Step(
        number,
        chance.randrange(USERS),
        marker,
        _request(marker, chance),
        f"key-{marker}" if has_key else None,
        repeats,
        fault,
        _move(fault, chance),
    )
    # By a chance of its own: all else is drawn as if there were no such jobs.
    other = random.Random(f"{seed} {number}")
    return _at_a_public_endpoint(step, other) if other.random() < PUBLIC else step


def _at_a_public_endpoint(step: Step, chance: random.Random) -> Step:
    asked = {"task_type": "text2img", "model": "flux-schnell", "steps": 1, "num_images": 1}
    size = {"width": 256, "height": 256}
    request = {**asked, **size, "prompt": step.request["prompt"]}
    fault = chance.choice(_OF_PUBLIC) if chance.random() < 2 * FAULTY else None
    return replace(step, request=request, fault=fault)


def _fault(chance: random.Random) -> str:
    names = list(FAULTS)
    return chance.choices(names, [0.5 if name in _RARE else 1.0 for name in names])[0]


def _request(marker: str, chance: random.Random) -> dict[str, Any]:
    common = {
        "prompt": f"a small study of {marker}",
        "steps": 1,
        "extra": {"pause_seconds": round(chance.choice((0.0, 0.2, 0.5, 1.5)), 1)},
    }
    if chance.random() < 0.1:
        size = {"video_width": 256, "video_height": 256, "num_frames": 4, "fps": 4}
        return {"task_type": "text2video", **common, **size}
    count = 3 if chance.random() < 0.1 else 1
    return {"task_type": "text2img", **common, "width": 256, "height": 256, "num_images": count}


def _move(fault: str | None, chance: random.Random) -> Move | None:
    after = chance.uniform(0, 3)
    if fault in NEVER_RUN | _RARE and chance.random() < 0.5:
        return Move("retry_when_ended", 0)
    kinds = {
        "cancel": 0.08,
        "discard": 0.06,
        "cancel_and_retry": 0.06,
        "all_at_once": 0.03,
        "retry_when_ended": 0.03,
    }
    drawn = chance.random()
    for kind, share in kinds.items():
        if drawn < share:
            return Move(kind, after)
        drawn -= share
    return None
