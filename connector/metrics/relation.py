"""One relation: rows and, over them, SQL for the expressions of formulas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Final

from connector.errors import FormulaError, QueryError, quote
from connector.metrics.kinds import FAMILIES, TIMES, Family, comparable, is_moment
from connector.metrics.past import HISTORY_COLUMNS
from connector.metrics.placement import anchor_name, anchor_of, is_stock
from connector.metrics.rows import PARENTS, STEP_MOMENTS, Request, Rows, Value
from connector.metrics.sql import literal
from connector.metrics.syntax import (
    Binary,
    Call,
    ColumnRef,
    Constant,
    Exists,
    InList,
    InPeriod,
    IsNull,
    Moment,
    Negation,
    Node,
    Number,
    Parameter,
    Text,
    walk,
)
from connector.model.schema import Kind

__all__ = [
    "HISTORY_COLUMNS", "PARENTS", "STEP_MOMENTS", "UNDATED", "Relation", "Request", "Value", "anchor_name", "anchor_of",
    "finite", "is_stock",
]  # fmt: skip

_EXISTS: Final = "{row}.id IS NOT NULL"
UNDATED: Final = {
    "deal.created_at": _EXISTS, "lead.created_at": _EXISTS, "contact.created_at": _EXISTS,
    "account.created_at": _EXISTS, "asset.created_at": _EXISTS, "service_case.opened_at": _EXISTS,
    "invoice.issued_at": _EXISTS, "document.received_at": _EXISTS, "cost.date": _EXISTS, "web_daily.date": _EXISTS,
    "funnel_step.created_at": "{row}.deal_id IS NOT NULL", "lead_funnel_step.created_at": "{row}.lead_id IS NOT NULL",
    "usage_event.occurred_at": _EXISTS, "deal_stage_history.entered_at": _EXISTS,
    "deal.closed_at": "{row}.status <> 'open'",
    "activity.completed_at": "{row}.status = 'done'", "activity.due_at": "{row}.status = 'planned'",
    "payment.received_at": "{row}.status IN ('received', 'refunded')",
    "survey_response.responded_at": "{row}.score IS NOT NULL",
}  # fmt: skip
"""Dates whose event is known from another column. Without a date range such a row counts even undated, because
files often lack the date; any other date, such as a lead's qualified_at, is the only sign of its event."""


