"""The CRM exports of the demo company: two dozen files as real systems and real people write them.

``today`` is the day on which the exports are made, as the head office in Madrid counts days. They are made at
00:45 local time and hold everything that happened before, so they start 26 months back and the running month is
partly filled. The same day and seed give the same bytes. The mapping that reads them is :data:`MAPPING`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from connector.sandbox import deal_exports as selling
from connector.sandbox import other_exports as around
from connector.sandbox.company.dirt import soil
from connector.sandbox.company.nextday import live_one_day
from connector.sandbox.company.world import World, found_company
from connector.sandbox.counting import ExpectedDirt, count_dirt
from connector.sandbox.dialects import Dialect

MAPPING: Final = Path(__file__).with_name("demo_mapping.yaml")
"""The mapping file that reads all exports."""
WORKBOOK: Final = "accounts.xlsx"
_RULE: Final = "# " + "-" * 40 + "\n"
GA4_PREAMBLE: Final = f"{_RULE}# Traffic acquisition\n# nortesensing.example\n{_RULE}#\n"


@dataclass(frozen=True, slots=True)
class Layout:
    """One text file: its name, its form, its header and where its rows come from."""

    file: str
    dialect: Dialect
    columns: Sequence[str] | Callable[[World], Sequence[str]]
    rows: Callable[[World], Iterable[Sequence[str]]]

    def header(self, world: World) -> Sequence[str]:
        return self.columns(world) if callable(self.columns) else self.columns


_EXCEL = Dialect(encoding="utf-8-sig", line_end="\r\n")
_PLAIN = Dialect()
LAYOUTS: Final = (
    Layout("owners.csv", _PLAIN, around.OWNER_COLUMNS, around.owner_rows),
    Layout("products.csv", _PLAIN, around.PRODUCT_COLUMNS, around.product_rows),
    Layout("contacts.csv", _EXCEL, around.CONTACT_COLUMNS, around.contact_rows),
    Layout(
        "Контакты Алматы.csv",
        Dialect(encoding="cp1251", separator=";", line_end="\r\n"),
        around.RUSSIAN_CONTACT_COLUMNS,
        around.russian_contact_rows,
    ),
    Layout("campaigns.csv", _PLAIN, around.CAMPAIGN_COLUMNS, around.campaign_rows),
    Layout("leads.csv", _PLAIN, selling.LEAD_COLUMNS, selling.lead_rows),
    Layout("deals.csv", _EXCEL, selling.DEAL_COLUMNS, selling.deal_rows),
    Layout(
        "Negocios España.csv",
        Dialect(encoding="cp1252", separator=";", line_end="\r\n"),
        selling.SPANISH_DEAL_COLUMNS,
        selling.spanish_deal_rows,
    ),
    Layout("stage_events.tsv", Dialect(separator="\t"), selling.STAGE_EVENT_COLUMNS, selling.stage_event_rows),
    Layout("lines.csv", _PLAIN, selling.LINE_COLUMNS, selling.line_rows),
    Layout("activities.csv", Dialect(line_end="\r\n"), selling.ACTIVITY_COLUMNS, selling.activity_rows),
    Layout("quotas.csv", Dialect(separator=";", line_end="\r\n"), around.quota_columns, around.quota_rows),
    Layout("goals.csv", _PLAIN, around.GOAL_COLUMNS, around.goal_rows),
    Layout("costs.csv", Dialect(separator=";", line_end="\r\n"), around.COST_COLUMNS, around.cost_rows),
    Layout("tickets.csv", Dialect(quoting=csv.QUOTE_ALL), around.TICKET_COLUMNS, around.ticket_rows),
    Layout("surveys.csv", Dialect(separator="|"), around.SURVEY_COLUMNS, around.survey_rows),
    Layout("web_sessions.csv", Dialect(preamble=GA4_PREAMBLE), around.WEB_COLUMNS, around.web_rows),
    Layout("fx_rates.csv", _PLAIN, around.RATE_COLUMNS, around.rate_rows),
)
"""Every text file; accounts.xlsx comes beside them."""


def write_exports(directory: Path, today: date, seed: int = 7) -> list[Path]:
    """Write all exports as made on ``today`` into an existing directory and return their paths."""
    return _write(directory, make_world(today, seed))


def write_changed_exports(directory: Path, today: date, seed: int = 7) -> list[Path]:
    """Write the exports as made one day after ``write_exports(directory, today, seed)``.

    They run through the day ``today``: a demo that must not look ahead passes yesterday to both functions.
    """
    return _write(directory, make_world(today, seed, changed=True))


def expected_dirt(today: date, seed: int = 7, *, changed: bool = False) -> ExpectedDirt:
    """Return what the exports of the same arguments hold: row counts, each kind of mistake, won deals."""
    return count_dirt(make_world(today, seed, changed=changed))


def expected_changes(today: date, seed: int = 7) -> dict[str, int]:
    """Return how many records the second exports change, by what happened: won, lost, moved, created, ..."""
    return make_world(today, seed, changed=True).changes


def make_world(today: date, seed: int, *, changed: bool = False) -> World:
    """Return the company from which the exports are written; ``changed`` adds the next day."""
    world = found_company(today, seed)
    soil(world)
    if changed:
        live_one_day(world)
    return world


def _write(directory: Path, world: World) -> list[Path]:
    paths = [directory / WORKBOOK]
    _write_workbook(paths[0], world)
    for layout in LAYOUTS:
        paths.append(directory / layout.file)
        layout.dialect.write(paths[-1], layout.header(world), layout.rows(world))
    return paths


def _write_workbook(target: Path, world: World) -> None:
    import xlsxwriter  # noqa: PLC0415 - heavy, and only this file needs it

    options = {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(target), options)
    created = datetime(world.as_of.year, world.as_of.month, world.as_of.day)  # noqa: DTZ001 - Excel knows no zones
    book.set_properties({"title": "Accounts", "author": "Norte Sensing", "created": created})
    _write_sheet(book.add_worksheet("Accounts"), around.ACCOUNT_COLUMNS, around.account_rows(world))
    _write_sheet(book.add_worksheet("Hierarchy"), around.HIERARCHY_COLUMNS, around.hierarchy_rows(world))
    book.close()


def _write_sheet(sheet: Any, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    sheet.write_row(0, 0, columns)
    for number, row in enumerate(rows, start=1):
        sheet.write_row(number, 0, row)
    sheet.freeze_panes(1, 0)
