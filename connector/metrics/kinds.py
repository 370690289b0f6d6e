"""Checks that the parts of a formula fit together: numbers with numbers, texts with texts, times with times.

What a formula means is known from the schema, so a mistake is told at its character when it is read and
never reaches the engine. Custom columns and parameters are known only in a workspace: ``any`` here, checked
again by the relation that reads them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal, NoReturn

from connector.errors import FormulaError, quote
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
    Leaf,
    Moment,
    Negation,
    Node,
    Number,
    Parameter,
    Text,
    Total,
    alternatives,
    own_parts,
    walk,
)
from connector.model.schema import ENTITIES, Kind

Family = Literal["number", "text", "boolean", "date", "instant", "map", "any"]

FAMILIES: Final[dict[Kind, Family]] = {
    "key": "text", "ref": "text", "enum": "text", "text": "text", "currency": "text", "money": "number",
    "number": "number", "integer": "number", "boolean": "boolean", "date": "date", "instant": "instant", "map": "map",
}  # fmt: skip
TIMES: Final = ("date", "instant")
ON_FIGURES: Final = ("GREATEST", "LEAST", "COALESCE", "ABS", "ROUND", "IF", "RANK", "MEAN_OVER")
"""Functions that also work on finished figures."""
_DATES: Final = ("today", "first_day", "last_day", "report_date")
_NAMES: Final[dict[Family, str]] = {
    "number": "a number", "text": "a text", "boolean": "a condition", "date": "a date", "instant": "a time",
    "map": "all custom columns", "any": "a value",
}  # fmt: skip
MAX_ROUNDING: Final = 10
MAX_ALTERNATIVES: Final = 8
"""Alternatives of one EXISTS: each is a join of its own."""


def comparable(left: Family, right: Family) -> bool:
    """True when two values can be compared, or stand in one list."""
    return "any" in (left, right) or left == right or (left in TIMES and right in TIMES)


def check_kinds(node: Node, place: str) -> Family:
    """Return what a whole formula gives. Raises FormulaError at the character where two parts do not fit."""
    checker = _Checker(place)
    found = checker.kind(node)
    if found in ("text", "boolean"):
        checker.fail(node, f"The formula gives {_NAMES[found]}, not a figure", "Use COUNT, SUM, AVG ...")
    return found


def check_row_kinds(node: Node, place: str) -> Family:
    """Return what an expression on one row gives. Raises FormulaError at the character where two parts do not fit."""
    return _Checker(place, in_row=True).kind(node)


class _Checker:
    """Walks a formula from its leaves up."""

    def __init__(self, place: str, *, in_row: bool = False) -> None:
        self._place = place
        self._in_row = in_row
        self._entity = ""
        """Entity of the aggregate that is being read."""

    def fail(self, node: Node, what: str, remedy: str) -> NoReturn:
        raise FormulaError(f"{what} (character {_position(node)}).", place=self._place, remedy=remedy)

    def kind(self, node: Node) -> Family:
        if isinstance(node, Constant):
            return "any" if node.value is None else "boolean"
        if isinstance(node, Text):
            return "text"
        if isinstance(node, Moment):
            return self._moment(node)
        if isinstance(node, Parameter):
            return "any"
        if isinstance(node, ColumnRef):
            return self._column(node)
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Aggregate):
            return self._aggregate(node)
        return self._other(node)

    def _other(self, node: Node) -> Family:
        if isinstance(node, Negation):
            wanted: Family = "boolean" if node.op == "NOT" else "number"
            self._need(node.part, wanted, f"{node.op} needs {_NAMES[wanted]}")
            return wanted
        if isinstance(node, IsNull):
            self.kind(node.part)
            return "boolean"
        if isinstance(node, InPeriod):
            if not self._in_row:
                self.fail(node, "IN period stands outside of an aggregate", "Put it after WHERE.")
            if self.kind(node.part) not in (*TIMES, "any"):
                self.fail(node, "IN period needs a date or time before it", "Write deal.closed_at IN period.")
            return "boolean"
        if isinstance(node, InList):
            for option in node.options:
                self._fits(node.part, option, node)
            return "boolean"
        if isinstance(node, Total):
            return self._need(node.part, "number", "TOTAL needs a number")
        if isinstance(node, Exists):
            return self._exists(node)
        assert not isinstance(node, Leaf)
        return "number"

    def _exists(self, node: Exists) -> Family:
        """Check that an EXISTS is tied to the row it is asked of, in each of its alternatives."""
        if not self._in_row:
            self.fail(node, "EXISTS stands outside of an aggregate", "Put it after WHERE.")
        if node.entity == self._entity:
            self.fail(node, f"EXISTS asks {node.entity} about rows of {node.entity}", "Name another entity.")
        if any(isinstance(part, Exists) for part in walk(node.where)):
            self.fail(node, "EXISTS holds another EXISTS", "Join them by AND, or use a column of the record.")
        self._need(node.where, "boolean", "EXISTS needs a condition")
        found = alternatives(node)
        if len(found) > MAX_ALTERNATIVES:
            self.fail(node, f"EXISTS has {len(found)} alternatives", f"Leave at most {MAX_ALTERNATIVES}.")
        if not all(any(_ties(part, node.entity) for part in parts) for parts in found):
            self.fail(
                node, f"EXISTS does not say how {node.entity} is tied to the row",
                f"Write an equality such as {node.entity}.lead_id = lead.id in every alternative.",
            )  # fmt: skip
        return "boolean"

    def _moment(self, node: Moment) -> Family:
        if not self._in_row:
            self.fail(node, f"{node.name} stands outside of an aggregate", "Compare a column with it after WHERE.")
        return "date" if node.name in _DATES else "instant"

    def _column(self, node: ColumnRef) -> Family:
        if node.custom:
            return "any"
        columns = ENTITIES[node.entity].columns
        family = FAMILIES[columns.get(node.column, columns.get(node.column.removesuffix("_base"))).kind]  # type: ignore[union-attr]
        if family == "map":
            self.fail(node, "custom holds all columns of the customer's own", f"Write {node.entity}.custom.name.")
        return family

    def _need(self, node: Node, wanted: Family, what: str) -> Family:
        found = self.kind(node)
        if found not in (wanted, "any"):
            self.fail(node, f"{what}, and here is {_NAMES[found]}", "Check the columns of the formula.")
        return wanted

    def _binary(self, node: Binary) -> Family:
        if node.op in ("AND", "OR"):
            self._need(node.left, "boolean", f"{node.op} joins conditions")
            return self._need(node.right, "boolean", f"{node.op} joins conditions")
        if node.op not in ("+", "-", "*", "/"):
            self._fits(node.left, node.right, node)
            return "boolean"
        left, right = self.kind(node.left), self.kind(node.right)
        times = node.op == "-" and self._in_row and (left in TIMES or right in TIMES)
        if times and left in (*TIMES, "any") and right in (*TIMES, "any"):
            return "number"
        for part, found in ((node.left, left), (node.right, right)):
            if found not in ("number", "any"):
                self.fail(part, f"{node.op} needs numbers on both sides, and here is {_NAMES[found]}", _TIMES_REMEDY)
        return "number"

    def _fits(self, part: Node, other: Node, node: Node) -> None:
        """Refuse to compare what cannot be compared; a text beside a date must be one."""
        left, right = self.kind(part), self.kind(other)
        for text, family in ((part, right), (other, left)):
            if isinstance(text, Text) and family in TIMES:
                if not is_moment(text.value, family):
                    self.fail(text, f"{quote(text.value)} is no {family}", "Write dates as '2024-03-31'.")
                return
        if not comparable(left, right):
            self.fail(node, f"{_NAMES[left]} is compared with {_NAMES[right]}".capitalize(), "Compare like with like.")

    def _aggregate(self, node: Aggregate) -> Family:
        outer, self._in_row, self._entity = self._in_row, True, node.entity
        found: Family = "any"
        for argument in node.arguments[:1] if node.function == "QUANTILE" else node.arguments:
            found = self.kind(argument)
        if node.where is not None:
            self._need(node.where, "boolean", "WHERE needs a condition")
        self._in_row = outer
        if node.function in ("MIN", "MAX"):
            return found
        if node.function in ("SUM", "AVG") and any(_counts_people(part) for part in node.arguments):
            self.fail(node, "People counted by day cannot be added: who came twice would count twice", _PEOPLE_REMEDY)
        if node.function != "COUNT" and found not in ("number", "any"):
            self.fail(
                node, f"{node.function} needs a number, and here is {_NAMES[found]}", "Use COUNT for such columns."
            )
        return "number"

    def _call(self, node: Call) -> Family:
        name, arguments = node.name, node.arguments
        if not self._in_row and name not in ON_FIGURES:
            self.fail(node, f"{name} works on rows, not on figures", "Put it inside SUM or AVG.")
        if name == "MEAN_OVER":
            return self._mean_over(node)
        if self._in_row and name == "RANK":
            self.fail(node, "RANK orders figures, not rows", "Write RANK(SUM(deal.amount)).")
        if name == "IF":
            self._need(arguments[0], "boolean", "IF begins with a condition")
            return self._alike(node, arguments[1:])
        if name in ("COALESCE", "GREATEST", "LEAST"):
            return self._alike(node, arguments)
        if name == "LOWER":
            return self._need(arguments[0], "text", "LOWER needs a text")
        if name in ("LOCAL_DATE", "LOCAL_MONTH", "MONTHS_BEFORE"):
            return self._moved(node)
        self._need(arguments[0], "number", f"{name} needs a number")
        if name == "ROUND" and len(arguments) == 2:
            places = arguments[1]
            if not isinstance(places, Number) or not places.text.isdecimal() or int(places.text) > MAX_ROUNDING:
                self.fail(places, f"ROUND takes 0 to {MAX_ROUNDING} decimal places", "Write ROUND(x, 2).")
        return "number"

    def _moved(self, node: Call) -> Family:
        """A day, a month or an earlier time made from a time."""
        found = self.kind(node.arguments[0])
        if found not in (*TIMES, "any"):
            self.fail(node, f"{node.name} needs a time", f"Write {node.name.lower()}(deal.closed_at ...).")
        if node.name != "MONTHS_BEFORE":
            return "date"
        if not isinstance(node.arguments[1], Number | Parameter):
            self.fail(node.arguments[1], "MONTHS_BEFORE needs a number of months", "Write months_before(as_of, 12).")
        return found

    def _mean_over(self, node: Call) -> Family:
        if self._in_row or not isinstance(node.arguments[0], Parameter):
            self.fail(node, "MEAN_OVER takes a parameter and a figure", "Write MEAN_OVER($kpis, @goal_attainment).")
        return self._need(node.arguments[1], "number", "MEAN_OVER needs a number")

    def _alike(self, node: Call, parts: tuple[Node, ...]) -> Family:
        found: Family = "any"
        for part in parts:
            kind = self.kind(part)
            if "any" not in (kind, found) and kind != found:
                self.fail(part, f"{node.name} mixes {_NAMES[found]} with {_NAMES[kind]}", "Give it values of one kind.")
            found = kind if found == "any" else found
        return found


_PEOPLE: Final = ("web_daily", "users")
_PEOPLE_REMEDY: Final = "Use web_daily.sessions or web_daily.new_users, or MAX for the best day."
_TIMES_REMEDY: Final = "Use days(a - b) inside an aggregate for times."


def _counts_people(node: Node) -> bool:
    """True for what is a number of different people in each row (rule E20)."""
    return any(isinstance(part, ColumnRef) and (part.entity, part.column) == _PEOPLE for part in walk(node))


def is_moment(text: str, family: Family) -> bool:
    """True when a text in a formula can stand for a date, or for a time when the other side is one."""
    try:
        date.fromisoformat(text)
    except ValueError:
        if family == "date":
            return False
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return False
    return True


def _ties(node: Node, entity: str) -> bool:
    """True for an equality between a row of an entity and the row outside of EXISTS."""
    if not isinstance(node, Binary) or node.op != "=":
        return False
    sides = [
        {part.entity for part in own_parts(side) if isinstance(part, ColumnRef)} for side in (node.left, node.right)
    ]
    return any(inner == {entity} and outer and entity not in outer for inner, outer in (sides, reversed(sides)))


def _position(node: Node) -> int:
    """Character of a part; a part made of others begins where its first one does."""
    if isinstance(node, Binary):
        return _position(node.left) or node.position
    if isinstance(node, IsNull | InList | InPeriod):
        return _position(node.part) or node.position
    return node.position
