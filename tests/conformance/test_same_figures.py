"""The same question, asked on every way there is, gives the same figure: for every metric of the catalogue.

The questions are generated: each metric by the first dimension that it has figures for. ``query`` is asked for it; a
report template that holds all of them is written as a workbook and as a spreadsheet of the sandbox Google, and read
back by other people's readers; Looker Studio and OData are asked over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import gspread
import pytest
import requests
import yaml

from connector.actions.keys import create_key
from connector.actions.query import query
from connector.app import Doors
from connector.deliver.files.workbook import write_workbook
from connector.deliver.sheets.creation import create
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.report_layout import report_layout
from connector.deliver.sheets.state import inspect
from connector.errors import QueryError
from connector.metrics.definitions import load_catalogue
from connector.model.query import Query
from connector.model.report import Block, Report
from connector.model.table import Cell, Table, Unit
from connector.reports.evaluate import Options, evaluate_report
from connector.reports.template import check_template
from connector.settings import load_settings
from connector.web.application import create_app
from tests.deliver.files.workbook_readers import open_book, tables_of
from tests.deliver.sheets.conftest import api, clock, drive, google, judge, person, route
from tests.looker.charts import Chart
from tests.looker.endpoint import Endpoint
from tests.looker.studio import serving
from tests.reports.conftest import Demo, demo

__all__ = ["api", "clock", "demo", "drive", "google", "judge", "person", "route"]

pytestmark = pytest.mark.conformance

FIRST, LAST = "2026-01-01", "2026-10-31"
DAYS: Final = f"{FIRST}..{LAST}"
DIMENSIONS: Final = (
    "month", "owner", "lead_source", "stage", "activity_type", "campaign", "product", "industry", "team", "pipeline",
)  # fmt: skip
"""Tried in this order: a metric is asked by the first one that gives it two figures."""
BLOCKS_OF_A_TAB: Final = 20
MOST_PAGES: Final = 20
METRICS_AT_ONCE: Final = 10
NULLS = load_catalogue().null_labels
INACTIVE = " " + NULLS["inactive_suffix"]["en"]
NO_FIGURE = "\N{EN DASH}"
"""What stands in a workbook where there is no figure."""
EPOCH = datetime(1899, 12, 30)

BORNE_TWICE: Final = "of two"
"""Stands for the figures of a name that two people bear: they cannot be told apart by it."""

Figures = dict[str, Cell]
"""Figure by the label of its row."""


@dataclass(frozen=True)
class Question:
    metric: str
    dimension: str


@dataclass(frozen=True)
class Asked:
    """The questions with the answers of ``query``, and the report that holds them all."""

    demo: Demo
    answers: dict[Question, Figures]
    report: Report


@pytest.fixture(scope="module")
def asked(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    answers: dict[Question, Figures] = {}
    for metric in load_catalogue().metrics:
        question, figures = best(demo, metric)
        if question is not None:
            answers[question] = figures
    path = tmp_path_factory.mktemp("all") / "all_metrics" / "template.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(template(list(answers)), allow_unicode=True), encoding="utf-8")
    with demo.store.reader(demo.store.workspace(demo.workspace)) as reader:
        report = evaluate_report(reader, check_template(path), Options(), demo.now)
    return Asked(demo, answers, report)


def best(demo: Demo, metric: str) -> tuple[Question | None, Figures]:
    """Return the question for a metric: by a dimension that gives it two figures, else by one that takes it at all.

    A metric that has no figure as a whole is not tried by every dimension.
    """
    found: tuple[Question | None, Figures] = (None, {})
    for dimension in DIMENSIONS:
        table = answered(demo, metric, dimension)
        if table is None:
            continue
        figures = by_label(table)
        if found[0] is None or len(filled(figures)) >= 2:
            found = (Question(metric, dimension), figures)
        if len(filled(figures)) >= 2 or (not figures and is_empty(answered(demo, metric))):
            break
    return found


def answered(demo: Demo, metric: str, *dimensions: str) -> Table | None:
    """Return the answer of ``query``, None for a question that it refuses."""
    try:
        return query(demo.store, demo.workspace, Query((metric,), dimensions, date_range=DAYS), demo.now)
    except QueryError:
        return None


def is_empty(total: Table | None) -> bool:
    return total is not None and not any(row[0] for row in total.rows)


def by_label(table: Table) -> Figures:
    labels = [label_of(row[0]) for row in table.rows]
    return {
        label: row[1] if labels.count(label) == 1 else BORNE_TWICE
        for label, row in zip(labels, table.rows, strict=True)
    }


def label_of(cell: Cell) -> str:
    """Months as they are read, people by their names alone."""
    if isinstance(cell, date):
        return f"{cell:%Y-%m}"
    return "" if cell is None else str(cell).strip().removesuffix(INACTIVE)


def other_label(value: Any, dimension: str) -> str:
    """The label of a value as Looker Studio and OData have it: months as 202601 or a day, no value as null."""
    if value is None:
        return NULLS.get(load_catalogue().dimensions[dimension].null_label or "not_set", {}).get("en", "")
    text = str(value).strip()
    return f"{text[:4]}-{text.replace('-', '')[4:6]}" if dimension == "month" else text


def filled(figures: Mapping[str, Cell]) -> Figures:
    return {label: value for label, value in figures.items() if value is not None}


def template(questions: Sequence[Question]) -> dict[str, Any]:
    def text(words: str) -> dict[str, str]:
        return dict.fromkeys(("en", "es", "pt", "ru"), words)

    blocks = [
        {
            "id": f"m_{each.metric}", "kind": "table", "title": text(each.metric), "metrics": [each.metric],
            "dimensions": [each.dimension], "range": DAYS, "compare": "none", "limit": 5000,
        }
        for each in questions
    ]  # fmt: skip
    tabs = [
        {"id": f"t{start}", "title": text(f"Part {start}"), "blocks": blocks[start : start + BLOCKS_OF_A_TAB]}
        for start in range(0, len(blocks), BLOCKS_OF_A_TAB)
    ]
    return {
        "id": "all_metrics", "version": 1, "audience": ["analyst"], "cadence": ["daily"], "title": text("All metrics"),
        "question": text("What is every figure?"), "entities": ["deal"], "range": DAYS, "tabs": tabs,
    }  # fmt: skip


def same(one: Cell, other: Any) -> bool:
    """To the cent, and to what a double holds of everything else."""
    if isinstance(one, datetime | date) or isinstance(other, datetime | date):
        return str(one)[:10] == str(other)[:10]
    if one is None or other is None or isinstance(one, str):
        return (one if one is not None else "") == (other if other not in (None, NO_FIGURE) else "")
    if isinstance(other, timedelta):  # the reader of workbooks rounds durations to milliseconds
        return abs(float(one) - other.total_seconds()) <= 0.001
    number = float(other)
    return abs(float(one) - number) <= (0.005 if isinstance(one, Decimal) else 1e-9 * max(1.0, abs(float(one))))


def differences(wanted: Mapping[str, Cell], found: Mapping[str, Any]) -> list[str]:
    """Rows without a figure may be left out; a row too many is a difference."""
    return [
        f"{label}: {wanted.get(label)!r} is {found.get(label)!r}"
        for label in dict.fromkeys([*wanted, *found])
        if wanted.get(label) != BORNE_TWICE and not same(wanted.get(label), found.get(label))
    ]


def test_every_metric_is_asked(asked: Asked) -> None:
    """What has no figure on the demo organisation is compared as empty, which proves little: few may be."""
    names = set(load_catalogue().metrics)
    assert {question.metric for question in asked.answers} == names
    assert sum(1 for figures in asked.answers.values() if filled(figures)) >= 0.6 * len(names)


def test_the_report_and_its_workbook_hold_them(asked: Asked, tmp_path: Path) -> None:
    write_workbook(asked.report, tmp_path / "all.xlsx")
    sheets = {sheet.title: sheet for sheet in open_book(tmp_path / "all.xlsx").worksheets}
    wrong: list[str] = []
    compared = 0
    for tab in asked.report.tabs:
        tables = [block for block in tab.blocks if block.table is not None and block.table.rows]
        held = tables_of(sheets[tab.title])
        assert len(held) == len(tables)
        for block, found in zip(tables, held, strict=True):
            assert block.table is not None
            wanted = asked.answers[question_of(asked, block.id)]
            values = {label_of(row[0]): cells[1].value for row, cells in zip(block.table.rows, found.rows, strict=True)}
            wrong += [f"{block.id}: {text}" for text in differences(wanted, values)]
            compared += len(values)
    assert wrong == []
    assert compared > 1000


def test_a_spreadsheet_holds_them(asked: Asked, api: GoogleSheets, person: gspread.Client) -> None:
    layout = report_layout(asked.report)
    book = create(api, layout, asked.demo.now, "figures").spreadsheet
    places = {region.region: region.place for tab in inspect(api, book).tabs for region in tab.regions}
    blocks = [block for tab in asked.report.tabs for block in tab.blocks if block.table is not None]
    raw = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}
    ranges = [places[block.id] for block in blocks]
    answers = person.open_by_key(book).values_batch_get(ranges, raw)["valueRanges"]
    wrong: list[str] = []
    compared = 0
    for block, answer in zip(blocks, answers, strict=True):
        wanted, found = asked.answers[question_of(asked, block.id)], held_in_cells(block, answer["values"])
        wrong += [f"{block.id}: {text}" for text in differences(wanted, found)]
        compared += len(found)
    assert wrong == []
    assert compared > 1000


def held_in_cells(block: Block, rows: Sequence[Sequence[Any]]) -> Figures:
    """The second column of a table by its first, below the title and the headings."""
    assert block.table is not None
    assert rows[0][0] == block.title
    unit = block.table.columns[1].unit
    return {label_in_cell(row[0]): read_cell(row[1] if len(row) > 1 else "", unit) for row in rows[2:] if row}


def label_in_cell(value: str | int) -> str:
    """A month stands there as its first day's number."""
    return label_of(EPOCH + timedelta(days=value) if isinstance(value, int) else value)


