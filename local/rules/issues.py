"""What a compiler has to say about a rules file, and the two ways in which rules fail."""

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["ERROR", "WARNING"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One remark about the source. Lines and columns count from 1."""

    line: int
    column: int
    description: str
    severity: Severity = "ERROR"

    def to_json(self, file_name: str) -> dict[str, Any]:
        """Answer in the shape that firebase-tools reads from `PUT :securityRules`."""
        return {
            "sourcePosition": {"fileName": file_name, "line": self.line, "column": self.column},
            "severity": self.severity,
            "description": self.description,
        }

    def __str__(self) -> str:
        return f"L{self.line}:{self.column} {self.description}"


class RulesError(Exception):
    """The source does not compile; `issues` says where and why."""

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__("; ".join(str(issue) for issue in issues))
        self.issues = issues


class EvaluationError(Exception):
    """An expression has no value. `||` and `&&` may absorb it; otherwise it denies."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class LimitExceeded(EvaluationError):
    """A documented limit was reached. Nothing absorbs it: the whole request is denied."""
