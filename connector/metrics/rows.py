"""The rows an aggregate reads: a table, the joins its columns need, its product split and its steps of time.

Only references to one record are followed, and ids are unique, so a join can never multiply a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from connector.errors import FormulaError, QueryError, quote
from connector.metrics.basis import owners_of_today
from connector.metrics.computed import COMPUTED_ROWS, GoalLevel
from connector.metrics.movement import States
from connector.metrics.past import past_deals
from connector.metrics.sql import identifier, literal
from connector.metrics.syntax import ColumnRef, Node
from connector.metrics.window import Window
from connector.model.period import Grain
from connector.model.schema import ENTITIES, Kind
from connector.model.workspace import Profile

PARENTS: Final = {
    "deal_line": "deal_id",
    "deal_stage_history": "deal_id",
    "deal_history": "deal_id",
    "stage_stay": "deal_id",
    "deal_move": "deal_id",
    "deal_contact": "deal_id",
    "lead_status_history": "lead_id",
    "campaign_member": "campaign_id",
    "funnel_step": "deal_id",
    "lead_funnel_step": "lead_id",
    "forecast_snapshot": "deal_id",
}
"""Entities whose rows are parts of one record: they have its dimensions too."""

_SPLIT_TOO: Final = {("deal", "units"): "quantity", ("deal", "cost"): "cost"}
"""Other columns of a deal whose part falls to a product line, and what it is called there."""

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
    as_shown: bool = False
    """Filters are about what is shown alone: no key stands for a name, no word for a missing value."""


@dataclass(frozen=True, slots=True)
class Value:
    """SQL of a value, its kind, and (for references) the entity it points to."""

    sql: str
    kind: Kind
    target: str = ""


@dataclass
class Rows:
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
    kept: list[Node] = field(default_factory=list)
    """Conditions that every row has to meet; computed rows may be made of these alone."""
    is_by_step: bool = False
    """The rows of a funnel are grouped by its steps."""
    used: set[str] = field(default_factory=set)
    """Columns of the entity itself that were asked for so far."""
    uses_rates: bool = False
    states: States = field(default_factory=States)
    """Of a computed entity made of the states of deals: those that filters keep."""
    stand_in: str = ""
    """Another relation of the statement that is read in place of the entity."""
    _joins: dict[tuple[str, ...], str] = field(default_factory=dict)
    _rates: dict[str, str] = field(default_factory=dict)
    _clauses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.entities.add(self.entity)

    def read_from(self, relation: str) -> None:
        """Read another relation of the statement in place of the entity."""
        self.stand_in = relation
        self.entities.discard(self.entity)
        self.entities.add(relation)

    # -- columns and joins

    def path(self, path: str, *, whole: bool = False) -> Value:
        """Return the value at the end of ``ref.ref.column``, joining what lies between.

        ``whole`` asks for a deal's own amount where the rows are split over its product lines.
        """
        *hops, name = path.split(".")
        self.used.add(path.partition(".")[0])
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
        if (entity, name) == ("deal", "closing_owner_id") and owners_of_today(self.request.parameters):
            name = "owner_id"
        column = ENTITIES[entity].columns[name.removesuffix("_base") if name.endswith("_base") else name]
        sql = f"{alias}.{identifier(column.name)}"
        if alias == "t" and self.is_split and (entity, column.name) in _SPLIT_TOO and not whole:
            sql = f"(CASE WHEN {sql} IS NULL THEN NULL ELSE p.{_SPLIT_TOO[entity, column.name]} END)"
        if column.kind == "money":
            if alias == "t" and self.is_split and column.name == "amount" and not whole:
                computed = COMPUTED_ROWS.get(entity)
                own = computed.split_amount if computed is not None else ""
                sql = own or "(CASE WHEN t.amount IS NULL THEN NULL ELSE p.amount END)"
            sql = self._converted(sql, alias, entity)
        return Value(sql, column.kind, column.target or "")

    def _converted(self, sql: str, alias: str, entity: str) -> str:
        """Money in the report currency (rule E3); NULL where no rate is known.

        Money of an entity without a currency of its own was computed in the report currency.
        """
        if "currency" not in ENTITIES[entity].columns:
            return sql
        computed = COMPUTED_ROWS.get(entity)
        held = self.request.profile.currencies.get(computed.money_of if computed is not None else entity)
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
        if entity in PARENTS and "deal_id" in PARENTS[entity] and name is None:
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
        found = self._way_to(entity)
        if found is None:
            raise FormulaError(
                f"A row of {self.entity} does not lead to one row of {entity} (character {position}).",
                remedy=f"Use columns of {self.entity} or of the records it refers to.",
            )
        return found

    def leads_to(self, entity: str) -> bool:
        """True when a row leads to one row of an entity, or is one."""
        return self._way_to(entity) is not None

    def _way_to(self, entity: str) -> str | None:
        if entity == self.entity:
            return ""
        for owner, hop in ((self.entity, ""), (self._parent_entity(), f"{PARENTS.get(self.entity, '')}.")):
            name = "case_id" if entity == "service_case" else f"{entity}_id"
            if owner and owner == entity:
                return hop
            if owner and ENTITIES[owner].columns.get(name) and ENTITIES[owner].columns[name].target == entity:
                return f"{hop}{name}."
        return None

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

    # -- the whole

    def source(self) -> str:
        """Return the FROM clause. Call it last: it holds every join asked for so far."""
        return " ".join([f"FROM {self._base()} AS t", *self._extra(), *self._clauses])

    def _base(self) -> str:
        if self.stand_in:
            return self.stand_in
        computed = COMPUTED_ROWS.get(self.entity)
        if computed is not None:
            self.entities |= computed.entities
            return f"({computed.sql(self)})"
        if not self.history:
            return identifier(self.entity)
        self.entities |= {"deal", "deal_history"}
        return past_deals(closed=self.anchor is not None, owners_of_today=owners_of_today(self.request.parameters))

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
        computed = COMPUTED_ROWS.get(self.entity)
        if computed is not None and computed.split is not None:
            self.entities.add("deal")
            return computed.split(self)
        deals, own = "deal", "t.deal_id" if self.entity in PARENTS else "t.id"
        if self.history:
            deals, own = "(SELECT id AS version_id, deal_id AS id, amount FROM deal_history)", "t.version_id"
        part = "d.version_id" if self.history else "d.id"
        lines = "FROM deal_line AS n WHERE n.is_deleted IS NOT TRUE"
        if self.history:
            lines = f"FROM deal_line AS n JOIN {deals} AS d ON d.id = n.deal_id WHERE n.is_deleted IS NOT TRUE"
        keys = "".join(f", {sql} AS {name}" for name, sql in self.split.items())
        names = "".join(f", {name}" for name in self.split)
        units = "NULL" if self.history else "CASE WHEN s.deal_id IS NULL THEN d.units END"
        cost = "NULL" if self.history else "d.cost - COALESCE(s.cost, 0)"
        rows = (
            f"SELECT {part if self.history else 'n.deal_id'} AS deal_id, n.product_id, n.amount, n.quantity, n.cost "
            f"{lines} UNION ALL SELECT {part}, NULL, d.amount - COALESCE(s.amount, 0), {units}, {cost} "
            f"FROM {deals} AS d LEFT JOIN (SELECT deal_id, SUM(amount) AS amount, SUM(cost) AS cost FROM deal_line "
            "WHERE is_deleted IS NOT TRUE GROUP BY 1) AS s ON s.deal_id = d.id "
            f"WHERE s.deal_id IS NULL OR d.amount <> COALESCE(s.amount, 0) OR {cost} <> 0"
        )
        where = f"WHERE {' AND '.join(self.split_where)} " if self.split_where else ""
        return (
            f"JOIN (SELECT l.deal_id{keys}, SUM(l.amount) AS amount, SUM(l.quantity) AS quantity, SUM(l.cost) AS cost "
            f"FROM ({rows}) AS l LEFT JOIN product AS lp ON lp.id = l.product_id {where}"
            f"GROUP BY l.deal_id{names}) AS p ON p.deal_id = {own}"
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
