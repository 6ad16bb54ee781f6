"""From syntax to a program: one flat list of rules, each with the functions that it can see."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from local.rules import syntax
from local.rules.patterns import Pattern


@dataclass(eq=False)
class Scope:
    """A block: its functions, and how many wildcards of the path are visible in it."""

    parent: "Scope | None"
    wildcards: tuple[str, ...]
    functions: dict[str, syntax.Function] = field(default_factory=dict)

    def find(self, name: str) -> "tuple[syntax.Function, Scope] | None":
        """Return the nearest function of that name and the scope that its body sees."""
        if name in self.functions:
            return self.functions[name], self
        return self.parent.find(name) if self.parent else None


@dataclass(frozen=True, eq=False)
class Rule:
    """One allow statement with the whole pattern of the matches around it."""

    service: str
    pattern: Pattern
    allow: syntax.Allow
    scope: Scope


@dataclass(frozen=True, eq=False)
class Program:
    version: int
    rules: tuple[Rule, ...]
    scopes: tuple[tuple[str, Scope], ...]
    """Every block with the service that it belongs to ("" outside of services)."""


def build_program(source: syntax.SourceFile) -> Program:
    scopes: list[tuple[str, Scope]] = []

    def scope(
        service: str,
        parent: Scope | None,
        wildcards: tuple[str, ...],
        functions: tuple[syntax.Function, ...],
    ) -> Scope:
        made = Scope(parent, wildcards, {function.name: function for function in functions})
        scopes.append((service, made))
        return made

    def flatten(service: str, match: syntax.Match, parent: Scope, outer: Pattern) -> Iterator[Rule]:
        names = [part.name for part in match.pattern if isinstance(part, syntax.Wildcard)]
        pattern = outer + match.pattern
        inner = scope(service, parent, (*parent.wildcards, *names), match.functions)
        for allow in match.allows:
            yield Rule(service, pattern, allow, inner)
        for nested in match.matches:
            yield from flatten(service, nested, inner, pattern)

    top = scope("", None, (), source.functions)
    rules: list[Rule] = []
    for service in source.services:
        body = scope(service.name, top, (), service.functions)
        for match in service.matches:
            rules.extend(flatten(service.name, match, body, ()))
    return Program(source.version, tuple(rules), tuple(scopes))
