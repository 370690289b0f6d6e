"""The team average that the figures of a rep stand next to (catalogue 1.2, comparison "team average").

Sums and counts: the total of the team over the number of its active people, those without rows included. Ratios
and means: computed from the summed parts of the same people. Deals without an owner and people who are not active
any more are left out of it. Someone without a team stands next to all active people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from connector.metrics.definitions import Catalogue
from connector.model.filters import AllOf, Condition, Filter, top_level
from connector.model.query import Language, Query
from connector.model.table import Cell, Table, TableColumn
from connector.reports.words import word

AVERAGE: Final = "__average"
"""Ending of the column id: ``total_sales__average`` stands next to ``total_sales``."""
PER_HEAD: Final = ("sum", "sum_except_time", "sum_two_dates", "distinct")
"""Classes of metrics of which a share falls to each person; other metrics are computed for the team."""

_ACTIVE: Final = AllOf(
    (Condition("owner", "is_null", exclude=True), Condition("owner_active", "equals", ("false",), exclude=True))
)


def with_team_average(
    table: Table, metrics: list[str], query: Query, ask: Callable[[Query], Table], catalogue: Catalogue
) -> Table:
    """Add a column with the team average of each metric to a table by owner.

    ``query`` is what the table answers and ``ask`` answers others like it. A filter by owner does not narrow the
    average: it is what the person is compared with.
    """
    teams = _Teams.of(ask(_people(query)))
    names = tuple(dict.fromkeys(metrics))
    asked = replace(
        query, metrics=names, dimensions=("manager_group",), filter=AllOf((_others(query.filter), _ACTIVE)),
        compare=None, sort=(), limit=None, totals=True,
    )  # fmt: skip
    found = ask(asked)
    columns, cells = list(table.columns), [list(row) for row in table.rows]
    totals = list(table.totals) if table.totals is not None else None
    for name in names:
        per_head = catalogue.metric(name).aggregation in PER_HEAD
        columns.append(_column(table.columns[table.index(name)], query.language))
        for row, key in zip(cells, table.keys, strict=True):
            row.append(teams.average(found, name, key[0], per_head=per_head))
        if totals is not None:
            totals.append(teams.of_all(found, name, per_head=per_head))
    return replace(
        table, columns=tuple(columns), rows=tuple(map(tuple, cells)), totals=tuple(totals) if totals else None
    )


def _people(query: Query) -> Query:
    return replace(
        query,
        metrics=("people=COUNT(owner.id)", "active=COUNT(owner.id WHERE COALESCE(owner.is_active, true) = true)"),
        dimensions=("owner", "manager_group"), filter=_others(query.filter), compare=None, sort=(), limit=None,
        totals=False,
    )  # fmt: skip


def _others(tree: Filter) -> Filter:
    """A filter without its conditions on the owner."""
    return AllOf(tuple(p for p in top_level(tree) if not (isinstance(p, Condition) and p.field == "owner")))


def _column(of: TableColumn, language: Language) -> TableColumn:
    label = word("team_average", language, label=of.label)
    return TableColumn(f"{of.id}{AVERAGE}", label, of.unit, "metric")


@dataclass(frozen=True, slots=True)
class _Teams:
    """Who is in which team, and how many of a team are active. None is the team of those without one."""

    team_of: dict[str, str | None]
    active: dict[str | None, int]

    @classmethod
    def of(cls, people: Table) -> _Teams:
        team_of: dict[str, str | None] = {}
        active: dict[str | None, int] = {}
        place = people.index("active")
        for key, row in zip(people.keys, people.rows, strict=True):
            if key[0] is not None:
                team_of[key[0]] = key[1]
                active[key[1]] = active.get(key[1], 0) + int(str(row[place]))
        return cls(team_of, active)

    def average(self, found: Table, metric: str, owner: str | None, *, per_head: bool) -> Cell:
        """The figure an owner stands next to; nothing for deals without one."""
        if owner is None:
            return None
        team = self.team_of.get(owner)
        if team is None:
            return self.of_all(found, metric, per_head=per_head)
        place = found.index(metric)
        whole = next((row[place] for key, row in zip(found.keys, found.rows, strict=True) if key[0] == team), None)
        return _shared(whole, self.active.get(team, 0)) if per_head else whole

    def of_all(self, found: Table, metric: str, *, per_head: bool) -> Cell:
        """The same over all active people."""
        whole = found.totals[found.index(metric)] if found.totals is not None else None
        return _shared(whole, sum(self.active.values())) if per_head else whole


def _shared(whole: Cell, people: int) -> Cell:
    if not people:
        return None
    return whole / people if isinstance(whole, int | float | Decimal) else 0