def read_cell(value: Any, unit: Unit) -> Cell:
    """A spreadsheet has days where a metric has seconds or moments."""
    if value == "":
        return None
    if unit in ("date", "instant"):
        return EPOCH + timedelta(days=value)
    cell: Cell = value * 86_400 if unit == "duration_s" else value
    return cell


def question_of(asked: Asked, block: str) -> Question:
    return next(question for question in asked.answers if f"m_{question.metric}" == block)


@pytest.fixture(scope="module")
def service(demo: Demo) -> Iterator[tuple[str, str]]:
    """The address of the running service, and a key."""
    settings = replace(load_settings(), data_dir=demo.store.data_dir)
    key = create_key(demo.store, demo.workspace, "figures", demo.now).text
    with serving(create_app(Doors(demo.store, settings, lambda: demo.now))) as address:
        yield address, key


def happened(wanted: Figures, found: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out nothing that stands as 0 in a row that only another metric asked with it has."""
    return {label: value for label, value in found.items() if label in wanted or value}


def together(asked: Asked) -> Iterator[tuple[str, dict[str, Figures]]]:
    """Yield a dimension and some metrics by it with their answers: other programs ask for several at once."""
    by_dimension: dict[str, list[Question]] = {}
    for question in asked.answers:
        by_dimension.setdefault(question.dimension, []).append(question)
    for dimension, questions in by_dimension.items():
        for start in range(0, len(questions), METRICS_AT_ONCE):
            some = questions[start : start + METRICS_AT_ONCE]
            yield dimension, {question.metric: asked.answers[question] for question in some}


def test_odata_gives_them(asked: Asked, service: tuple[str, str]) -> None:
    address, key = service
    wrong: list[str] = []
    for dimension, metrics in together(asked):
        options = {
            "$select": ",".join((dimension, *metrics)), "$filter": f"date ge {FIRST} and date le {LAST}"
        }  # fmt: skip
        rows: list[dict[str, Any]] = []
        url: str | None = f"{address}/odata/{asked.demo.workspace}/everything"
        for _ in range(MOST_PAGES):
            given = options if "?" not in (url or "") else None
            answer = requests.get(url or "", given, headers={"Authorization": f"Bearer {key}"}, timeout=60)
            assert answer.status_code == 200, answer.text
            body = answer.json(parse_float=Decimal)
            rows += body["value"]
            url = body.get("@odata.nextLink")
            if url is None:
                break
        assert url is None
        for metric, wanted in metrics.items():
            found = {other_label(row[dimension], dimension): row[metric] for row in rows}
            wrong += [f"{metric}: {text}" for text in differences(wanted, happened(wanted, found))]
    assert wrong == []


def test_looker_studio_shows_them(asked: Asked, service: tuple[str, str]) -> None:
    config = {"workspace": asked.demo.workspace, "report_type": "everything", "language": "en"}
    looker = Endpoint(*service, config)
    assert {question.metric for question in asked.answers} <= looker.schema.keys()
    wrong: list[str] = []
    for dimension, metrics in together(asked):
        shown = looker.show(Chart((dimension,), tuple(metrics), FIRST, LAST)).figures
        for place, (metric, wanted) in enumerate(metrics.items()):
            found = {other_label(key[0], dimension): values[place] for key, values in shown.items()}
            wrong += [f"{metric}: {text}" for text in differences(wanted, happened(wanted, found))]
    assert wrong == []
