"""Reads formulas such as ``SUM(deal.amount WHERE deal.status = 'won' AND deal.closed_at IN period)``.

The grammar is a whitelist: arithmetic, comparisons, the aggregates and functions listed below, columns of
the fixed schema, ``@metric`` references, ``$parameters`` and the moments of the request. Anything else is
refused at its character; nothing of a formula is ever executed as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NoReturn, cast, get_args

from connector.errors import FormulaError, quote
from connector.metrics.kinds import check_kinds, check_row_kinds
from connector.metrics.syntax import (
    Aggregate,
    Binary,
    Call,
    ColumnRef,
    Constant,
    Exists,
    InList,
    InPeriod,
    IsNull,
    MetricRef,
    Moment,
    MomentName,
    Negation,
    Node,
    Number,
    Parameter,
    Text,
    Total,
    own_parts,
    walk,
)
from connector.model.schema import ENTITIES

AGGREGATES: Final = frozenset({"SUM", "COUNT", "AVG", "MIN", "MAX", "MEDIAN", "QUANTILE", "STDDEV"})
ROW_FUNCTIONS: Final = {
    "COALESCE": (1, 8), "GREATEST": (2, 8), "LEAST": (2, 8), "ABS": (1, 1), "DAYS": (1, 1), "SECONDS": (1, 1),
    "LOCAL_DATE": (1, 1), "LOCAL_MONTH": (1, 1), "MONTHS_BEFORE": (2, 2), "ROUND": (1, 2), "IF": (3, 3),
    "LOWER": (1, 1), "RANK": (1, 1), "MEAN_OVER": (2, 2),
}  # fmt: skip
"""Function name to least and most arguments."""
MAX_LENGTH: Final = 4000
MAX_DEPTH: Final = 60
MAX_AGGREGATES: Final = 40
MAX_OPERATORS: Final = 200
"""Operators of one formula: its tree is walked by recursion."""
MAX_DIGITS: Final = 15

_MOMENTS: Final = frozenset(get_args(MomentName))
_COMPARISONS: Final = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<op><>|!=|<=|>=|[-+*/=<>(),.@$\[\]]))"
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def _tokens(text: str, place: str) -> list[_Token]:
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"The formula has {len(text)} characters and goes on after character {MAX_LENGTH}.",
            place=place,
            remedy="Shorten it.",
        )
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].lstrip()
            if not rest:
                break
            raise FormulaError(
                f"{quote(rest[0])} is not allowed at character {len(text) - len(rest) + 1}.",
                place=place,
                remedy="Formulas hold numbers, 'texts', entity.column, + - * / ( ) and the listed functions.",
            )
        kind = match.lastgroup or "op"
        tokens.append(_Token(kind, match.group(kind), match.start(kind) + 1))
        position = match.end()
    tokens.append(_Token("end", "", len(text) + 1))
    return tokens


class _Parser:
    """Recursive descent over the tokens; each method reads one rule of the grammar."""

    def __init__(self, text: str, place: str) -> None:
        self._tokens = _tokens(text, place)
        self._at = 0
        self._place = place
        self._depth = 0
        self._operators = 0

    def parse(self) -> Node:
        node = self._or()
        if self._peek().kind != "end":
            self._fail("Something is left over")
        return node

    # -- reading tokens

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _here(self) -> int:
        return self._peek().position

    def _grow(self) -> None:
        """Count one more operator of the tree."""
        self._operators += 1
        if self._operators > MAX_OPERATORS:
            self._fail(f"The formula has more than {MAX_OPERATORS} operators")

    def _joined(self, op: str, left: Node, right: Node, position: int) -> Binary:
        self._grow()
        return Binary(op, left, right, position=position)

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _word(self, *words: str) -> bool:
        token = self._peek()
        if token.kind == "name" and token.text.upper() in words:
            self._at += 1
            return True
        return False

    def _symbol(self, *symbols: str) -> str:
        token = self._peek()
        if token.kind == "op" and token.text in symbols:
            self._at += 1
            return token.text
        return ""

    def _expect(self, symbol: str) -> None:
        if not self._symbol(symbol):
            self._fail(f"A {symbol!r} is missing")

    def _fail(self, what: str) -> NoReturn:
        token = self._peek()
        found = quote(token.text) if token.text else "the end"
        raise FormulaError(
            f"{what} at character {token.position}, before {found}.",
            place=self._place,
            remedy="Write it like SUM(deal.amount WHERE deal.status = 'won').",
        )

    # -- grammar, loosest binding first

    def _or(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(f"The formula is nested deeper than {MAX_DEPTH}")
        node = self._and()
        at = self._here()
        while self._word("OR"):
            node = self._joined("OR", node, self._and(), at)
            at = self._here()
        self._depth -= 1
        return node

    def _and(self) -> Node:
        node = self._not()
        at = self._here()
        while self._word("AND"):
            node = self._joined("AND", node, self._not(), at)
            at = self._here()
        return node

    def _not(self) -> Node:
        at = self._here()
        if self._word("NOT"):
            self._grow()
            return Negation("NOT", self._not(), position=at)
        return self._comparison()

    def _comparison(self) -> Node:
        left = self._sum()
        at = self._here()
        if self._word("IS"):
            negated = self._word("NOT")
            if not self._word("NULL"):
                self._fail("NULL is missing after IS")
            return IsNull(left, negated, position=at)
        negated = self._word("NOT")
        if self._word("IN"):
            return self._membership(left, at, negated=negated)
        if negated:
            self._fail("IN is missing after NOT")
        op = self._symbol(*_COMPARISONS)
        return self._joined("<>" if op == "!=" else op, left, self._sum(), at) if op else left

    def _membership(self, left: Node, at: int, *, negated: bool) -> Node:
        if not negated and self._word("PERIOD"):
            if not any(isinstance(part, ColumnRef) for part in walk(left)):
                self._fail("IN period needs a column before it")
            return InPeriod(left, position=at)
        self._expect("(")
        options = [self._sum()]
        while self._symbol(","):
            options.append(self._sum())
        self._expect(")")
        return InList(left, tuple(options), negated, position=at)

    def _sum(self) -> Node:
        node = self._product()
        at = self._here()
        while op := self._symbol("+", "-"):
            node = self._joined(op, node, self._product(), at)
            at = self._here()
        return node

    def _product(self) -> Node:
        node = self._sign()
        at = self._here()
        while op := self._symbol("*", "/"):
            node = self._joined(op, node, self._sign(), at)
            at = self._here()
        return node

    def _sign(self) -> Node:
        minus, at = 0, self._here()
        while self._symbol("-"):
            minus += 1
        node = self._atom()
        return Negation("-", node, position=at) if minus % 2 else node

    def _atom(self) -> Node:
        token = self._peek()
        if token.kind == "number":
            if len(token.text.replace(".", "")) > MAX_DIGITS:
                self._fail(f"A number may have {MAX_DIGITS} digits; there are more")
            return Number(self._next().text, position=token.position)
        if token.kind == "text":
            return Text(self._next().text[1:-1].replace("''", "'"), position=token.position)
        if self._symbol("("):
            node = self._or()
            self._expect(")")
            return node
        if self._symbol("@"):
            return self._metric()
        if self._symbol("$"):
            return Parameter(self._name("a parameter name"), position=token.position)
        if token.kind == "name":
            return self._named()
        return self._fail("A value is missing")

    def _name(self, what: str) -> str:
        if self._peek().kind != "name":
            self._fail(f"{what.capitalize()} is missing")
        return self._next().text

    def _metric(self) -> Node:
        at = self._here()
        by_parameter = bool(self._symbol("$"))
        metric = self._name("a parameter name" if by_parameter else "a metric id")
        given = self._given() if self._symbol("[") else ()
        comparison = False
        if self._symbol("("):
            if not self._word("COMPARISON"):
                self._fail("Only (comparison) may follow a metric")
            self._expect(")")
            comparison = True
        return MetricRef(metric, comparison, by_parameter, given, position=at)

    def _given(self) -> tuple[tuple[str, str], ...]:
        """Read the parameters set for one metric, after ``[``."""
        found: list[tuple[str, str]] = []
        while not found or self._symbol(","):
            self._expect("$")
            name = self._name("a parameter name")
            self._expect("=")
            if self._peek().kind not in ("text", "number"):
                self._fail("A parameter is set to a number or a 'text'")
            token = self._next()
            found.append((name, token.text[1:-1].replace("''", "'") if token.kind == "text" else token.text))
        self._expect("]")
        return tuple(found)

    def _named(self) -> Node:
        token = self._next()
        upper = token.text.upper()
        if upper in ("TRUE", "FALSE"):
            return Constant(upper == "TRUE", position=token.position)
        if upper == "NULL":
            return Constant(None, position=token.position)
        if self._symbol("("):
            return self._call(upper, token)
        if self._symbol("."):
            return self._column(token)
        if token.text in _MOMENTS:
            return Moment(cast("MomentName", token.text), position=token.position)
        self._at -= 1
        return self._fail("This name means nothing here (columns are written entity.column)")

    def _column(self, token: _Token) -> Node:
        entity = ENTITIES.get(token.text)
        if entity is None:
            raise FormulaError(
                f"There is no entity {quote(token.text)} (character {token.position}).",
                place=self._place,
                remedy="Entities are deal, lead, account, activity and the others of the schema.",
            )
        name = self._name("a column name")
        if name == "custom" and self._symbol("."):
            return ColumnRef(entity.name, self._name("a custom column name"), custom=True, position=token.position)
        plain = name.removesuffix("_base")
        if name in entity.columns or (plain in entity.columns and entity.columns[plain].kind == "money"):
            return ColumnRef(entity.name, name, position=token.position)
        raise FormulaError(
            f"{entity.name} has no column {quote(name)} (character {token.position}).",
            place=self._place,
            remedy=f"Its columns are {', '.join(list(entity.columns)[:40])}.",
        )

    def _call(self, name: str, token: _Token) -> Node:
        if name in AGGREGATES:
            return self._aggregate(name, token)
        if name == "TOTAL":
            part = self._or()
            self._expect(")")
            return Total(part, position=token.position)
        if name == "EXISTS":
            return self._exists(token)
        if name not in ROW_FUNCTIONS:
            raise FormulaError(
                f"There is no function {quote(token.text)} (character {token.position}).",
                place=self._place,
                remedy=f"Use {', '.join(sorted(AGGREGATES))}, {', '.join(sorted(ROW_FUNCTIONS))}.",
            )
        arguments = [self._or()]
        while self._symbol(","):
            arguments.append(self._or())
        self._expect(")")
        least, most = ROW_FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            self._fail(f"{name} takes {least} to {most} arguments")
        return Call(name, tuple(arguments), position=token.position)

    def _exists(self, token: _Token) -> Node:
        entity = self._name("an entity")
        if entity not in ENTITIES:
            self._at -= 1
            self._fail("EXISTS begins with an entity, such as EXISTS(deal WHERE deal.lead_id = lead.id)")
        if not self._word("WHERE"):
            self._fail("WHERE is missing")
        where = self._or()
        self._expect(")")
        return Exists(entity, where, position=token.position)

    def _aggregate(self, name: str, token: _Token) -> Node:
        distinct = self._word("DISTINCT")
        arguments: list[Node] = []
        if not (name == "COUNT" and self._symbol("*")):
            arguments.append(self._or())
            while self._symbol(","):
                arguments.append(self._or())
        where = self._or() if self._word("WHERE") else None
        self._expect(")")
        node = Aggregate(name, tuple(arguments), where, distinct)
        return _check_aggregate(node, token, self._place)


def _check_aggregate(node: Aggregate, token: _Token, place: str) -> Aggregate:
    where = f"{node.function} at character {token.position}"
    if node.function == "QUANTILE":
        _check_quantile(node, where, place)
    elif len(node.arguments) > 1 and not (node.function == "COUNT" and node.distinct):
        raise FormulaError(f"{where} takes one value.", place=place, remedy="Write one SUM for each column.")
    if node.distinct and node.function != "COUNT":
        raise FormulaError(f"{where} cannot be DISTINCT.", place=place, remedy="Only COUNT can.")
    inner = [part for argument in (*node.arguments, node.where) if argument for part in walk(argument)]
    if any(isinstance(part, Aggregate | MetricRef | Total) for part in inner):
        raise FormulaError(f"{where} holds another aggregate.", place=place, remedy="Nest arithmetic, not aggregates.")
    own = [part for argument in (*node.arguments, node.where) if argument for part in own_parts(argument)]
    columns = [part for part in own if isinstance(part, ColumnRef)]
    entity = columns[0].entity if columns else ""
    return Aggregate(node.function, node.arguments, node.where, node.distinct, entity, position=token.position)


def _check_quantile(node: Aggregate, where: str, place: str) -> None:
    share = node.arguments[1] if len(node.arguments) == 2 else None
    if not isinstance(share, Number) or not 0 <= float(share.text) <= 1:
        raise FormulaError(
            f"{where} takes a value and a share from 0 to 1.", place=place, remedy="Write QUANTILE(deal.amount, 0.25)."
        )


def _give_entity(node: Node, entity: str) -> Node:
    """Give COUNT(*) without columns the one entity that the rest of the formula speaks of."""
    if isinstance(node, Aggregate):
        return node if node.entity else replace(node, entity=entity)
    if isinstance(node, Binary):
        return replace(node, left=_give_entity(node.left, entity), right=_give_entity(node.right, entity))
    if isinstance(node, Negation | Total | IsNull):
        return replace(node, part=_give_entity(node.part, entity))
    if isinstance(node, Call):
        return replace(node, arguments=tuple(_give_entity(part, entity) for part in node.arguments))
    if isinstance(node, InList):
        options = tuple(_give_entity(option, entity) for option in node.options)
        return replace(node, part=_give_entity(node.part, entity), options=options)
    return node


@lru_cache(maxsize=2000)
def parse_formula(text: str, place: str = "formula") -> Node:
    """Return the syntax tree of a formula. Raises FormulaError that names the character and the remedy.

    Trees never change, so a text that was read lately is not read again: each question asks for the same ones.
    """
    node = _Parser(text, place).parse()
    aggregates = [part for part in walk(node) if isinstance(part, Aggregate)]
    if len(aggregates) > MAX_AGGREGATES:
        raise FormulaError(
            f"The formula has more than {MAX_AGGREGATES} aggregates; the next is at character "
            f"{aggregates[MAX_AGGREGATES].position}.",
            place=place,
            remedy="Split it into several.",
        )
    named = {part.entity for part in aggregates if part.entity}
    homeless = next((part for part in aggregates if not part.entity), None)
    if homeless is not None:
        if len(named) != 1:
            raise FormulaError(
                f"{homeless.function} at character {homeless.position} names no column, so it reads no rows.",
                place=place,
                remedy="Name a column of the entity, for example COUNT(deal.id).",
            )
        node = _give_entity(node, named.pop())
    _check_outside(node, place)
    check_kinds(node, place)
    return node


def parse_row_expression(text: str, place: str = "expression") -> Node:
    """Return the syntax tree of what a dimension computes on each row. Raises FormulaError as formulas do."""
    node = _Parser(text, place).parse()
    if any(isinstance(part, Aggregate | MetricRef | Total | InPeriod) for part in walk(node)):
        raise FormulaError("The expression holds an aggregate.", place=place, remedy="Use columns of one row.")
    check_row_kinds(node, place)
    return node


def _check_outside(node: Node, place: str) -> None:
    """Refuse columns and periods outside an aggregate: there is no row to read them from."""
    if isinstance(node, Aggregate):
        return
    if isinstance(node, ColumnRef):
        raise FormulaError(
            f"The column {quote(node.column)} (character {node.position}) stands outside of SUM, COUNT, AVG, MIN, MAX "
            "and MEDIAN.",
            place=place,
            remedy="Say what to do with its rows, for example SUM(deal.amount).",
        )
    children: tuple[Node, ...] = ()
    if isinstance(node, Binary):
        children = (node.left, node.right)
    elif isinstance(node, Negation | IsNull | Total | InPeriod):
        children = (node.part,)
    elif isinstance(node, Call):
        children = node.arguments
    elif isinstance(node, InList):
        children = (node.part, *node.options)
    for child in children:
        _check_outside(child, place)
