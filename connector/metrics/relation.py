"""The rows one or more aggregates read: a table, the joins their columns need, and SQL for row expressions.

Only references to one record are followed, and ids are unique, so a join can never multiply a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from typing import Final

from connector.errors import FormulaError, QueryError, quote
from connector.metrics.computed import COMPUTED_ROWS, GoalLevel
from connector.metrics.kinds import FAMILIES, TIMES, Family, comparable, is_moment
from connector.metrics.sql import identifier, literal
from connector.metrics.syntax import (
    Aggregate,
    Binary,
    Call,
    ColumnRef,
    Constant,
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
    walk,
)
from connector.metrics.window import Window
from connector.model.period import Grain
from connector.model.schema import ENTITIES, Kind
from connector.model.workspace import Profile

PARENTS: Final = {
    "deal_line": "deal_id",
    "deal_stage_history": "deal_id",
    "deal_history": "deal_id",
    "deal_contact": "deal_id",
    "lead_status_history": "lead_id",
    "campaign_member": "campaign_id",
}
"""Entities whose rows are parts of one record: they have its dimensions too."""

HISTORY_COLUMNS: Final = (
    "pipeline_id", "stage_id", "status", "amount", "currency", "probability", "expected_close_date", "owner_id",
    "is_deleted",
)  # fmt: skip

_EXISTS: Final = "{row}.id IS NOT NULL"
UNDATED: Final = {
    "deal.created_at": _EXISTS, "lead.created_at": _EXISTS, "contact.created_at": _EXISTS,
    "account.created_at": _EXISTS, "asset.created_at": _EXISTS, "service_case.opened_at": _EXISTS,
    "invoice.issued_at": _EXISTS, "document.received_at": _EXISTS, "cost.date": _EXISTS, "web_daily.date": _EXISTS,
    "usage_event.occurred_at": _EXISTS, "deal_stage_history.entered_at": _EXISTS,
    "deal.closed_at": "{row}.status <> 'open'",
    "activity.completed_at": "{row}.status = 'done'", "activity.due_at": "{row}.status = 'planned'",
    "payment.received_at": "{row}.status IN ('received', 'refunded')",
    "survey_response.responded_at": "{row}.score IS NOT NULL",
}  # fmt: skip
"""Dates whose event is known from another column. Without a date range such a row counts even undated, because
files often lack the date; any other date, such as a lead's qualified_at, is the only sign of its event."""

STEP_MOMENTS: Final = ("first_day", "last_day", "period_start", "period_end", "as_of", "report_date")
"""Moments that each step of a time axis has for itself when stocks are read over time."""

