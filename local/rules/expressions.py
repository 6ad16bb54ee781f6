"""The expression parser, by operator precedence (Pratt).

Precedence as documented in https://firebase.google.com/docs/rules/rules-language: postfix, unary,
`* / %`, `+ -`, `< <= > >=`, `in` and `is`, `== !=`, `&&`, `||`, `?:`.
"""

from typing import Literal, NoReturn, cast

from local.rules import syntax
from local.rules.issues import Issue, RulesError
from local.rules.tokens import Token, Tokenizer
from local.rules.values import INT_MAX, TYPE_TESTS

_PRECEDENCE = {
    "?": 1,
    "||": 2,
    "&&": 3,
    **dict.fromkeys(["==", "!="], 4),
    **dict.fromkeys(["in", "is"], 5),
    **dict.fromkeys(["<", "<=", ">", ">="], 6),
    **dict.fromkeys(["+", "-"], 7),
    **dict.fromkeys(["*", "/", "%"], 8),
}
_UNARY = 9
_KEYWORDS = {"true": True, "false": False, "null": None}
_RESERVED = frozenset({"in", "is", "if", "let", "return", "match", "allow", "function", "service"})
MAX_DEPTH = 100
"""How deep an expression may nest; far beyond what people write, well within Python's stack."""


class ExpressionParser:
    """Parses expressions from a stream of tokens with one token of look-ahead."""

    def __init__(self, source: str) -> None:
        self.tokens = Tokenizer(source)
        self.current = self.tokens.next()
        self._depth = 0

    # -- the stream

    def advance(self) -> Token:
        token = self.current
        self.current = self.tokens.next()
        return token

    def at(self, text: str) -> bool:
        return self.current.kind in ("symbol", "name") and self.current.text == text

    def accept(self, text: str) -> bool:
        if self.at(text):
            self.advance()
            return True
        return False

    def expect(self, text: str) -> Token:
        if not self.at(text):
            self.fail(f"Unexpected {self.describe()}, expected '{text}'.")
        return self.advance()

    def expect_name(self, what: str) -> Token:
        if self.current.kind != "name" or self.current.text in _RESERVED:
            self.fail(f"Unexpected {self.describe()}, expected {what}.")
        return self.advance()

    def describe(self) -> str:
        return "end of file" if self.current.kind == "end" else f"'{self.current.text}'"

    def fail(self, description: str, at: Token | None = None) -> NoReturn:
        token = at or self.current
        raise RulesError([Issue(token.line, token.column, description)])

    # -- expressions

    def expression(self, minimum: int = 0) -> syntax.Node:
        """Parse operators that bind at least as tightly as `minimum`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.fail("Expression is nested too deeply.")
        left = self._unary()
        steps = 0
        while True:
            operator = self.current
            precedence = _PRECEDENCE.get(operator.text, -1)
            if operator.kind not in ("symbol", "name") or precedence < max(minimum, 0):
                break
            self.advance()
            before = left
            left = self._infix(operator, left, precedence)
            # a chain of && or || is one flat node; of anything else it nests to the left
            steps += not (isinstance(before, syntax.Logical) and isinstance(left, syntax.Logical))
            if steps > MAX_DEPTH:
                self.fail("Expression is nested too deeply.", operator)
        self._depth -= 1
        return left

    def _infix(self, operator: Token, left: syntax.Node, precedence: int) -> syntax.Node:
        position = (left.line, left.column)
        text = operator.text
        if text == "?":
            when_true = self.expression()
            self.expect(":")
            return syntax.Conditional(*position, left, when_true, self.expression(precedence))
        if text == "is":
            name = self.expect_name("a type")
            if name.text not in TYPE_TESTS:
                self.fail(f"Unknown type '{name.text}'.", name)
            return syntax.TypeTest(*position, left, name.text)
        right = self.expression(precedence + 1)
        if text in ("&&", "||"):
            chain = isinstance(left, syntax.Logical) and left.operator == text
            operands = cast("syntax.Logical", left).operands if chain else (left,)
            logical = cast("Literal['&&', '||']", text)
            return syntax.Logical(*position, logical, (*operands, right))
        return syntax.Binary(*position, text, left, right)

    def _unary(self) -> syntax.Node:
        token = self.current
        if not (self.at("!") or self.at("-")):
            return self._postfix()
        self.advance()
        if token.text == "-" and self.current.kind in ("int", "float"):
            number = self.advance()
            negative = syntax.Constant(token.line, token.column, -cast("float", number.value))
            return self._postfix(negative)
        operand = self.expression(_UNARY)
        operator = cast("Literal['!', '-']", token.text)
        return syntax.Unary(token.line, token.column, operator, operand)

    def _postfix(self, node: syntax.Node | None = None) -> syntax.Node:
        node = node or self._primary()
        steps = 0
        while self.at(".") or self.at("["):
            steps += 1
            if steps > MAX_DEPTH:
                self.fail("Expression is nested too deeply.")
            position = (self.current.line, self.current.column)
            if self.accept("["):
                index = self.expression()
                if self.accept(":"):
                    node = syntax.Slice(*position, node, index, self.expression())
                else:
                    node = syntax.Index(*position, node, index)
                self.expect("]")
                continue
            self.advance()
            if self.current.kind != "name":
                self.fail(f"Unexpected {self.describe()}, expected a field or a function.")
            name = self.advance()
            position = (name.line, name.column)
            if self.at("("):
                node = syntax.MethodCall(*position, node, name.text, self._arguments())
            else:
                node = syntax.Member(*position, node, name.text)
        return node

    def _arguments(self) -> tuple[syntax.Node, ...]:
        self.expect("(")
        return self._items(")")

    def _items(self, closing: str) -> tuple[syntax.Node, ...]:
        items: list[syntax.Node] = []
        while not self.accept(closing):
            items.append(self.expression())
            if not self.at(closing):
                self.expect(",")
        return tuple(items)

    def _primary(self) -> syntax.Node:
        token = self.current
        position = (token.line, token.column)
        if token.kind in ("string", "bytes", "int", "float"):
            self.advance()
            if token.kind == "int" and cast("int", token.value) > INT_MAX:
                self.fail("Integer is out of range.", token)
            return syntax.Constant(*position, token.value)
        if token.kind == "name" and token.text in _KEYWORDS:
            self.advance()
            return syntax.Constant(*position, _KEYWORDS[token.text])
        if token.kind == "name" and token.text not in _RESERVED:
            self.advance()
            if self.at("("):
                return syntax.Call(*position, token.text, self._arguments())
            return syntax.Variable(*position, token.text)
        if self.at("/"):
            return self._path()
        if self.accept("("):
            inner = self.expression()
            self.expect(")")
            return inner
        if self.accept("["):
            return syntax.ListLiteral(*position, self._items("]"))
        if self.accept("{"):
            return self._map(position)
        return self.fail(f"Unexpected {self.describe()}.")

    def _map(self, position: tuple[int, int]) -> syntax.MapLiteral:
        entries: list[tuple[syntax.Node, syntax.Node]] = []
        while not self.accept("}"):
            key = self.expression()
            self.expect(":")
            entries.append((key, self.expression()))
            if not self.at("}"):
                self.expect(",")
        return syntax.MapLiteral(*position, tuple(entries))

    def _path(self) -> syntax.PathLiteral:
        """Parse `/a/$(expression)/(default)`; no space is allowed between segments."""
        first = self.current
        self.tokens.rewind(first)
        segments: list[str | syntax.Node] = []
        while self.tokens.take("/"):
            if self.tokens.take("$("):
                self.current = self.tokens.next()
                segments.append(self.expression())
                if not self.at(")"):
                    self.fail(f"Unexpected {self.describe()}, expected ')'.")
                # the look-ahead is the parenthesis: what follows it is read as a path again
            elif found := self.tokens.take_segment():
                segments.append(found[0])
            else:
                raise self.tokens.error(self.tokens.offset, "Expected a path segment.")
        self.current = self.tokens.next()
        return syntax.PathLiteral(first.line, first.column, tuple(segments))
