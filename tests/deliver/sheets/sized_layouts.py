"""Layouts of a known size, for counting what a refresh asks and sends. The same seed gives the same cells."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

from connector.deliver.sheets.layout import Chart, Column, ColumnRange, Layout, Region, Row, Rule, Tab

WORDS = ("Nordwind", "Sensores do Sul", "Датчики", "Acme", "Öresund", "Lumière", "Blue River", "Ñandú")
NUMBER = {"numberFormat": {"type": "NUMBER", "pattern": "#,##0.00"}}
DAY = {"numberFormat": {"type": "DATE", "pattern": "yyyy-mm-dd"}}


def rows_of(count: int, width: int, seed: int, padding: str = "") -> tuple[Row, ...]:
    """Rows as a report has them: a name, a text, a day, then figures; no two seeds give the same. ``padding`` makes
    the texts longer."""
    random = Random(seed)
    return tuple(
        (
            f"{random.choice(WORDS)} {number}",
            random.choice(WORDS) + padding,
            46000 + random.randrange(400),
            *(random.randrange(10**7) / 100 for _ in range(width - 3)),
        )
        for number in range(count)
    )


def columns_of(width: int) -> tuple[Column, ...]:
    """The columns of :func:`rows_of`."""
    figures = tuple(Column(f"figure{number}", f"Figure {number}", "number", NUMBER) for number in range(width - 3))
    return (Column("name", "Name"), Column("source", "Source"), Column("day", "Day", "date", DAY), *figures)


def tab_of(tab: str, title: str, rows: tuple[Row, ...], said: str) -> Tab:
    """A tab with a status strip that says something, one table and a chart over it."""
    columns = columns_of(len(rows[0]))
    strip = Region("strip", columns[:1], ((said,),), is_strip=True)
    table = Region("table", columns, (tuple(column.title for column in columns),), rows, heading=0)
    return Tab(tab, title, (strip, table), (_chart(tab),), (_rule(tab),), frozen_rows=2)


def eight_tabs(seed: int, *, rows: int = 150, width: int = 10, said: str = "Data through May 18") -> Layout:
    """A report with eight tabs of ``rows`` x ``width`` cells each, with a chart and a rule on each."""
    tabs = tuple(tab_of(f"tab{n}", f"Tab {n}", rows_of(rows, width, seed * 100 + n), said) for n in range(8))
    return Layout("Eight tabs", "en_US", "Europe/Berlin", tabs, template="bench", template_version=1)


def large_table(seed: int, *, rows: int = 100_000, width: int = 15, padding: str = "") -> Layout:
    """A report with one large table."""
    tab = tab_of("large", "Large", rows_of(rows, width, seed, padding), "Data through May 18")
    return Layout("Large", "en_US", "Europe/Berlin", (tab,), template="bench", template_version=1)


def values_bytes(layout: Layout) -> int:
    """Return the bytes that one compact request of ``values`` would need for the tables of a layout."""
    tables = [(tab, region) for tab in layout.tabs for region in tab.regions if region.heading is not None]
    data = [{"range": f"{tab.title}!A1", "values": [*region.head, *region.body]} for tab, region in tables]
    body = {"valueInputOption": "RAW", "data": data}
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def with_strip(layout: Layout, said: str) -> Layout:
    """The same figures under a status strip that says something else."""
    return replace(
        layout,
        tabs=tuple(
            replace(tab, regions=(replace(tab.regions[0], head=((said,),)), *tab.regions[1:])) for tab in layout.tabs
        ),
    )


def _chart(tab: str) -> Chart:
    def source(column: str) -> dict[str, object]:
        return {"sourceRange": {"sources": [ColumnRange(tab, "table", column, with_heading=True)]}}

    basic = {
        "chartType": "COLUMN", "headerCount": 1, "legendPosition": "BOTTOM_LEGEND",
        "domains": [{"domain": source("name")}], "series": [{"series": source("figure0"), "targetAxis": "LEFT_AXIS"}],
    }  # fmt: skip
    return Chart("chart", "table", {"title": "Figures", "basicChart": basic}, slot=8)


def _rule(tab: str) -> Rule:
    condition = {"type": "NUMBER_GREATER", "values": [{"userEnteredValue": "99000"}]}
    rule = {"booleanRule": {"condition": condition, "format": {"textFormat": {"bold": True}}}}
    return Rule(rule, (ColumnRange(tab, "table", "figure0"),))