@dataclass
class Relation(Rows):
    """Rows of one entity in one window, with SQL for what formulas say about a row."""

    def expression(self, node: Node) -> Value:
        """Return SQL for a row expression. Raises FormulaError for what has no meaning on a row."""
        if isinstance(node, ColumnRef):
            return self.column(node)
        if isinstance(node, Number):
            return Value(_number(node.text), "number")
        if isinstance(node, Text):
            return Value(literal(node.value), "text")
        if isinstance(node, Constant):
            return Value(literal(node.value), "boolean")
        if isinstance(node, Moment):
            dates = ("today", "first_day", "last_day", "report_date")
            return Value(self.moment(node.name), "date" if node.name in dates else "instant")
        if isinstance(node, Parameter):
            return self._parameter(node)
        if isinstance(node, Binary | Negation | IsNull | InList | InPeriod):
            return self._operation(node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Exists):
            from connector.metrics.existence import exists  # noqa: PLC0415 - it makes relations of its own

            return Value(exists(self, node), "boolean")
        raise FormulaError("This cannot be computed on a row.", remedy="Move it outside of the aggregate.")

    def condition(self, node: Node) -> str:
        """Return SQL for a condition on a row. Raises FormulaError for a value that is none."""
        value = self.expression(node)
        if not (isinstance(node, Constant) and node.value is None):
            self.need(value, "boolean", node)
        return value.sql

    def _operation(self, node: Binary | Negation | IsNull | InList | InPeriod) -> Value:
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, InPeriod):
            return Value(self.in_period(node), "boolean")
        part = self.expression(node.part)
        if isinstance(node, Negation):
            self.need(part, "boolean" if node.op == "NOT" else "number", node)
            return Value(f"({node.op} {part.sql})", part.kind)
        negated = "NOT " if node.negated else ""
        if isinstance(node, IsNull):
            return Value(f"({part.sql} IS {negated}NULL)", "boolean")
        options = ", ".join(self._like(part, option)[1] for option in node.options)
        return Value(f"({part.sql} {negated}IN ({options}))", "boolean")

    def _like(self, part: Value, other: Node) -> tuple[str, str]:
        """SQL of two values that are compared.

        A text beside a date is read as one; a date beside an instant is compared with its local day. Raises
        FormulaError for values that cannot be compared.
        """
        if isinstance(other, Text) and part.kind in TIMES:
            return part.sql, self._written_moment(other, part.kind)
        value = self.expression(other)
        if isinstance(other, Parameter) and FAMILIES[part.kind] == "text":
            return part.sql, literal(self.request.parameters[other.name])
        if not comparable(FAMILIES[part.kind], FAMILIES[value.kind]):
            raise FormulaError(
                f"{part.kind} is compared with {value.kind} (character {other.position}).",
                remedy="Compare like with like.",
            )
        if part.kind in TIMES and value.kind != part.kind:
            return self._day(part), self._day(value)
        return part.sql, value.sql

    def _day(self, value: Value) -> str:
        return self.local_date(value.sql) if value.kind == "instant" else value.sql

    def _written_moment(self, node: Text, kind: Kind) -> str:
        """A date or time written in a formula; one without a zone is of the report zone."""
        if not is_moment(node.value, FAMILIES[kind]):
            raise FormulaError(
                f"{quote(node.value)} is no {kind} (character {node.position}).", remedy="Write dates as '2024-03-31'."
            )
        if kind == "date":
            return literal(date.fromisoformat(node.value))
        moment = datetime.fromisoformat(node.value)
        return literal(moment if moment.tzinfo else moment.replace(tzinfo=self.window.calendar.zone))

    def need(self, value: Value, family: Family, node: Node) -> None:
        """Refuse a value of the wrong kind; only custom columns and parameters can still have one here."""
        if FAMILIES[value.kind] not in (family, "any"):
            raise FormulaError(
                f"A {family} is needed, and here is {value.kind} (character {node.position}).",
                remedy="Check the custom columns and parameters of the formula.",
            )

    def _binary(self, node: Binary) -> Value:
        left = self.expression(node.left)
        if node.op in ("=", "<>", "<", "<=", ">", ">="):
            return self._comparison(node, left)
        right = self.expression(node.right)
        if node.op in ("AND", "OR"):
            self.need(left, "boolean", node)
            self.need(right, "boolean", node)
            return Value(f"({left.sql} {node.op} {right.sql})", "boolean")
        if left.kind in TIMES and right.kind in TIMES and node.op == "-":
            return Value(self._elapsed(left, right), "number")
        self.need(left, "number", node)
        self.need(right, "number", node)
        kind: Kind = "money" if "money" in (left.kind, right.kind) else "number"
        if node.op == "/":
            return Value(f"(CAST({left.sql} AS DOUBLE) / NULLIF({right.sql}, 0))", kind)
        if node.op == "*":
            nested = any(isinstance(part, Binary) and part.op in "*/" for part in (*walk(node.left), *walk(node.right)))
            kind = "number" if nested or left.kind == right.kind else kind
            return Value(f"(CAST({left.sql} AS DOUBLE) * CAST({right.sql} AS DOUBLE))", kind)
        return Value(f"({left.sql} {node.op} {right.sql})", kind)

    def _comparison(self, node: Binary, left: Value) -> Value:
        if isinstance(node.left, Text | Parameter) and not isinstance(node.right, Text | Parameter):
            second, first = self._like(self.expression(node.right), node.left)
        else:
            first, second = self._like(left, node.right)
        return Value(f"({first} {node.op} {second})", "boolean")

    def _elapsed(self, left: Value, right: Value) -> str:
        """Seconds between two moments; beside an instant, a date stands for its local midnight."""
        if left.kind == right.kind == "date":
            return f"(({left.sql} - {right.sql}) * 86400.0)"
        return f"((epoch_us({self._instant(left)}) - epoch_us({self._instant(right)})) / 1000000.0)"

    def _instant(self, value: Value) -> str:
        if value.kind == "instant":
            return value.sql
        return f"(CAST({value.sql} AS TIMESTAMP) AT TIME ZONE {literal(str(self.window.calendar.zone))})"

    def _whole_days(self, node: Binary) -> Value | None:
        """Days between two instants, with bare days counted by the calendar.

        Durations are elapsed time (rule E7). A value that came as a bare day is local midnight; two of them are a
        whole number of days apart even where a clock change lies between, as the source's own figures say.
        """
        left, right = self.expression(node.left), self.expression(node.right)
        zone = str(self.window.calendar.zone)
        kinds = {left.kind, right.kind}
        if node.op != "-" or "instant" not in kinds or kinds - {"instant", "date"} or zone == "UTC":
            return None
        later, earlier = self._instant(left), self._instant(right)
        apart = f"(epoch_us({later}) - epoch_us({earlier}))"
        shifts = ", ".join(str(minutes * 60_000_000) for minutes in (30, 60, 120, 1320, 1380, 1410))
        midnights = " AND ".join(f"CAST({self.local_time(x)} AS TIME) = TIME '00:00:00'" for x in (later, earlier))
        elapsed = f"({apart} / 86400000000.0)"
        bare = f"abs({apart}) % 86400000000 IN ({shifts}) AND {midnights}"
        return Value(f"(CASE WHEN {bare} THEN round({elapsed}) ELSE {elapsed} END)", "number")

    def in_period(self, node: InPeriod) -> str:
        part = self.expression(node.part)
        if part.kind not in TIMES:
            raise FormulaError(
                f"IN period needs a date or time before it (character {node.position}).",
                remedy="Write deal.closed_at IN period.",
            )
        if self.grain is not None:  # deals as they were recorded at the end of each step
            return f"({part.sql} >= {self.moment('period_start')} AND {part.sql} < {self.moment('period_end')})"
        if self.window.all_time:
            return self._ever(node.part, part)
        if part.kind == "date":
            first, last = literal(self.window.days.first), literal(self.window.days.last)
            return f"({part.sql} BETWEEN {first} AND {last})"
        return f"({part.sql} >= {literal(self.window.start)} AND {part.sql} < {literal(self.window.end)})"

    def _ever(self, node: Node, part: Value) -> str:
        """Condition of a period that is all of time: the date is filled, or its event happened without one."""
        dated = f"{part.sql} IS NOT NULL"
        if not isinstance(node, ColumnRef) or f"{node.entity}.{node.column}" not in UNDATED:
            return f"({dated})"
        alias = part.sql.partition(".")[0]
        return f"({dated} OR {UNDATED[f'{node.entity}.{node.column}'].format(row=alias)})"

    def _parameter(self, node: Parameter) -> Value:
        value = self.request.parameters.get(node.name)
        if value is None:
            raise QueryError(
                f"The parameter {quote(node.name)} is missing.", remedy=f"Give it with --param {node.name}=VALUE."
            )
        number = finite(value)
        return Value(literal(value), "text") if number is None else Value(literal(number), "number")

    def _call(self, node: Call) -> Value:
        if node.name == "DAYS" and isinstance(node.arguments[0], Binary):
            whole = self._whole_days(node.arguments[0])
            if whole is not None:
                return whole
        parts = [self.expression(argument) for argument in node.arguments]
        first = parts[0]
        if node.name in ("DAYS", "SECONDS"):
            if first.kind not in ("number", "integer"):
                raise FormulaError(
                    f"{node.name} takes a difference of two times (character {node.position}).",
                    remedy="Write days(deal.closed_at - deal.created_at).",
                )
            return Value(f"({first.sql} / 86400.0)" if node.name == "DAYS" else first.sql, "number")
        if node.name in ("LOCAL_DATE", "LOCAL_MONTH"):
            if first.kind not in TIMES:
                raise FormulaError(
                    f"{node.name} needs a time (character {node.position}).", remedy="Name a date or time."
                )
            day = self._day(first)
            return Value(day if node.name == "LOCAL_DATE" else f"CAST(date_trunc('month', {day}) AS DATE)", "date")
        if node.name == "MONTHS_BEFORE":
            return self._months_before(first, parts[1], node)
        self._check_arguments(node, parts)
        sql = ", ".join(part.sql for part in parts)
        kind = next((part.kind for part in parts if part.kind in ("date", "instant", "money")), first.kind)
        if node.name == "IF":
            told = parts[2] if _is_null(node.arguments[1]) else parts[1]
            return Value(f"(CASE WHEN {first.sql} THEN {parts[1].sql} ELSE {parts[2].sql} END)", told.kind)
        return Value(f"{node.name.lower()}({sql})", kind)

    def _months_before(self, time: Value, months: Value, node: Call) -> Value:
        """The same local time a number of months earlier; the 31st becomes the last day of a shorter month."""
        self.need(months, "number", node)
        back = f"INTERVAL 1 MONTH * CAST({months.sql} AS INTEGER)"
        if time.kind == "date":
            return Value(f"CAST({time.sql} - {back} AS DATE)", "date")
        zone = literal(str(self.window.calendar.zone))
        return Value(f"(({self.local_time(time.sql)} - {back}) AT TIME ZONE {zone})", "instant")

    def _check_arguments(self, node: Call, parts: list[Value]) -> None:
        if node.name in ("ABS", "ROUND"):
            self.need(parts[0], "number", node)
        elif node.name == "LOWER":
            self.need(parts[0], "text", node)
        elif node.name == "IF":
            self.need(parts[0], "boolean", node)
        alike = parts[1:] if node.name == "IF" else parts if node.name != "ROUND" else []
        known = {FAMILIES[p.kind] for p, a in zip(parts, node.arguments, strict=True) if p in alike and not _is_null(a)}
        if len(known) > 1:
            raise FormulaError(
                f"{node.name} mixes {' and '.join(sorted(known))} (character {node.position}).",
                remedy="Give it values of one kind.",
            )


def finite(text: str) -> float | None:
    """Return a parameter or filter value as a number; None when it is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _number(text: str) -> str:
    """A number as written, without the leading zeros that would change its type."""
    whole, dot, rest = text.partition(".")
    return f"{whole.lstrip('0') or '0'}{dot}{rest}"


def _is_null(node: Node) -> bool:
    return isinstance(node, Constant) and node.value is None
