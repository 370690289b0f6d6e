"""Funnels: which deals came to which step, as SQL over the history of stages.

A step is an open stage of the deal's pipeline, in its order, and a last one for won deals. Which steps a deal counts
for is said in ``ladder``; here they become rows, each with the owner it belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connector.metrics.ladder import WON, cohort, counted, counts_at, created_in_window, same_pipeline
from connector.metrics.syntax import Binary, ColumnRef, Constant, Node, conjuncts

if TYPE_CHECKING:
    from connector.metrics.rows import Rows

STEP_COLUMNS: Final = ("step", "stage_id", "position")
"""Columns that tell steps apart. A figure that uses none of them asks about deals: each is there once."""
FLAGS: Final = ("reached", "reached_before", "reached_next", "can_go_on", "stopped", "is_member")
"""Each is true in at most one row of a deal and step, whoever owned the deal."""
_MARKS: Final = ("is_first", "is_assumed")
_DEAL: Final = ("pipeline_id", "status", "created_at", "closed_at", "amount", "currency")


def funnel_rows(rows: Rows) -> str:
    """Return SQL for the rows of ``funnel_step``.

    Without a split by owner a row is a deal and step, with everything that is true of it. With one, what is true
    stands in rows of its own, each with the owner it is true of: of a stage its owner at the first entry, or at that
    of the next stage entered when it counts without having been entered; of won deals the owner at closing. The step
    before has the owner of the step before, and a deal is a member of the cohort of the owner it had at the first.
    """
    by_owner = "owner_id" in rows.used
    ctes = {
        "cohort": cohort(created_in_window(rows, "funnel_step", "d")),
        "pipelines": "SELECT DISTINCT pipeline_id FROM cohort",
        **counted(rows, by_owner=by_owner),
    }
    found = _whole_rows()
    if by_owner:
        ctes |= {"arrived": arrived(by_owner=True), "members": _members()}
        found = _rows_of_owners()
    if not set(STEP_COLUMNS) & rows.used:
        found = once(found, ("deal_id", "owner_id"), _DEAL, (*FLAGS, *_MARKS, "is_unordered"))
    return with_ctes(ctes, found)


def with_ctes(ctes: dict[str, str], found: str) -> str:
    """Return a statement with its common tables before it."""
    return f"WITH {', '.join(f'{name} AS ({sql})' for name, sql in ctes.items())} {found}"


def once(found: str, keys: tuple[str, ...], more: tuple[str, ...], flags: tuple[str, ...]) -> str:
    """Return the rows without their steps, so that an amount is there once for each deal."""
    shown = [*keys, *(f"any_value({name}) AS {name}" for name in more)]
    shown += [f"bool_or({name}) AS {name}" for name in flags]
    return f"SELECT {', '.join(shown)} FROM ({found}) GROUP BY {', '.join(keys)}"


def tells_steps_apart(entity: str, dimensions: set[str]) -> bool:
    """True when a split leaves no two steps of a deal in one group."""
    return entity == "funnel_step" and bool(dimensions & {"funnel_stage", "stage"})


def flags_asked(where: Node | None) -> set[str]:
    """Return the flags that a condition asks to be true: by one, a deal is in one row of a step at most."""
    return {
        part.left.column
        for part in conjuncts(where)
        if isinstance(part, Binary)
        and part.op == "="
        and isinstance(part.left, ColumnRef)
        and part.left.column in FLAGS
        and part.right == Constant(True)
    }


# -- rows


_STOPPED: Final = (
    f"l.step <> '{WON}' AND CASE WHEN l.rung IS NULL THEN c.status <> 'won' AND c.here = l.bit "
    f"ELSE (c.counted & ((c.stages << 1) | 1)) >> l.rung = 0 END"
)
"""Of a stage that counts: the deal came no further, and is not won."""


def _columns(alias: str, owner: str) -> str:
    deal = ", ".join(f"c.{name}" for name in _DEAL)
    return (
        f"c.deal_id, {deal}, {alias}.stage_id, {alias}.step, {alias}.position, {owner} AS owner_id, "
        f"{alias}.rung IS NULL AS is_unordered"
    )


def _whole_rows() -> str:
    """One row a deal and step."""
    flags = {
        "reached": counts_at("l.bit"),
        "reached_before": f"(l.rung = 1 OR (l.rung > 1 AND {counts_at('l.rung - 2')}))",
        "reached_next": f"(l.rung <= c.steps AND {counts_at('l.rung')})",
        "can_go_on": f"(l.rung <= c.steps AND {counts_at('l.bit')})",
        "stopped": f"({counts_at('l.bit')} AND {_STOPPED})",
        "is_member": "TRUE",
        "is_first": "(l.rung = 1)",
        "is_assumed": "(c.is_assumed AND l.rung = 1)",
    }
    shown = ", ".join(f"COALESCE({sql}, FALSE) AS {name}" for name, sql in flags.items())
    return (
        f"SELECT {_columns('l', 'CAST(NULL AS VARCHAR)')}, 'deal' AS part, {shown} FROM counted AS c "
        f"JOIN ladder AS l ON {same_pipeline('l', 'c')}"
    )


def arrived(*, by_owner: bool) -> str:
    """Return SQL for one row a deal and step that it counts for, with the owner it had there."""
    return _owned(counts_at("l.bit"), by_owner=by_owner)


def _members() -> str:
    """Every deal of the cohort, with the owner it had, or would have had, at the first step."""
    return _owned("l.rung = 1", by_owner=True)


def _owned(condition: str, *, by_owner: bool) -> str:
    """Deals and steps with the owner of each: at the entry, at the next one, at closing, or now."""
    later = "((c.visited & c.stages) >> l.bit)"
    entered = f"CASE WHEN l.rung IS NULL THEN l.bit ELSE l.bit + bit_count(({later} & -{later}) - 1) END"
    join = f"LEFT JOIN entries AS e ON e.deal_id = c.deal_id AND e.bit = {entered}"
    owner = (
        f"CASE WHEN l.step = '{WON}' THEN c.closing_owner_id WHEN e.deal_id IS NOT NULL THEN e.owner_id "
        "WHEN c.status = 'won' THEN c.closing_owner_id ELSE c.owner_id END"
    )
    deal = ", ".join(f"c.{name}" for name in _DEAL)
    return (
        f"SELECT c.deal_id, {deal}, l.step, l.rung, {owner if by_owner else 'c.owner_id'} AS owner_id, "
        f"{_STOPPED} AS stopped, c.is_assumed "
        f"FROM counted AS c JOIN ladder AS l ON {same_pipeline('l', 'c')} AND {condition} "
        f"{join if by_owner else ''}"
    )


def _rows_of_owners() -> str:
    """What is true of a deal and step, each in a row with the owner it is true of."""
    parts = {
        "at": (
            "arrived",
            "l.step = c.step",
            {
                "reached": "TRUE",
                "is_first": "COALESCE(l.rung = 1, FALSE)",
                "can_go_on": f"COALESCE(l.step <> '{WON}' AND l.rung IS NOT NULL, FALSE)",
                "stopped": "COALESCE(c.stopped, FALSE)",
            },
        ),
        "before": ("arrived", "l.rung = c.rung + 1", {"reached_before": "TRUE"}),
        "next": ("arrived", "l.rung = c.rung - 1", {"reached_next": "TRUE"}),
        "member": (
            "members",
            "TRUE",
            {
                "is_member": "TRUE",
                "reached_before": "COALESCE(l.rung = 1, FALSE)",
                "is_first": "COALESCE(l.rung = 1, FALSE)",
                "is_assumed": "COALESCE(c.is_assumed AND l.rung = 1, FALSE)",
            },
        ),
    }
    return " UNION ALL ".join(
        f"SELECT {_columns('l', 'c.owner_id')}, '{part}' AS part, "
        + ", ".join(f"{true.get(name, 'FALSE')} AS {name}" for name in (*FLAGS, *_MARKS))
        + f" FROM {source} AS c JOIN ladder AS l ON {same_pipeline('l', 'c')} AND {condition}"
        for part, (source, condition, true) in parts.items()
    )
