"""Which spreadsheets hold what of which workspace: reports, and questions placed anywhere, with how they went last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa

from connector.errors import UserError, WorkspaceBusy, quote
from connector.store import models
from connector.store.locks import LockTimeout, workspace_lock
from connector.store.state import State

SheetKind = Literal["report", "query"]
MADE_BY_PUENTE: Final = "made_by_puente"
"""Setting of a binding that says whether the file was made for it, so that its empty first tab may go."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a refresh failed, in English; whoever shows it translates."""

    sentence: str
    place: str = ""
    remedy: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class SheetBinding:
    """One thing of a workspace that lives in a spreadsheet.

    ``region`` is empty for the report, of which a spreadsheet holds one, and names a placed question otherwise.
    ``settings`` say how it is asked, for :mod:`connector.actions.sheets`. Moments are aware.
    """

    id: str
    workspace_id: str
    connection_id: str
    spreadsheet_id: str
    region: str
    kind: SheetKind
    title: str
    language: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    last_run_id: str = ""
    last_good_at: datetime | None = None
    notice: tuple[str, ...] = ()
    """English sentences about parts that somebody has deleted, which the status strip says."""
    problem: Problem | None = None
    problem_at: datetime | None = None


def add_sheet(state: sa.Connection, binding: SheetBinding) -> None:
    """Remember a new one. Raises UserError when the spreadsheet holds a report already.

    One that has just been made holds nothing: what is remembered under its id is of another Google, and forgotten.
    """
    if binding.settings.get(MADE_BY_PUENTE):
        state.execute(sa.delete(models.sheets).where(models.sheets.c.spreadsheet_id == binding.spreadsheet_id))
    values = {
        "id": binding.id, "workspace_id": binding.workspace_id, "connection_id": binding.connection_id,
        "spreadsheet_id": binding.spreadsheet_id, "region": binding.region, "kind": binding.kind,
        "title": binding.title, "language": binding.language, "settings": dict(binding.settings),
        "created_at": binding.created_at, "last_run_id": binding.last_run_id, "last_good_at": binding.last_good_at,
        "notice": list(binding.notice),
    }  # fmt: skip
    try:
        state.execute(models.sheets.insert().values(values))
    except sa.exc.IntegrityError:
        raise UserError(
            f"The spreadsheet {quote(binding.spreadsheet_id)} holds a report already.",
            remedy="Use another spreadsheet, or let go of that report first: sheet forget.",
        ) from None


def sheets_of(state: sa.Connection, workspace_id: str = "", spreadsheet_id: str = "") -> list[SheetBinding]:
    """Return what is remembered, of one workspace or spreadsheet where they are named, oldest first."""
    table = models.sheets
    asked = sa.select(table).order_by(table.c.created_at, table.c.spreadsheet_id, table.c.region, table.c.id)
    if workspace_id:
        asked = asked.where(table.c.workspace_id == workspace_id)
    if spreadsheet_id:
        asked = asked.where(table.c.spreadsheet_id == spreadsheet_id)
    return [_binding(row) for row in state.execute(asked)]


@dataclass(frozen=True, slots=True)
class Good:
    """A refresh that went well: its run, the title of the spreadsheet, what the strip says of deleted parts."""

    run: str
    title: str
    notice: tuple[str, ...] = ()


def note_good(state: sa.Connection, binding: SheetBinding, good: Good, now: datetime) -> None:
    """Keep that a refresh went well: the problem, if there was one, is over."""
    values = {"last_run_id": good.run, "last_good_at": now, "title": good.title[:300], "notice": list(good.notice)}
    _update(state, binding, **values, problem=None, problem_at=None)


def note_problem(state: sa.Connection, binding: SheetBinding, problem: Problem, now: datetime) -> None:
    """Keep why a refresh failed."""
    told = {"sentence": problem.sentence, "place": problem.place, "remedy": problem.remedy, "code": problem.code}
    _update(state, binding, problem=told, problem_at=now)


def forget_sheet(state: sa.Connection, binding: SheetBinding) -> None:
    """Forget one; the spreadsheet itself stays as it is."""
    state.execute(sa.delete(models.sheets).where(models.sheets.c.id == binding.id))


@contextmanager
def writing_sheet(state: State, locks: Path, spreadsheet_id: str, wait_seconds: float) -> Iterator[None]:
    """Hold a spreadsheet for writing, among all processes. Raises WorkspaceBusy when another one keeps it."""
    try:
        with workspace_lock(state, locks, f"sheet-{spreadsheet_id}", wait_seconds):
            yield
    except LockTimeout:
        raise WorkspaceBusy(
            f"Another run is writing the spreadsheet and did not finish within {wait_seconds:g} seconds.",
            place=spreadsheet_id,
            remedy="Wait for it to finish, or stop it, and run the same command again.",
        ) from None


def _update(state: sa.Connection, binding: SheetBinding, **values: Any) -> None:
    state.execute(models.sheets.update().where(models.sheets.c.id == binding.id).values(**values))


def _binding(row: sa.Row[tuple[object, ...]]) -> SheetBinding:
    problem = Problem(**row.problem) if row.problem else None
    return SheetBinding(
        row.id, row.workspace_id, row.connection_id, row.spreadsheet_id, row.region, row.kind, row.title,
        row.language, row.settings, row.created_at, row.last_run_id, row.last_good_at, tuple(row.notice), problem,
        row.problem_at,
    )  # fmt: skip