_CUSTOM_CASTS: Final[dict[Kind, str]] = {
    "number": "DOUBLE",
    "money": "DECIMAL(19,4)",
    "integer": "BIGINT",
    "date": "DATE",
    "instant": "TIMESTAMPTZ",
    "boolean": "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What every relation of one evaluation shares."""

    profile: Profile
    currency: str
    parameters: dict[str, str]
    window: Window
    compared: Window | None


@dataclass(frozen=True, slots=True)
class Value:
    """SQL of a value, its kind, and (for references) the entity it points to."""

    sql: str
    kind: Kind
    target: str = ""


@dataclass
class Relation:
    """Rows of one entity in one window; in SQL the entity itself is ``t``.

    ``history`` reads deals as they stood at the end of the window. ``grain`` is set when stocks are read
    once per step of a time axis. ``is_split`` splits each deal's amount over its product lines.
    """

    entity: str
    request: Request
    window: Window
    history: bool = False
    grain: Grain | None = None
    level: GoalLevel = "company"
    is_split: bool = False
    split: dict[str, str] = field(default_factory=dict)
    """Name in the split to SQL over l (deal_line) and lp (product), for keys that rows are grouped by."""
    split_where: list[str] = field(default_factory=list)
    entities: set[str] = field(default_factory=set)
    anchor: Node | None = None
    uses_rates: bool = False
    _joins: dict[tuple[str, ...], str] = field(default_factory=dict)
    _rates: dict[str, str] = field(default_factory=dict)
    _clauses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.entities.add(self.entity)

    # -- columns and joins

    def path(self, path: str, *, whole: bool = False) -> Value:
        """Return the value at the end of ``ref.ref.column``, joining what lies between.

        ``whole`` asks for a deal's own amount where the rows are split over its product lines.
        """
        *hops, name = path.split(".")
        entity, alias = self.entity, "t"
        walked: tuple[str, ...] = ()
        for hop in hops:
            target = ENTITIES[entity].columns[hop].target
            if target is None:
                raise QueryError(f"{entity}.{hop} refers to nothing.", remedy="This is a mistake in looker_schemas.")
            walked = (*walked, hop)
            alias = self._join(walked, f"{alias}.{identifier(hop)}", target)
            entity = target
        return self._plain(alias, entity, name, whole=whole)

    def _join(self, walked: tuple[str, ...], key: str, target: str) -> str:
        alias = self._joins.get(walked)
        if alias is None:
            alias = f"j{len(self._joins)}"
            self._joins[walked] = alias
            self.entities.add(target)
            self._clauses.append(f"LEFT JOIN {identifier(target)} AS {alias} ON {alias}.id = {key}")
        return alias

    def _plain(self, alias: str, entity: str, name: str, *, whole: bool) -> Value:
        column = ENTITIES[entity].columns[name.removesuffix("_base") if name.endswith("_base") else name]
        sql = f"{alias}.{identifier(column.name)}"
        if column.kind == "money":
            if alias == "t" and self.is_split and column.name == "amount" and not whole:
                sql = "(CASE WHEN t.amount IS NULL THEN NULL ELSE p.amount END)"
            sql = self._converted(sql, alias, entity)
        return Value(sql, column.kind, column.target or "")

    def _converted(self, sql: str, alias: str, entity: str) -> str:
        """Money in the report currency (rule E3); NULL where no rate is known."""
        held = self.request.profile.currencies.get(entity)
        if held is not None and set(held) <= {self.request.currency}:
            return sql
        currency = f"COALESCE({alias}.currency, {literal(self.request.profile.currency)})"
        rate = self._rate(alias, entity, currency)
        home = literal(self.request.currency)
        return f"(CASE WHEN {currency} = {home} THEN {sql} ELSE CAST({sql} * {rate}.rate AS DECIMAL(19,4)) END)"

    def _rate(self, alias: str, entity: str, currency: str) -> str:
        key = f"{alias}/{entity}"
        if key not in self._rates:
            name = f"x{len(self._rates)}"
            self._rates[key] = name
            day = self._rate_day(alias, entity)
            self.uses_rates = True
            self.entities.add("fx_rate")
            self._clauses.append(
                f"ASOF LEFT JOIN rates AS {name} ON {name}.currency = {currency} AND {day} >= {name}.day"
            )
        return self._rates[key]

    def _rate_day(self, alias: str, entity: str) -> str:
        report_date = self.moment("report_date")
        name = ENTITIES[entity].rate_date
        if entity in PARENTS and "deal_id" in PARENTS[entity] and entity != "deal_stage_history":
            name = "closed_at"
            alias = self._join(("deal_id",), f"{alias}.deal_id", "deal") if alias == "t" else alias
            entity = "deal"
        if name is None:
            return report_date
        column = ENTITIES[entity].columns[name]
        sql = f"{alias}.{identifier(name)}"
        day = sql if column.kind == "date" else self.local_date(sql)
        return f"COALESCE({day}, {report_date})"

    def column(self, ref: ColumnRef) -> Value:
        """Return a column named in a formula: of the entity itself or of a record it refers to."""
        prefix = self._prefix(ref.entity, ref.position)
        if ref.custom:
            return self._custom(prefix, ref)
        return self.path(f"{prefix}{ref.column}")

    def _prefix(self, entity: str, position: int) -> str:
        if entity == self.entity:
            return ""
        for owner, hop in ((self.entity, ""), (self._parent_entity(), f"{PARENTS.get(self.entity, '')}.")):
            name = "case_id" if entity == "service_case" else f"{entity}_id"
            if owner and owner == entity:
                return hop
            if owner and ENTITIES[owner].columns.get(name) and ENTITIES[owner].columns[name].target == entity:
                return f"{hop}{name}."
        raise FormulaError(
            f"A row of {self.entity} does not lead to one row of {entity} (character {position}).",
            remedy=f"Use columns of {self.entity} or of the records it refers to.",
        )

    def _parent_entity(self) -> str:
        reference = PARENTS.get(self.entity)
        return (ENTITIES[self.entity].columns[reference].target or "") if reference else ""

    def _custom(self, prefix: str, ref: ColumnRef) -> Value:
        declared = {c.name: c for c in self.request.profile.custom if c.entity == ref.entity}
        if ref.column not in declared:
            raise FormulaError(
                f"{ref.entity} has no custom column {quote(ref.column)} (character {ref.position}).",
                remedy=f"This workspace has {', '.join(sorted(declared)) or 'none'}.",
            )
        holder = self.path(f"{prefix}custom")
        sql = f"{holder.sql}[{literal(ref.column)}]"
        kind = declared[ref.column].kind
        cast = _CUSTOM_CASTS.get(kind)
        return Value(f"TRY_CAST({sql} AS {cast})" if cast else sql, kind)

    # -- time

    def moment(self, name: str) -> str:
        if self.grain is not None and name in STEP_MOMENTS:
            return f"e.{name}"
        return self.window.moment(name)

    def local_date(self, sql: str) -> str:
        """Local day of an instant in the report zone."""
        zone = str(self.window.calendar.zone)
        return f"CAST({sql} AT TIME ZONE {literal(zone)} AS DATE)"

    def local_time(self, sql: str) -> str:
        return f"({sql} AT TIME ZONE {literal(str(self.window.calendar.zone))})"

    # -- expressions

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
        if node.name == "LOCAL_DATE":
            if first.kind not in TIMES:
                raise FormulaError(
                    f"LOCAL_DATE needs a time (character {node.position}).", remedy="Name a date or time."
                )
            return Value(first.sql if first.kind == "date" else self.local_date(first.sql), "date")
        self._check_arguments(node, parts)
        sql = ", ".join(part.sql for part in parts)
        kind = next((part.kind for part in parts if part.kind in ("date", "instant", "money")), first.kind)
        if node.name == "IF":
            return Value(f"(CASE WHEN {first.sql} THEN {parts[1].sql} ELSE {parts[2].sql} END)", parts[1].kind)
        return Value(f"{node.name.lower()}({sql})", kind)

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

    # -- the whole

    def source(self) -> str:
        """Return the FROM clause. Call it last: it holds every join asked for so far."""
        return " ".join([f"FROM {self._base()} AS t", *self._extra(), *self._clauses])

    def _base(self) -> str:
        computed = COMPUTED_ROWS.get(self.entity)
        if computed is not None:
            self.entities |= computed.entities
            return f"({computed.sql(self)})"
        if not self.history:
            return identifier(self.entity)
        self.entities |= {"deal", "deal_history"}
        replaced = ", ".join(f"h.{name} AS {name}" for name in HISTORY_COLUMNS)
        closed = "CASE WHEN h.status = 'open' THEN NULL ELSE d.closed_at END AS closed_at"
        return (
            f"(SELECT d.* REPLACE ({replaced}, {closed}, h.owner_id AS closing_owner_id), h.valid_from, h.valid_to, "
            "h.id AS version_id "
            "FROM deal_history AS h JOIN deal AS d ON d.id = h.deal_id)"
        )

    def _extra(self) -> list[str]:
        clauses: list[str] = []
        if self.grain is not None:
            steps = [
                (b.label, b.first, b.last, b.start, b.end, b.as_of, b.report_date)
                for b in self.window.buckets(self.grain)
            ]
            rows = ", ".join(f"({', '.join(literal(moment) for moment in step)})" for step in steps)
            clauses.append(f"CROSS JOIN (VALUES {rows}) AS e(label, {', '.join(STEP_MOMENTS)})")
        if self.is_split:
            clauses.append(self._split())
        return clauses

    def _split(self) -> str:
        """Deal value split over products (rule E14): one row per deal and split key, the rest without product.

        A past version of a deal is split over the lines of today; what its own amount leaves is without product.
        """
        self.entities |= {"deal_line", "product"}
        deals, own = "deal", "t.id"
        if self.history:
            deals, own = "(SELECT id AS version_id, deal_id AS id, amount FROM deal_history)", "t.version_id"
        part = "d.version_id" if self.history else "d.id"
        lines = "FROM deal_line AS n WHERE n.is_deleted IS NOT TRUE"
        if self.history:
            lines = f"FROM deal_line AS n JOIN {deals} AS d ON d.id = n.deal_id WHERE n.is_deleted IS NOT TRUE"
        keys = "".join(f", {sql} AS {name}" for name, sql in self.split.items())
        names = "".join(f", {name}" for name in self.split)
        rows = (
            f"SELECT {part if self.history else 'n.deal_id'} AS deal_id, n.product_id, n.amount {lines} UNION ALL "
            f"SELECT {part}, NULL, d.amount - COALESCE(s.amount, 0) FROM {deals} AS d LEFT JOIN "
            "(SELECT deal_id, SUM(amount) AS amount FROM deal_line WHERE is_deleted IS NOT TRUE GROUP BY 1) AS s "
            "ON s.deal_id = d.id WHERE s.deal_id IS NULL OR d.amount <> COALESCE(s.amount, 0)"
        )
        where = f"WHERE {' AND '.join(self.split_where)} " if self.split_where else ""
        return (
            f"JOIN (SELECT l.deal_id{keys}, SUM(l.amount) AS amount FROM ({rows}) AS l LEFT JOIN product AS lp "
            f"ON lp.id = l.product_id {where}GROUP BY l.deal_id{names}) AS p ON p.deal_id = {own}"
        )

    def base_conditions(self) -> list[str]:
        """Conditions every figure has: not deleted, and for a past stock, valid at that moment."""
        conditions = ["t.is_deleted IS NOT TRUE"] if "is_deleted" in ENTITIES[self.entity].columns else []
        if self.history:
            moment = self.moment("as_of")
            conditions.append(f"t.valid_from < {moment} AND (t.valid_to IS NULL OR t.valid_to >= {moment})")
        if self.entity == "invoice":
            conditions.append("t.status NOT IN ('draft', 'void')")
        return conditions


def anchor_of(aggregate: Aggregate) -> Node | None:
    """Return what places an aggregate in time: the part of its first ``IN period``."""
    if aggregate.where is None:
        return None
    for node in walk(aggregate.where):
        if isinstance(node, InPeriod):
            return node.part
    return None


def anchor_name(anchor: Node | None) -> str:
    """Return the column name of a plain anchor, else nothing."""
    return anchor.column if isinstance(anchor, ColumnRef) else ""


def is_stock(leaf: Leaf) -> bool:
    """True for a leaf that is read at a moment and has no anchor of its own."""
    if anchor_of(leaf.aggregate) is not None:
        return False
    moments = ("as_of", "period_start", "period_end", "report_date", "first_day", "last_day")
    parts = [part for part in walk(leaf.aggregate) if isinstance(part, Moment)]
    return leaf.history or any(part.name in moments for part in parts)


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
