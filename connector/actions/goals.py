"""Goals typed by people: set, remove, list, import and export them.

Typed goals are rows of a connection of their own, so no import or sync of another one touches them, and goals that
a CRM or a file brings stand beside them. Each change publishes all typed goals at once: nothing is half written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

from connector.actions.goal_files import GoalRow, read_goal_file, write_goal_file
from connector.actions.goal_scopes import Scopes
from connector.deliver.files.display import Display
from connector.errors import PuenteError, UserError, quote
from connector.log import running
from connector.metrics.definitions import MetricDefinition, load_catalogue
from connector.metrics.window import calendar_of
from connector.model.goal import Goal, period_text, read_period, read_target
from connector.model.period import Calendar
from connector.model.query import Language
from connector.model.table import Unit
from connector.model.workspace import Profile
from connector.sources.files.options import Limits
from connector.store.store import Connection, Manifest, Publication, Store, Workspace, Writing
from connector.store.typed import read_typed, write_typed

CONNECTION: Final = "typed goals"
SYSTEM: Final = "goals"
_MOST_SHOWN: Final = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GoalText:
    """One goal as it was typed. ``scope`` is ``company``, ``team:East``, ``owner:Ana`` ...; empty texts match all."""

    metric: str = ""
    scope: str = ""
    period: str = ""
    target: str = ""


ALL: Final = GoalText()


@dataclass(frozen=True, slots=True)
class GoalFile:
    """A file of goals. ``replace_all`` says that typed goals it does not name are gone."""

    path: Path
    replace_all: bool = False
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class ShownGoal:
    """One goal as it is listed. ``origin`` is ``typed`` or the name of the connection that brought it."""

    metric: str
    scope: str
    period: str
    target: Decimal
    origin: str
    changed_at: datetime | None = None
    unit: Unit = "number"
    currency: str = ""

    def target_text(self, language: Language) -> str:
        """Return the target as a reader writes it: an amount with its currency, a percentage, a number."""
        return Display(language, self.currency).number(self.target, self.unit)


@dataclass(frozen=True, slots=True)
class GoalChanges:
    """What a change of typed goals did. ``goals`` are those it names, as they are written."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0
    goals: tuple[ShownGoal, ...] = ()


class GoalBook:
    """What is needed to read goals as people write them: the metrics, people and calendar of one workspace."""

    def __init__(self, store: Store, workspace: Workspace) -> None:
        with store.reader(workspace) as reader:
            self.scopes = Scopes(reader)
            self.profile: Profile = reader.profile
        self.rules: Calendar = calendar_of(self.profile)

    def metric(self, text: str) -> MetricDefinition:
        """Return the metric of a goal. Raises UnknownName, UserError for one that is no goal itself."""
        found = load_catalogue().metric(text.strip())
        if found.unit in ("by_goal", "date", "instant", "text") or found.category == "goals":
            raise UserError(f"{quote(found.id)} is itself about goals.", remedy="Name what is to be reached.")
        return found

    def goal(self, text: GoalText, now: datetime) -> Goal:
        """Return the goal that is meant. Raises UserError, UnknownName; ``place`` names the part."""
        metric = _told("metric", lambda: self.metric(text.metric))
        scope, reference = _told("for", lambda: self.scopes.find(text.scope or "company"))
        days = _told("period", lambda: read_period(text.period, self.rules))
        target = _told("target", lambda: read_target(text.target, metric.unit))
        return Goal(metric.id, scope, reference, days.first, days.last, target, now)

    def shown(self, goal: Goal, origin: str = "typed") -> ShownGoal:
        """Return a goal as it is listed."""
        known = load_catalogue().metrics.get(goal.metric)
        return ShownGoal(
            goal.metric, self.scopes.label(goal.scope, goal.scope_id), period_text(goal.first, goal.last), goal.target,
            origin, goal.changed_at, unit=known.unit if known is not None else "number",
            currency=self.profile.currency,
        )  # fmt: skip


def _told(part: str, read: Callable[[], T]) -> T:
    """Read one part of a goal; an error says which part it is about."""
    try:
        return read()
    except PuenteError as error:
        raise type(error)(error.sentence, place=error.place or part, remedy=error.remedy) from None


def set_goal(store: Store, workspace: str, text: GoalText, now: datetime, wait_seconds: float = 60) -> GoalChanges:
    """Set the target of one goal; the same goal is replaced. Raises UserError, UnknownName, WorkspaceBusy."""
    held = store.workspace(workspace)
    book = GoalBook(store, held)
    return _change(store, held, book, lambda kept: _merged(kept, [book.goal(text, now)]), now, wait_seconds)


