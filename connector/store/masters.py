"""Master reports as the state database keeps them: what somebody built in Looker Studio from a description."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from connector.model.query import Language
from connector.store import models


@dataclass(frozen=True, slots=True)
class MasterReport:
    """A report of Looker Studio that copies are made of.

    ``template`` and ``template_version`` name the description it was built from, ``language`` that of its titles.
    """

    template: str
    language: Language
    report_id: str
    template_version: int
    created_at: datetime


def all_masters(state: sa.Connection) -> list[MasterReport]:
    """Return every registered master report."""
    table = models.master_reports
    rows = state.execute(sa.select(table).order_by(table.c.template, table.c.language))
    return [
        MasterReport(row.template, row.language, row.report_id, row.template_version, row.created_at) for row in rows
    ]


def keep_master(state: sa.Connection, master: MasterReport) -> None:
    """Register a master report in place of the one of the same template and language."""
    forget_master(state, master.template, master.language)
    state.execute(models.master_reports.insert().values(**asdict(master)))


def forget_master(state: sa.Connection, template: str, language: Language) -> bool:
    """Take a master report out of the register; say whether there was one."""
    table = models.master_reports
    found = (table.c.template == template) & (table.c.language == language)
    return state.execute(sa.delete(table).where(found)).rowcount > 0
