"""From a rules file to what decides about requests."""

from __future__ import annotations

import logging
import pathlib

from local.firestore.authorization import RulesAuthorizer
from local.firestore.authorizer import Authorizer
from local.rules import compile_rules
from local.rules.issues import Issue, RulesError

_log = logging.getLogger(__name__)

# What stands in for rules that do not compile: nothing is allowed.
_CLOSED = "service cloud.firestore { match /databases/{database}/documents {} }"


def load_rules(source: str, name: str) -> tuple[Authorizer | None, list[Issue]]:
    """Compile rules, and list what is to be said about them; None if they do not compile."""
    try:
        ruleset = compile_rules(source, name)
    except RulesError as error:
        return None, error.issues
    return RulesAuthorizer(ruleset), list(ruleset.warnings)


def load_rules_file(path: pathlib.Path) -> Authorizer:
    """Compile the file that the server was started with; a broken one denies everything.

    Raises OSError or UnicodeDecodeError for a file that cannot be read.
    """
    authorizer, issues = load_rules(path.read_text(encoding="utf-8"), str(path))
    for issue in issues:
        _log.warning(
            "%s:%d:%d - %s %s", path, issue.line, issue.column, issue.severity, issue.description
        )
    if authorizer is None:
        _log.error("%s does not compile: every request is denied until it does", path)
        return RulesAuthorizer(compile_rules(_CLOSED, str(path)))
    return authorizer