def remove_goals(store: Store, workspace: str, text: GoalText, now: datetime, wait_seconds: float = 60) -> GoalChanges:
    """Remove the typed goals of a metric, scope or period; what is left empty matches all. Raises UserError."""
    held = store.workspace(workspace)
    book = GoalBook(store, held)
    wanted = _matching(book, text)

    def without(kept: Sequence[Goal]) -> list[Goal]:
        left = [goal for goal in kept if not wanted(goal)]
        if len(left) == len(kept):
            raise UserError("No typed goal fits.", remedy="List them with: goals list -w WORKSPACE.")
        return left

    return _change(store, held, book, without, now, wait_seconds)


def list_goals(store: Store, workspace: str, text: GoalText = ALL) -> list[ShownGoal]:
    """Return the goals of a workspace, typed ones and those of its connections, by metric and period."""
    held = store.workspace(workspace)
    book = GoalBook(store, held)
    wanted = _matching(book, text)
    names = {one.id: "typed" if one.system == SYSTEM else one.name for one in store.connections(held)}
    sql = (
        "SELECT metric_id, scope_type, scope_id, period_start, period_end, target_value, updated_at, connection_id "
        "FROM goal WHERE is_deleted IS NOT TRUE AND target_value IS NOT NULL AND metric_id IS NOT NULL "
        "AND period_start IS NOT NULL AND period_end IS NOT NULL "
        "ORDER BY metric_id, period_start, period_end, scope_type, scope_id"
    )
    with store.reader(held) as reader:
        rows = reader.run(sql, ["goal"]).rows
    found = [(_goal_of(row[:7]), str(row[7])) for row in rows]
    return [book.shown(goal, names.get(connection, connection)) for goal, connection in found if wanted(goal)]


def import_goals(store: Store, workspace: str, file: GoalFile, now: datetime, wait_seconds: float = 60) -> GoalChanges:
    """Set the goals of a CSV or XLSX file, all of them or none.

    Columns: metric, period (or from and to), target, and whose goal it is: for (``team:East``), or owner, team,
    department, branch, of which one is filled; none means the company. Raises FileError, and UserError that lists
    every row and column that is wrong; nothing is written then.
    """
    held = store.workspace(workspace)
    book = GoalBook(store, held)
    with store.writing(held, "goals", now, wait_seconds) as turn, running(turn.run_id):
        rows = read_goal_file(file.path, turn.staging, file.limits)
        fresh = _read_rows(book, rows, file.path.name, now)
        connection = store.connection(held, CONNECTION, SYSTEM, now)
        kept = _typed(store, held, connection)
        goals = fresh if file.replace_all else _merged(kept, fresh)
        return _publish(turn, connection, _Change(kept, goals, store.manifest(held)), book, now)


def export_goals(store: Store, workspace: str, path: Path) -> int:
    """Write the typed goals as CSV or XLSX in the form that import takes; return their number. Raises UserError."""
    typed = [goal for goal in list_goals(store, workspace) if goal.origin == "typed"]
    write_goal_file(path, [GoalRow(0, g.metric, g.scope, g.period, f"{g.target.normalize():f}") for g in typed])
    return len(typed)


# --- keeping them


@dataclass(frozen=True, slots=True)
class _Change:
    """Typed goals before and after, and the published state they are part of."""

    before: Sequence[Goal]
    after: Sequence[Goal]
    manifest: Manifest


def _change(
    store: Store, held: Workspace, book: GoalBook, change: Callable[[Sequence[Goal]], list[Goal]], now: datetime,
    wait_seconds: float,
) -> GoalChanges:  # fmt: skip
    """Change the typed goals of a workspace in one turn; a change that is refused writes nothing."""
    with store.writing(held, "goals", now, wait_seconds) as turn, running(turn.run_id):
        connection = store.connection(held, CONNECTION, SYSTEM, now)
        kept = _typed(store, held, connection)
        return _publish(turn, connection, _Change(kept, change(kept), store.manifest(held)), book, now)


