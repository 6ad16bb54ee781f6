"""The Storage rules runtime that firebase-tools talks to, one JSON object per line on stdio.

`python -m local.rules.storage_runtime`. It answers `load_ruleset` and `verify`, and asks for
Firestore documents in between. Whatever goes wrong, the answer has status "ok", since it waits for
ever otherwise, and nothing is written to stderr, which it would show as a warning.
"""

import io
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from urllib.parse import quote

from local.rules.expression_values import from_expression_value, from_rest_fields
from local.rules.issues import EvaluationError, Issue, RulesError
from local.rules.ruleset import Decision, Request, Ruleset, compile_rules
from local.rules.values import Path, Value

SERVICE = "firebase.storage"
Message = dict[str, Any]

# What reading a message can raise if it is of another form than firebase-tools sends.
_MALFORMED = (
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    RecursionError,
)


class _DocumentNeeded(Exception):
    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(str(Path(path)))
        self.path = path


@dataclass
class _Verification:
    """A `verify` under way, with the documents that arrived so far."""

    message_id: Any
    ruleset: Ruleset
    request: Request
    found: dict[tuple[str, ...], Value] = field(default_factory=dict)
    awaited: tuple[str, ...] | None = None

    def before(self, path: tuple[str, ...]) -> Value:
        """Look a document up; one that is not here yet interrupts the evaluation."""
        if path not in self.found:
            is_document = len(path) >= 5 and len(path) % 2 == 1
            if path[:1] != ("databases",) or path[2:3] != ("documents",) or not is_document:
                raise EvaluationError(f"{Path(path)} is not the path of a document.")
            if {".", ".."} & set(path):
                raise EvaluationError(f"Invalid path {Path(path)}.")
            raise _DocumentNeeded(path)
        return self.found[path]

    def after(self, path: tuple[str, ...]) -> Value:
        """Look a document up; a Storage request changes none."""
        return self.before(path)


class StorageRuntime:
    """Holds rulesets and open verifications; `handle` turns one message into one answer."""

    def __init__(self) -> None:
        self._rulesets: dict[str, Ruleset] = {}
        self._open: dict[Any, _Verification] = {}

    def handle(self, message: Message) -> Message | None:
        """Answer a message, or return None if it answers one of ours that is forgotten."""
        message_id = message.get("id")
        try:
            match message.get("action"):
                case "load_ruleset":
                    return self._load(message_id, message["context"])
                case "verify":
                    return self._verify(message_id, message["context"])
                case None if "status" in message:
                    return self._continue(message_id, message)
                case action:
                    return _failure(message_id, f"Unknown action {action!r}.")
        except _MALFORMED as error:
            return _failure(message_id, f"Malformed message: {error!r}")

    def _load(self, message_id: Any, context: Message) -> Message:
        files = context["source"]["files"]
        if len(files) != 1:
            return _failure(message_id, "A ruleset is exactly one file.")
        name = str(files[0].get("name", "storage.rules"))
        try:
            ruleset = compile_rules(files[0]["content"], name)
        except RulesError as error:
            errors = [_issue_text(issue, name) for issue in error.issues]
            return _answer(message_id, {"rulesVersion": 0}, errors=errors)
        self._rulesets[context["rulesetName"]] = ruleset
        warnings = [_issue_text(issue, name) for issue in ruleset.warnings]
        return _answer(message_id, {"rulesVersion": ruleset.version}, warnings=warnings)

    def _verify(self, message_id: Any, context: Message) -> Message:
        ruleset = self._rulesets.get(context["rulesetName"])
        if ruleset is None:
            return _failure(message_id, f"No ruleset {context['rulesetName']!r} is loaded.")
        method = context["method"]
        variables = {
            name: from_expression_value(value) for name, value in context["variables"].items()
        }
        if isinstance(variables.get("request"), dict):
            variables["request"]["method"] = method
        # empty segments count: `a//b` is another object than `a/b`, and no wildcard takes them
        path = tuple(context["path"].removeprefix("/").split("/"))
        request = Request(SERVICE, method, path, variables)
        return self._evaluate(_Verification(message_id, ruleset, request))

    def _continue(self, message_id: Any, message: Message) -> Message | None:
        verification = self._open.pop(message_id, None)
        if verification is None or verification.awaited is None:
            return None
        path = verification.awaited
        result = message.get("result")
        found = message["status"] == "ok" and isinstance(result, dict)
        verification.found[path] = _resource(path, result) if found else None
        return self._evaluate(verification)

    def _evaluate(self, verification: _Verification) -> Message:
        """Evaluate from the start with what is known, until no document is missing."""
        message_id = verification.message_id
        try:
            decision = verification.ruleset.evaluate(verification.request, verification)
        except _DocumentNeeded as needed:
            verification.awaited = needed.path
            self._open[message_id] = verification
            # firebase-tools puts the path into a URL as it is
            path = "".join(f"/{quote(segment, safe='()')}" for segment in needed.path)
            return {
                "id": message_id,
                "server_request_id": message_id,
                "status": "ok",
                "action": "fetch_firestore_document",
                "context": {"path": path},
            }
        return _verdict(verification, decision)


def _verdict(verification: _Verification, decision: Decision) -> Message:
    request = verification.request
    path = Path(tuple(part for part in request.path if isinstance(part, str)))
    # firebase-tools logs warnings: this is how people learn which rule denied
    warnings = [] if decision.allowed else [f"denied: {request.method} {path}: {decision.reason}"]
    return _answer(verification.message_id, {"permit": decision.allowed}, warnings=warnings)


def _resource(path: tuple[str, ...], document: Message | None) -> Value:
    fields = (document or {}).get("fields") or {}
    return {"data": from_rest_fields(fields), "id": path[-1], "__name__": Path(path)}


def _issue_text(issue: Issue, file_name: str) -> str:
    """Put an issue into the JSON that firebase-tools parses for its log."""
    position = {"fileName_": file_name, "line_": issue.line, "column_": issue.column}
    return json.dumps({"description_": issue.description, "sourcePosition_": position})


def _answer(
    message_id: Any,
    result: Message,
    *,
    errors: list[str] | None = None,
    warnings: list[str] | None = None,
) -> Message:
    return {
        "id": message_id,
        "status": "ok",
        "errors": errors or [],
        "warnings": warnings or [],
        "result": result,
    }


def _failure(message_id: Any, description: str) -> Message:
    """Deny, and say why in the log."""
    return _answer(message_id, {"permit": False, "rulesVersion": 0}, errors=[description])


def serve(lines: Callable[[], str], write: Callable[[str], object]) -> None:
    """Answer every line until there are no more."""
    runtime = StorageRuntime()
    write(json.dumps({"id": -1, "status": "ok"}) + "\n")
    while line := lines():
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            continue  # without an id nobody could be told
        answer = runtime.handle(message) if isinstance(message, dict) else None
        if answer is not None:
            write(json.dumps(answer) + "\n")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main() -> None:
    """Serve stdin and stdout until SIGINT, SIGTERM or the end of the input."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)

    def write(line: str) -> None:
        sys.stdout.write(line)
        sys.stdout.flush()

    lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
    try:
        serve(lines.readline, write)
    except BrokenPipeError:
        raise SystemExit(0) from None


if __name__ == "__main__":
    main()
