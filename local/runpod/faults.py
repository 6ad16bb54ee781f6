"""Rules by which things go wrong, set over HTTP: which requests or jobs, and what happens to them.

A rule is `{"match": {...}, "action": {"type": ...}, "every": n, "probability": p, "seed": s,
"skip": n, "count": n}`. Actions on requests are decided at each request that matches, actions on
jobs once, when the job is submitted.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt, TypeAdapter

Operation = Literal[
    "run", "runsync", "status", "stream", "cancel", "retry", "purge-queue", "health",
    "job-take", "job-done", "job-stream", "job-stop", "ping",
]  # fmt: skip


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Http(_Model):
    """Answer with this status; nothing is processed."""

    type: Literal["http"]
    status: int = Field(ge=400, le=599)
    retry_after: int | None = None


class Hang(_Model):
    """Say nothing for so long, then close the connection; nothing is processed."""

    type: Literal["hang"]
    seconds: NonNegativeFloat


class Delay(_Model):
    """Process the request only after so long."""

    type: Literal["delay"]
    seconds: NonNegativeFloat


class AcceptThenDrop(_Model):
    """Process the request and close the connection without an answer."""

    type: Literal["accept_then_drop"]


class DropJob(_Model):
    """Accept the job and never run it."""

    type: Literal["drop_job"]


class WebhookLost(_Model):
    """Deliver no callback."""

    type: Literal["webhook_lost"]


class WebhookRepeated(_Model):
    """Deliver the callback so often, each time as if it were the first."""

    type: Literal["webhook_repeated"]
    times: int = Field(default=2, ge=2)


class WebhookLate(_Model):
    """Deliver the callback so much later."""

    type: Literal["webhook_late"]
    seconds: NonNegativeFloat


class WebhookReordered(_Model):
    """Hold the callback back until the endpoint's next one was delivered, so long at most."""

    type: Literal["webhook_reordered"]
    seconds: NonNegativeFloat = 5.0


class WebhookForged(_Model):
    """Let somebody else call back while the job runs.

    Twice: at the job's URL with a result not its own, and at a URL that was never given out.
    """

    type: Literal["webhook_forged"]


class Forget(_Model):
    """Know nothing of the job any more: it is deleted, and a worker that has it is told to stop."""

    type: Literal["forget"]


class WorkerKill(_Model):
    """Kill the process group of the worker with SIGKILL while it has the job.

    At once, after so many seconds, or when it reports this progress (a number, or an object with
    one in `progress`), whichever of the given ones comes first; as often as the job is taken, up
    to `times`.
    """

    type: Literal["worker_kill"]
    after_seconds: NonNegativeFloat | None = None
    after_progress: float | None = None
    times: PositiveInt = 1


class CompleteWithoutOutput(_Model):
    """Let the job run and lose its result: COMPLETED without output."""

    type: Literal["complete_without_output"]


class Output(_Model):
    """Let the job run and put this in the place of its result."""

    type: Literal["output"]
    output: Any


class Fail(_Model):
    """Let the job run and put this error in the place of its result."""

    type: Literal["fail"]
    error: str


class Status404(_Model):
    """Run the job as usual, but know nothing of it when its status is asked for."""

    type: Literal["status_404"]


class Link(_Model):
    """Let the job run, and let something be wrong with the link to its result.

    It leads `to` another place or redirects there, is over its time, hangs, serves a page in the
    place of the file, or goes on to two gigabytes, with and without having said so.
    """

    type: Literal["link"]
    how: Literal["elsewhere", "redirect", "expired", "hangs", "wrong_type", "endless", "huge"]
    to: str = "https://example.com/output"
    seconds: NonNegativeFloat = 60.0  #: of hanging


RequestAction = Http | Hang | Delay | AcceptThenDrop
JobAction = (
    DropJob
    | WebhookLost
    | WebhookRepeated
    | WebhookLate
    | WebhookReordered
    | WebhookForged
    | WorkerKill
    | Forget
    | CompleteWithoutOutput
    | Output
    | Fail
    | Status404
    | Link
)
# What can still happen to a job that was accepted before.
LaterAction = (
    WebhookLost | WebhookRepeated | WebhookLate | WebhookForged
    | WorkerKill | Forget | CompleteWithoutOutput | Output | Fail | Status404
)  # fmt: skip


