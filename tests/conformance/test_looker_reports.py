"""Every chart of every described report, asked of the service by the connector script, equals the same question."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.actions.keys import create_key
from connector.actions.looker_preview import display_of
from connector.actions.looker_reports import write_report_sheet
from connector.actions.query import query
from connector.app import Doors
from connector.metrics.window import calendar_of
from connector.model.query import LANGUAGES, Language, Query
from connector.reports.looker_report import load_report, report_ids
from connector.settings import Settings
from connector.web.application import create_app
from tests.looker.charts import request, shown
from tests.looker.reports import figures, requests
from tests.looker.studio import Studio, serving
from tests.reports.conftest import Demo, demo

__all__ = ["demo"]
pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module")
def studio(demo: Demo) -> Iterator[Studio]:
    key = create_key(demo.store, [demo.workspace], "reports", demo.now).text
    doors = Doors(demo.store, Settings(), lambda: demo.now)
    with serving(create_app(doors)) as address, Studio(address) as running:
        assert running.sign_in(key) == "NONE"
        yield running


@pytest.mark.parametrize(("name", "language"), list(itertools.product(report_ids(), ("en", "ru"))))
def test_every_chart_equals_the_same_question(
    demo: Demo, studio: Studio, figure: Callable[[str], None], name: str, language: Language,
) -> None:  # fmt: skip
    report = load_report(name)
    with demo.store.reader(demo.store.workspace(demo.workspace)) as reader:
        calendar = calendar_of(reader.profile)
    asked, rows = 0, 0
    schemas: dict[str, dict[str, Any]] = {}
    for page, chart in report.charts():
        if not chart.metrics:
            continue
        config = {"workspace": demo.workspace, "report_type": chart.source, "language": language}
        if chart.source not in schemas:
            fields = studio.call("getSchema", {"configParams": config})["schema"]
            schemas[chart.source] = {field["name"]: field for field in fields}
        for each in requests(report, chart, language, calendar.local_date(demo.now), calendar):
            body = request(each.chart, schemas[chart.source], config)
            found = shown(each.chart, schemas[chart.source], body, studio.call("getData", body))
            expected = figures(query(demo.store, demo.workspace, each.question, demo.now), chart.dimensions, language)
            assert found.keys() == expected.keys(), (page.id, chart.id)
            for key, values in expected.items():
                for one, other in zip(found[key], values, strict=True):
                    assert (one is None) == (other is None), (page.id, chart.id, key)
                    assert one is None or one == pytest.approx(other, rel=1e-9), (page.id, chart.id, key)
            is_shown = any(value for values in found.values() for value in values)
            assert is_shown or chart.kind == "card", f"{chart.id} shows nothing"
            asked, rows = asked + 1, rows + len(found)
    figure(f"report {name} in {language}: {asked} requests of charts, {rows} rows equal to the same question")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_can_tell_how_fresh_the_data_are(demo: Demo, studio: Studio, language: Language) -> None:
    names = ["puente_data_through", "puente_data_status", "puente_rows_rejected"]
    for kind in {source for name in report_ids() for source in load_report(name).sources}:
        config = {"workspace": demo.workspace, "report_type": kind, "language": language}
        body = {
            "configParams": config, "fields": [{"name": name} for name in names],
            "dateRange": {"startDate": "2026-10-01", "endDate": "2026-12-31"},
        }  # fmt: skip
        (row,) = studio.call("getData", body)["rows"]
        through, status, rejected = row["values"]
        assert through.startswith("202611")
        assert status in {"complete", "incomplete"}
        assert rejected >= 0


@pytest.mark.parametrize("name", report_ids())
def test_the_sheet_of_a_workspace_draws_its_figures(demo: Demo, tmp_path: Path, name: str) -> None:
    target = tmp_path / "build.html"
    write_report_sheet(demo.store, name, "ru", target, demo.now, demo.workspace)
    drawings = re.findall(r"<h2>[^<]*</h2>(<svg.*?)<div", target.read_text(encoding="utf-8"), re.DOTALL)
    report, display = load_report(name), display_of(demo.store, demo.workspace, "ru")
    assert len(drawings) == len(report.pages)
    for drawing, page in zip(drawings, report.pages, strict=True):
        root = ET.fromstring(drawing)
        texts = {each.text for each in root.iter("{http://www.w3.org/2000/svg}text")}
        for chart in page.charts:
            if chart.kind == "card":
                question = Query(chart.metrics, date_range=chart.range or report.range, language="ru")
                table = query(demo.store, demo.workspace, question, demo.now)
                assert display.cell(table.rows[0][0], table.columns[0].unit) in texts, chart.id
        charts = [chart for chart in page.charts if chart.kind not in {"card", "table", "text", "freshness"}]
        assert len(root.findall("{http://www.w3.org/2000/svg}svg")) == len(charts)