def _publish(turn: Writing, connection: Connection, change: _Change, book: GoalBook, now: datetime) -> GoalChanges:
    before, after = ({goal.key: goal for goal in goals} for goals in (change.before, change.after))
    added = [goal for key, goal in after.items() if key not in before]
    changed = [goal for key, goal in after.items() if key in before and before[key].target != goal.target]
    removed = [goal for key, goal in before.items() if key not in after]
    same = len(after) - len(added) - len(changed)
    shown = tuple(book.shown(goal) for goal in (*added, *changed, *removed))
    done = GoalChanges(len(added), len(changed), len(removed), same, shown)
    if added or changed or removed:
        write_typed(turn.staging, "goal", [_row(goal, now) for goal in change.after])
        profile = _profile(change.manifest)
        turn.publish(connection, Publication(turn.staging, (), None, profile, {"goals": len(after)}), now)
    return done


def _profile(manifest: Manifest) -> Profile:
    """Facts of the typed goals; what figures depend on stays as the other connections decided it."""
    whole = manifest.profile()
    return replace(
        whole, typed=True, conversion=(), custom=(), allowed={}, repairs=(), currencies={}, rows={}, filled={},
        history_since="", rejected=0,
    )  # fmt: skip


def _typed(store: Store, held: Workspace, connection: Connection) -> list[Goal]:
    part = store.manifest(held).tables.get("goal", {}).get(connection.id)
    files = store.fetch(part.files) if part is not None else []
    columns = ("metric_id", "scope_type", "scope_id", "period_start", "period_end", "target_value", "updated_at")
    return [_goal_of(tuple(row[name] for name in columns)) for row in read_typed(files)]


def _goal_of(row: Sequence[Any]) -> Goal:
    metric, scope, reference, first, last, target, changed_at = row
    return Goal(metric, scope, reference, first, last, Decimal(repr(target)), changed_at)


def _row(goal: Goal, now: datetime) -> Mapping[str, Any]:
    """A goal as a row of the schema; its id says what it is, so the same goal keeps it."""
    identity = hashlib.sha256("\x1f".join(map(str, goal.key)).encode()).hexdigest()[:16]
    return {
        "id": f"typed-{identity}", "metric_id": goal.metric, "scope_type": goal.scope, "scope_id": goal.scope_id,
        "period_start": goal.first, "period_end": goal.last, "target_value": float(goal.target),
        "updated_at": goal.changed_at, "source_system": SYSTEM, "synced_at": now, "is_deleted": False,
    }  # fmt: skip


def _merged(kept: Sequence[Goal], fresh: Iterable[Goal]) -> list[Goal]:
    joined = {goal.key: goal for goal in kept}
    for goal in fresh:
        known = joined.get(goal.key)
        joined[goal.key] = known if known is not None and known.target == goal.target else goal
    return list(joined.values())


def _matching(book: GoalBook, text: GoalText) -> Callable[[Goal], bool]:
    metric = _told("metric", lambda: book.metric(text.metric)).id if text.metric else ""
    scope = _told("for", lambda: book.scopes.find(text.scope)) if text.scope else None
    days = _told("period", lambda: read_period(text.period, book.rules)) if text.period else None
    labelled = book.scopes.label(*scope) if scope else ""

    def fits(goal: Goal) -> bool:
        return (
            (not metric or goal.metric == metric)
            and (not labelled or book.scopes.label(goal.scope, goal.scope_id) == labelled)
            and (days is None or (goal.first, goal.last) == (days.first, days.last))
        )

    return fits


# --- rows of a file


def _read_rows(book: GoalBook, rows: Sequence[GoalRow], file: str, now: datetime) -> list[Goal]:
    """Return the goals of a file. Raises UserError that lists every row that is wrong."""
    found: dict[tuple[object, ...], tuple[Goal, int]] = {}
    wrong: list[str] = []
    for row in rows:
        place = f"line {row.line}"
        if row.mistake:
            wrong.append(f"{place}: {row.mistake}")
            continue
        try:
            goal = book.goal(GoalText(row.metric, row.scope, row.period, row.target), now)
        except PuenteError as error:
            wrong.append(f"{place}, column {row.column(error.place)}: {error.sentence} {error.remedy}")
            continue
        first = found.setdefault(goal.key, (goal, row.line))
        if first[0].target != goal.target:
            wrong.append(f"{place}: the goal of line {first[1]} again, with another target.")
    if wrong:
        rest = [f"and {len(wrong) - _MOST_SHOWN} more"] if len(wrong) > _MOST_SHOWN else []
        listed = "\n  ".join([*wrong[:_MOST_SHOWN], *rest])
        raise UserError(
            f"{len(wrong)} of {len(rows)} rows cannot be read:\n  {listed}\n",
            place=quote(file),
            remedy="Nothing was changed: correct the rows and import the file again.",
        )
    return [goal for goal, _ in found.values()]
