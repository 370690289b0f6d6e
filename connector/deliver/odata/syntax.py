"""Expressions of ``$filter`` and ``$orderby`` as trees.

The grammar is OData's (ABNF Construction Rules 4.01, ``boolCommonExpr``). What it allows and the feed cannot answer
(lambda operators, geography, enumerations, type tests) is :class:`NotBuilt`; what it does not allow is QueryError.
Length, depth and number of terms are bounded.
https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html#sec_SystemQueryOptionfilter
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from connector.deliver.odata.tokens import NAME, OPERATOR, Constant, Token, tokens
from connector.errors import NotBuilt, QueryError, quote

MOST_DEPTH: Final = 50
MOST_HEIGHT: Final = 150
"""Most levels of a tree: brackets, and operators between them other than ``and`` and ``or``."""
MOST_TERMS: Final = 1_000
Comparison = Literal["eq", "ne", "gt", "ge", "lt", "le"]
COMPARISONS: Final[dict[str, Comparison]] = {"eq": "eq", "ne": "ne", "gt": "gt", "ge": "ge", "lt": "lt", "le": "le"}
MIRRORED: Final[dict[Comparison, Comparison]] = {
    "eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge",
}  # fmt: skip
_LOGICAL: Final = ("or", "and")
_LEVELS: Final = (
    *((operator,) for operator in _LOGICAL),
    ("eq", "ne"),
    ("gt", "ge", "lt", "le", "in"),
    ("add", "sub"),
    ("mul", "div", "divby", "mod"),
)
_NOT_BUILT: Final = ("has", "isof")


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a row, by its id."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A canonical function."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions joined by ``and``, ``or``, a comparison or an arithmetic operator."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Unary:
    """``not`` or ``-`` before an expression."""

    operator: Literal["not", "-"]
    part: Expression


@dataclass(frozen=True, slots=True)
class In:
    """A value that is one of a list."""

    part: Expression
    options: tuple[Expression, ...]


Expression = Constant | Property | Call | Binary | Unary | In


def parse_filter(text: str, aliases: Mapping[str, str]) -> Expression:
    """Read a ``$filter``; ``aliases`` are the values of ``@names``. Raises QueryError and NotBuilt."""
    return _Parser(text, "$filter", aliases).whole()


@dataclass(frozen=True, slots=True)
class Order:
    """One key of ``$orderby``."""

    property: str
    descending: bool = False


def parse_orderby(text: str) -> tuple[Order, ...]:
    """Read an ``$orderby`` of properties. Raises QueryError, and NotBuilt for computed keys."""
    parser = _Parser(text, "$orderby", {})
    found = [parser.order()]
    while parser.takes(","):
        found.append(parser.order())
    parser.end()
    return tuple(found)


def walk(tree: Expression) -> Iterator[Expression]:
    """Yield every part of an expression, itself first."""
    yield tree
    for part in _parts(tree):
        yield from walk(part)


def _parts(tree: Expression) -> tuple[Expression, ...]:
    if isinstance(tree, Binary):
        return tree.left, tree.right
    if isinstance(tree, Unary):
        return (tree.part,)
    if isinstance(tree, In):
        return tree.part, *tree.options
    return tree.arguments if isinstance(tree, Call) else ()


def _joined(operator: str, parts: Sequence[Expression]) -> Expression:
    """Join conditions in halves: hundreds in a row, as clients write lists, are few levels."""
    if len(parts) == 1:
        return parts[0]
    middle = (len(parts) + 1) // 2
    return Binary(operator, _joined(operator, parts[:middle]), _joined(operator, parts[middle:]))


def conjuncts(tree: Expression) -> Iterator[Expression]:
    """Yield the parts of a condition that must all hold."""
    if isinstance(tree, Binary) and tree.operator == "and":
        yield from conjuncts(tree.left)
        yield from conjuncts(tree.right)
    else:
        yield tree


class _Parser:
    def __init__(self, text: str, place: str, aliases: Mapping[str, str]) -> None:
        self._place, self._aliases = place, aliases
        self._tokens: list[Token] = tokens(text, place)
        self._at = 0
        self._depth = 0
        self._terms = 0

    def whole(self) -> Expression:
        found = self._level(0)
        self.end()
        self._check_height(found)
        return found

    def _check_height(self, tree: Expression) -> None:
        """Everything that goes through an expression does so level by level, and the stack it has is bounded."""
        level, height = [tree], 0
        while level:
            level, height = [part for each in level for part in _parts(each)], height + 1
        if height > MOST_HEIGHT:
            raise QueryError(
                f"The expression is nested more than {MOST_HEIGHT} deep.", place=self._place, remedy="Make it simpler."
            )

    def order(self) -> Order:
        found = self._level(0)
        if not isinstance(found, Property):
            raise NotBuilt(
                "Rows can be sorted by properties only.", place=self._place, remedy="Sort by the name of a property."
            )
        word = self._peek().text
        if word in ("asc", "desc"):
            self._at += 1
        return Order(found.name, word == "desc")

    def takes(self, text: str) -> bool:
        """Go past a sign if it stands here."""
        if self._peek().kind == OPERATOR and self._peek().text == text:
            self._at += 1
            return True
        return False

    def end(self) -> None:
        if self._at < len(self._tokens) - 1:
            raise self._unexpected()

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _unexpected(self) -> QueryError | NotBuilt:
        token = self._peek()
        if token.text in (":", "=", "*"):
            return self._not_built(token.text)
        remedy = "Write it as OData has it, such as: date ge 2024-01-01 and owner eq 'Ana'."
        if not token.text:
            return QueryError("Something is missing at the end.", place=self._place, remedy=remedy)
        what = f"{quote(token.text)} is not expected there (character {token.position + 1})."
        return QueryError(what, place=self._place, remedy=remedy)

    def _expect(self, text: str) -> None:
        if not self.takes(text):
            raise self._unexpected()

    def _level(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._prefixed()
        if level < len(_LOGICAL):
            return self._logical(level)
        left = self._level(level + 1)
        while self._peek().kind == NAME and self._peek().text in _LEVELS[level]:
            operator = self._peek().text
            self._at += 1
            self._count()
            left = In(left, self._options()) if operator == "in" else Binary(operator, left, self._level(level + 1))
        if self._peek().text in _NOT_BUILT and self._peek().kind == NAME:
            raise self._not_built(self._peek().text)
        return left

    def _logical(self, level: int) -> Expression:
        parts = [self._level(level + 1)]
        while self._peek().kind == NAME and self._peek().text == _LOGICAL[level]:
            self._at += 1
            self._count()
            parts.append(self._level(level + 1))
        return _joined(_LOGICAL[level], parts)

    def _prefixed(self) -> Expression:
        token = self._peek()
        if token.kind == NAME and token.text == "not" and not self._is_call():
            self._at += 1
            return Unary("not", self._deeper(self._prefixed))
        if token.kind == NAME and token.text == "not":
            self._at += 1
            return Unary("not", self._deeper(self._primary))
        if self.takes("-"):
            return Unary("-", self._deeper(self._prefixed))
        return self._primary()

    def _primary(self) -> Expression:
        self._count()
        token = self._peek()
        if self.takes("("):
            found = self._deeper(lambda: self._level(0))
            self._expect(")")
            return found
        self._at += 1
        if token.constant is not None:
            return token.constant
        if token.kind == "alias":
            if self.takes("/"):
                raise self._not_built("/")
            return self._alias(token)
        if token.kind != NAME:
            self._at -= 1
            raise self._unexpected()
        name = token.text.removeprefix("$it/")
        if "/" in name or "$" in name or name.startswith("geo.") or name in ("any", "all"):
            raise self._not_built(name)
        named: Expression = Call(name, self._arguments()) if self.takes("(") else Property(name)
        if self.takes("/"):
            raise self._not_built("/")
        return named

    def _arguments(self) -> tuple[Expression, ...]:
        if self.takes(")"):
            return ()
        found = [self._deeper(lambda: self._level(0))]
        while self.takes(","):
            found.append(self._deeper(lambda: self._level(0)))
        self._expect(")")
        return tuple(found)

    def _options(self) -> tuple[Expression, ...]:
        if self._peek().kind == "alias":
            raise self._not_built("@")
        self._expect("(")
        return self._arguments()

    def _alias(self, token: Token) -> Expression:
        if "." in token.text or "#" in token.text:
            raise self._not_built(token.text)
        value = self._aliases.get(token.text)
        if value is None:
            return Constant("null", None)
        inner = tokens(value, token.text)
        if len(inner) == 2 and inner[0].constant is not None:
            return inner[0].constant
        raise NotBuilt("An alias can stand for one value only.", place=quote(token.text), remedy="Write it in place.")

    def _is_call(self) -> bool:
        following = self._tokens[self._at + 1]
        return following.kind == OPERATOR and following.text == "("

    def _deeper(self, read: object) -> Expression:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise QueryError(
                f"The expression is nested more than {MOST_DEPTH} deep.", place=self._place, remedy="Make it simpler."
            )
        found: Expression = read()  # type: ignore[operator]
        self._depth -= 1
        return found

    def _count(self) -> None:
        self._terms += 1
        if self._terms > MOST_TERMS:
            raise QueryError(
                f"The expression has more than {MOST_TERMS} terms.",
                place=self._place,
                remedy="Use fewer, or one list: owner in ('Ana','Ben').",
            )

    def _not_built(self, what: str) -> NotBuilt:
        return NotBuilt(
            f"{quote(what)} cannot be answered in an expression.",
            place=self._place,
            remedy="Use and, or, not, eq, ne, gt, ge, lt, le, in and the functions that $metadata lists.",
        )
