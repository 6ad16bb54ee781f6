"""Firebase Security Rules: a compiler and an evaluator, shared by Firestore and Storage."""

from local.rules.issues import Issue, RulesError
from local.rules.ruleset import Decision, Request, Ruleset, compile_rules

__all__ = ["Decision", "Issue", "Request", "RulesError", "Ruleset", "compile_rules"]
