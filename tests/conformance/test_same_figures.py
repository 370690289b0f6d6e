"""The same question, asked on every way there is, gives the same figure: for every metric of the catalogue.

The questions are generated: each metric by the first dimension that it has figures for. ``query`` is asked for it; a
report template that holds all of them is written as a workbook and read back by other people's reader; OData is asked
over HTTP. Spreadsheets and Looker Studio: ``tests/reports/test_in_google_sheets.py`` and ``test_looker_reports.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
import requests
import yaml

from connector.actions.keys import create_key
from connector.actions.query import query
from connector.app import Doors
from connector.deliver.files.workbook import write_workbook
from connector.errors import QueryError
from connector.metrics.definitions import load_catalogue
from connector.model.query import Query
from connector.model.report import Report
from connector.model.table import Cell, Table
from connector.reports.evaluate import Options, evaluate_report
from connector.reports.template import check_template
from connector.settings import load_settings
from connector.web.application import create_app
from tests.deliver.files.workbook_readers import open_book, tables_of
from tests.looker.studio import serving
from tests.reports.conftest import Demo, demo

__all__ = ["demo"]

pytestmark = pytest.mark.conformance

FIRST, LAST = "2026-01-01", "2026-10-31"
DAYS: Final = f"{FIRST}..{LAST}"
DIMENSIONS: Final = (
    "month", "owner", "lead_source", "stage", "activity_type", "campaign", "product", "industry", "team", "pipeline",
)  # fmt: skip
"""Tried in this order: a metric is asked by the first one that gives it two figures."""
BLOCKS_OF_A_TAB: Final = 20
MOST_PAGES: Final = 20
NULLS = load_catalogue().null_labels
INACTIVE = " " + NULLS["inactive_suffix"]["en"]
NO_FIGURE = "\N{EN DASH}"
"""What stands in a workbook where there is no figure."""
EPOCH = datetime(1899, 12, 30)

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
    """Return the question for a metric: by a dimension that gives it two figures, else by one that takes it at all."""
    found: tuple[Question | None, Figures] = (None, {})
    for dimension in DIMENSIONS:
        try:
            table = query(demo.store, demo.workspace, Query((metric,), (dimension,), date_range=DAYS), demo.now)
        except QueryError:
            continue
        figures = by_label(table)
        if found[0] is None or len(filled(figures)) >= 2:
            found = (Question(metric, dimension), figures)
        if len(filled(figures)) >= 2:
            break
    return found


def by_label(table: Table) -> Figures:
    labels = [label_of(row[0]) for row in table.rows]
    single = {label for label in labels if labels.count(label) == 1}  # names may be borne twice
    return {label: row[1] for label, row in zip(labels, table.rows, strict=True) if label in single}


def label_of(cell: Cell) -> str:
    """Months as they are read, people by their names alone."""
    if isinstance(cell, date):
        return f"{cell:%Y-%m}"
    return "" if cell is None else str(cell).strip().removesuffix(INACTIVE)


def other_label(value: Any, question: Question) -> str:
    """The label of a value as Looker Studio and OData have it: months as 202601 or a day, no value as null."""
    if value is None:
        return NULLS.get(load_catalogue().dimensions[question.dimension].null_label or "not_set", {}).get("en", "")
    text = str(value).strip()
    return f"{text[:4]}-{text.replace('-', '')[4:6]}" if question.dimension == "month" else text


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
    """Rows without a figure may be left out."""
    labels = dict.fromkeys([*wanted, *(label for label in found if label in wanted)])
    return [
        f"{label}: {wanted.get(label)!r} is {found.get(label)!r}"
        for label in labels
        if not same(wanted.get(label), found.get(label))
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


def question_of(asked: Asked, block: str) -> Question:
    return next(question for question in asked.answers if f"m_{question.metric}" == block)


@pytest.fixture(scope="module")
def service(demo: Demo) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of the running service, and the headers of a key."""
    settings = replace(load_settings(), data_dir=demo.store.data_dir)
    key = create_key(demo.store, demo.workspace, "figures", demo.now).text
    with serving(create_app(Doors(demo.store, settings, lambda: demo.now))) as address:
        yield address, {"Authorization": f"Bearer {key}"}


def test_odata_gives_them(asked: Asked, service: tuple[str, dict[str, str]]) -> None:
    address, headers = service
    wrong: list[str] = []
    for question, wanted in asked.answers.items():
        options = {
            "$select": f"{question.dimension},{question.metric}",
            "$filter": f"date ge {FIRST} and date le {LAST}",
        }
        values: dict[str, Any] = {}
        url: str | None = f"{address}/odata/{asked.demo.workspace}/everything"
        for _ in range(MOST_PAGES):
            answer = requests.get(url or "", options if "?" not in (url or "") else None, headers=headers, timeout=60)
            assert answer.status_code == 200, answer.text
            body = answer.json(parse_float=Decimal)
            values |= {other_label(row[question.dimension], question): row[question.metric] for row in body["value"]}
            url = body.get("@odata.nextLink")
            if url is None:
                break
        assert url is None
        wrong += [f"{question.metric}: {text}" for text in differences(wanted, values)]
    assert wrong == []