class Match(_Model):
    """What a rule applies to; what is absent matches everything."""

    endpoint: str | None = None
    operation: Operation | None = None  #: absent: /run and /runsync
    input: Mapping[str, Any] = Field(
        default_factory=dict
    )  #: fields of the job's input, by equality

    def fits(self, endpoint: str, operation: str, job_input: Mapping[str, Any]) -> bool:
        return (
            self.endpoint in {None, endpoint}
            and operation in ({self.operation} if self.operation else {"run", "runsync"})
            and all(
                name in job_input and job_input[name] == value for name, value in self.input.items()
            )
        )


class Rule(_Model):
    match: Match = Match()
    action: Annotated[RequestAction | JobAction, Field(discriminator="type")]
    every: PositiveInt = 1  #: the n-th, 2n-th, ... match
    probability: float = Field(default=1.0, ge=0, le=1)
    seed: int = 0  #: of the probability
    skip: int = Field(default=0, ge=0)  #: so many matches first
    count: PositiveInt | None = None  #: so often at most


_RULES: TypeAdapter[list[Rule]] = TypeAdapter(list[Rule])
_LATER: TypeAdapter[list[LaterAction]] = TypeAdapter(
    list[Annotated[LaterAction, Field(discriminator="type")]]
)


def parse_rules(body: bytes) -> list[Rule]:
    """Parse a JSON list of rules; pydantic's ValidationError names what is wrong."""
    return _RULES.validate_json(body)


def parse_later(body: bytes) -> list[LaterAction]:
    """Parse a JSON list of actions for a job that exists; errors as those of `parse_rules`."""
    return _LATER.validate_json(body)


class _Armed:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.matched = 0
        self.applied = 0
        self._random = random.Random(rule.seed)  # noqa: S311 - faults are to be repeatable

    @property
    def is_used_up(self) -> bool:
        return self.rule.count is not None and self.applied >= self.rule.count

    def strikes(self) -> bool:
        rule = self.rule
        self.matched += 1
        after_skip = self.matched - rule.skip
        if after_skip < 1 or after_skip % rule.every or self.applied == rule.count:
            return False
        if self._random.random() >= rule.probability:
            return False
        self.applied += 1
        return True


class Faults:
    """The rules in force and what they have done."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def replace(self, rules: Sequence[Rule]) -> None:
        self._armed = [_Armed(rule) for rule in rules]

    def add(self, rules: Sequence[Rule]) -> None:
        """Put rules after those in force; what has struck as often as it may goes."""
        self._armed = [each for each in self._armed if not each.is_used_up]
        self._armed += [_Armed(rule) for rule in rules]

    def describe(self) -> list[dict[str, Any]]:
        return [
            {
                **armed.rule.model_dump(mode="json", exclude_defaults=True),
                "matched": armed.matched,
                "applied": armed.applied,
            }
            for armed in self._armed
        ]

    def on_request(
        self, endpoint: str, operation: str, job_input: Mapping[str, Any]
    ) -> RequestAction | None:
        """Decide what happens to one request: the first rule that strikes."""
        for armed in self._armed:
            action = armed.rule.action
            if (
                isinstance(action, RequestAction)
                and armed.rule.match.fits(endpoint, operation, job_input)
                and armed.strikes()
            ):
                return action
        return None

    def on_job(
        self, endpoint: str, operation: str, job_input: Mapping[str, Any]
    ) -> tuple[JobAction, ...]:
        """Decide what happens to one job, at its submit: every rule that strikes."""
        return tuple(
            armed.rule.action
            for armed in self._armed
            if isinstance(armed.rule.action, JobAction)
            and armed.rule.match.fits(endpoint, operation, job_input)
            and armed.strikes()
        )
