"""The parser of declarations: versions, services, matches, allows and functions."""

from collections.abc import Callable

from local.rules import syntax
from local.rules.expressions import ExpressionParser
from local.rules.issues import Issue
from local.rules.tokens import Token

SERVICES = ("cloud.firestore", "firebase.storage")
_STATEMENTS = ("allow", "function", "let", "match", "return", "service")


def parse(source: str) -> syntax.SourceFile:
    """Parse a whole file; raises RulesError at the first place that is not in the grammar."""
    return _Parser(source).file()


class _Parser(ExpressionParser):
    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._warnings: list[Issue] = []

    def file(self) -> syntax.SourceFile:
        version = 1
        if self.accept("rules_version"):
            self.expect("=")
            token = self.advance()
            if token.kind != "string" or token.value not in ("1", "2"):
                self.fail(f"Unknown rules_version {token.text}, expected '1' or '2'.", token)
            version = int(token.value)
            self._end_of_statement()
        services: list[syntax.Service] = []
        functions: list[syntax.Function] = []
        while self.current.kind != "end":
            if self.at("service"):
                services.append(self._service())
            elif self.at("function"):
                functions.append(self._function())
            else:
                self.fail(f"Unexpected {self.describe()}, expected 'service'.")
        if not services:
            self.fail("A ruleset needs at least one service.")
        return syntax.SourceFile(version, tuple(services), tuple(functions), tuple(self._warnings))

    def _service(self) -> syntax.Service:
        start = self.expect("service")
        first = self.expect_name("a service")
        name = first.text
        while self.accept("."):
            name += "." + self.expect_name("a service").text
        if name not in SERVICES:
            self.fail(f"Unknown service '{name}', expected one of {', '.join(SERVICES)}.", first)
        matches: list[syntax.Match] = []
        functions: list[syntax.Function] = []
        self._block(
            {
                "match": lambda: matches.append(self._match(1)),
                "function": lambda: functions.append(self._function()),
            }
        )
        return syntax.Service(start.line, start.column, name, tuple(matches), tuple(functions))

    def _match(self, depth: int) -> syntax.Match:
        start = self.current  # the look-ahead must not run into the path
        if depth > 10:
            self.fail("Matches are nested more than 10 deep.", start)
        pattern = self._pattern(start)
        matches: list[syntax.Match] = []
        allows: list[syntax.Allow] = []
        functions: list[syntax.Function] = []
        self._block(
            {
                "match": lambda: matches.append(self._match(depth + 1)),
                "allow": lambda: allows.append(self._allow()),
                "function": lambda: functions.append(self._function()),
            }
        )
        return syntax.Match(
            start.line, start.column, pattern, tuple(matches), tuple(allows), tuple(functions)
        )

    def _block(self, statements: dict[str, Callable[[], object]]) -> None:
        self.expect("{")
        while not self.accept("}"):
            read = statements.get(self.current.text) if self.current.kind == "name" else None
            if read is None:
                expected = ", ".join(f"'{keyword}'" for keyword in statements)
                self.fail(f"Unexpected {self.describe()}, expected {expected} or '}}'.")
            read()

    def _pattern(self, keyword: Token) -> tuple[str | syntax.Wildcard, ...]:
        self.advance()
        if not self.at("/"):
            self.fail(f"Unexpected {self.describe()}, expected a path.")
        self.tokens.rewind(self.current)
        pattern: list[str | syntax.Wildcard] = []
        while self.tokens.take("/"):
            offset = self.tokens.offset
            if self.tokens.take("{"):
                pattern.append(self._wildcard())
            elif found := self.tokens.take_segment():
                pattern.append(found[0])
            else:
                raise self.tokens.error(offset, "Expected a path segment.")
        self.current = self.tokens.next()
        if not pattern:
            self.fail("A match needs a path.", keyword)
        return tuple(pattern)

    def _wildcard(self) -> syntax.Wildcard:
        self.current = self.tokens.next()
        name = self.expect_name("the name of a wildcard").text
        recursive = False
        if self.accept("="):
            self.expect("*")
            recursive = self.accept("*")
        if not self.at("}"):
            self.fail(f"Unexpected {self.describe()}, expected '}}'.")
        return syntax.Wildcard(name, recursive)

    def _allow(self) -> syntax.Allow:
        start = self.expect("allow")
        methods: set[str] = set()
        while True:
            token = self.expect_name("a method")
            group = syntax.METHOD_GROUPS.get(token.text, (token.text,))
            if not set(group) <= set(syntax.METHODS):
                self.fail(f"Unknown method '{token.text}'.", token)
            methods.update(group)
            if not self.accept(","):
                break
        condition = None
        if self.accept(":"):
            if not self.accept("if"):
                self.fail("Missing 'if' before conditional expression.")
            condition = self.expression()
        self._end_of_statement()
        return syntax.Allow(start.line, start.column, frozenset(methods), condition)

    def _function(self) -> syntax.Function:
        self.expect("function")
        name = self.expect_name("the name of a function")
        self.expect("(")
        parameters: list[str] = []
        while not self.accept(")"):
            parameters.append(self.expect_name("a parameter").text)
            if not self.at(")"):
                self.expect(",")
        self.expect("{")
        bindings: list[tuple[str, syntax.Node]] = []
        while self.accept("let"):
            variable = self.expect_name("the name of a variable").text
            self.expect("=")
            bindings.append((variable, self.expression()))
            self._end_of_statement()
        self.expect("return")
        result = self.expression()
        self._end_of_statement()
        self.expect("}")
        return syntax.Function(
            name.line, name.column, name.text, tuple(parameters), tuple(bindings), result
        )

    def _end_of_statement(self) -> None:
        """Read the `;`, which published rules leave out: quietly before a `}`."""
        if self.at("}") or self.accept(";"):
            return
        token, missing = self.current, f"Missing ';' before {self.describe()}."
        if not any(map(self.at, _STATEMENTS)):
            self.fail(missing)
        self._warnings.append(Issue(token.line, token.column, missing, "WARNING"))
