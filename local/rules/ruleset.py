"""The engine's front door: compile a file, decide requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.rules.checks import check_program, check_source
from local.rules.evaluator import Evaluator
from local.rules.issues import EvaluationError, Issue, LimitExceeded, RulesError
from local.rules.lookups import CALLS_PER_REQUEST, AccessBudget, Documents, Lookups, NoDocuments
from local.rules.parser import parse
from local.rules.patterns import Segment, match_pattern
from local.rules.program import Program, Rule, build_program
from local.rules.values import Value

MAX_SOURCE_SIZE = 256 * 1024
NO_MATCH = "No matching allow statements"


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is empty if allowed, otherwise it names every rule that was tried and its line."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: `service` such as cloud.firestore, `method` one of syntax.METHODS.

    `path` starts right below the service (`databases`, ... or `b`, ...); `variables` are `request`
    and `resource`.
    """

    service: str
    method: str
    path: tuple[Segment, ...]
    variables: Mapping[str, Value]


@dataclass(frozen=True)
class Ruleset:
    """A compiled file. It holds no state: use it from as many threads as you like."""

    name: str
    program: Program
    warnings: tuple[Issue, ...]

    @property
    def version(self) -> int:
        return self.program.version

    def evaluate(
        self,
        request: Request,
        documents: Documents | None = None,
        shared_budget: AccessBudget | None = None,
    ) -> Decision:
        """Decide one request: any rule that matches and is true grants.

        `shared_budget` also counts the documents looked up, for several requests together.
        """
        return self.evaluate_all([request], documents, shared_budget)

    def evaluate_all(
        self,
        requests: Sequence[Request],
        documents: Documents | None = None,
        shared_budget: AccessBudget | None = None,
    ) -> Decision:
        """Decide the cases of one request: each of them must be granted (a query's disjuncts)."""
        limit = CALLS_PER_REQUEST[requests[0].service] if requests else 0
        budgets = [AccessBudget(limit)]
        if shared_budget is not None:
            budgets.append(shared_budget)
        lookups = Lookups(documents or NoDocuments(), *budgets)
        for request in requests:
            decision = self._decide(request, lookups)
            if not decision.allowed:
                return decision
        return Decision(allowed=bool(requests), reason="" if requests else NO_MATCH)

    def _decide(self, request: Request, lookups: Lookups) -> Decision:
        evaluator = Evaluator(request.service, request.variables, lookups)
        denials: list[str] = []
        for rule in self.program.rules:
            if rule.service != request.service or request.method not in rule.allow.methods:
                continue
            captures = match_pattern(rule.pattern, request.path, self.version)
            if captures is None:
                continue
            try:
                denial = _denial(evaluator, rule, captures)
            except LimitExceeded as error:
                denials.append(f"{error.message} for '{request.method}' @ L{rule.allow.line}")
                break
            if denial is None:
                return Decision(allowed=True)
            denials.append(f"{denial} for '{request.method}' @ L{rule.allow.line}")
        return Decision(allowed=False, reason=", ".join(denials) or NO_MATCH)


def _denial(evaluator: Evaluator, rule: Rule, captures: list[Value]) -> str | None:
    """Return why a rule does not grant, or None if it does."""
    try:
        value = evaluator.condition(rule, captures)
    except LimitExceeded:
        raise
    except EvaluationError as error:
        return error.message
    except RecursionError:
        raise LimitExceeded("Expressions are nested too deeply.") from None
    return None if value is True else "false"


def compile_rules(source: str, name: str) -> Ruleset:
    """Compile a rules file; `name` is for messages. Raises RulesError with all issues."""
    if len(source.encode("utf-8", "replace")) > MAX_SOURCE_SIZE:
        raise RulesError([Issue(1, 1, f"A ruleset may hold at most {MAX_SOURCE_SIZE} bytes.")])
    try:
        tree = parse(source)
        program = build_program(tree)
        issues = [*tree.warnings, *check_source(tree), *check_program(program)]
    except RecursionError:
        raise RulesError([Issue(1, 1, "The ruleset is nested too deeply.")]) from None
    if any(issue.severity == "ERROR" for issue in issues):
        raise RulesError(issues)
    return Ruleset(name, program, tuple(issues))
