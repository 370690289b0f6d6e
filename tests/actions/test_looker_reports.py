"""Described reports of Looker Studio: checked with the line of each mistake, and told as a sheet to build them by."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from connector.actions.looker_build_sheet import build_sheet
from connector.actions.looker_fields import Source, source_fields
from connector.actions.looker_reports import list_reports, show_report
from connector.actions.templates import lint
from connector.deliver.looker.build_sheet import check_target, page_html
from connector.errors import FileError, TemplateError, UnknownName
from connector.metrics.definitions import load_catalogue
from connector.metrics.report_types import report_type
from connector.model.query import LANGUAGES, Language
from connector.model.report import Theme
from connector.model.workspace import Profile
from connector.reports.looker_report import FOLDER, check_report, load_report, report_ids
from connector.store.store import Store

REPORTS = (
    "activity_overview", "data_quality_check", "executive_summary", "pipeline_review", "sales_overview",
    "win_loss_analysis",
)  # fmt: skip
SALES = (FOLDER / "sales_overview.yaml").read_text(encoding="utf-8")


def test_the_reports_are_all_sound() -> None:
    assert report_ids() == list(REPORTS)
    for name in report_ids():
        report = load_report(name)
        assert len([chart for _, chart in report.charts() if chart.metrics]) >= 8, name
    assert len([line for line in lint([FOLDER / f"{name}.yaml" for name in REPORTS]) if ": right," in line]) == 6


def test_the_executive_summary_is_one_page_of_past_present_and_forecast() -> None:
    report = load_report("executive_summary")
    assert len(report.pages) == 1
    metrics = {metric for _, chart in report.charts() for metric in chart.metrics}
    assert {"total_sales", "pipeline_value", "forecast_base"} <= metrics


@pytest.mark.parametrize(
    ("old", "new", "has_line", "words"),
    [
        ("metrics: [avg_deal_size], compare", "metrics: [nonsense], compare", True, "has no metric nonsense"),
        ("metrics: [avg_deal_size], compare", "metrics: [goal_attainment], compare", True, "has no metric goal"),
        ("dimension: lead_source", "dimension: activity_type", True, "has no dimension activity_type"),
        ("dimension: product, metrics: [product_revenue], sort: -product_revenue",
         "dimension: lead_status, metrics: [product_revenue], sort: -product_revenue", True, "lead_status"),
        ('ru: "Обзор продаж"}', "}", True, "title.ru"),
        ("at: [3, 1, 3, 2]", "at: [2, 1, 3, 2]", False, "sales and won overlap"),
        ("at: [9, 1, 3, 2]", "at: [9, 1, 4, 2]", False, "win_rate leaves the page"),
        ("{kind: list, field: lead_source,", "{kind: list, field: dq_rule,", True, "has no dimension dq_rule"),
        ("      - {id: freshness_people, kind: freshness, at: [0, 0, 5, 1]}\n", "", False, "how fresh the data"),
        ("kind: donut", "kind: cake", True, "charts.1.kind"),
        ("metrics: [total_sales], sort: -total_sales, at: [0, 1, 4, 5]",
         "metrics: [win_rate], sort: -win_rate, at: [0, 1, 4, 5]", True, "win_rate does not add up"),
        ("win_rate, sales_cycle_avg], sort", "win_rate, sales_cycle_median], sort", True, "summary row"),
        ("sort: month, at: [0, 3", "sort: week, at: [0, 3", True, "sorted by week"),
        ("dimension: owner, metrics: [total_sales], sort: -total_sales",
         "dimension: owner, metrics: [total_sales], sort: owner", True, "by the alphabet"),
        ("id: won,", "id: sales,", False, "chart id sales is used twice"),
        ("sources: [sales]", "sources: [sales, sail]", True, "no report type sail"),
        ("sources: [sales]", "sources: [sales, leads]", False, "no chart uses the source leads"),
        ("compare: previous_year", "compare: none", False, "names no comparison"),
        ("id: sales_overview", "id: other", True, "not the name of the file"),
        ("at: [6, 1, 3, 2]}", "at: [6, 1, 3, 2], size: 3}", True, "size"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, has_line: bool, words: str) -> None:
    assert old in SALES
    target = tmp_path / "sales_overview.yaml"
    target.write_text(SALES.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TemplateError) as found:
        check_report(target)
    sentence = next(part.strip() for part in found.value.sentence.splitlines() if words in part)
    assert found.value.place == "sales_overview.yaml"
    line = SALES[: SALES.index(old)].count("\n") + 1
    assert not has_line or sentence.startswith((f"line {line},", f"line {line}:")), sentence


@pytest.mark.parametrize(
    "text", ["", ": :", "[1, 2", "just text", "id: sales_overview", "pages: {a: 1}", "sources: []"]
)
def test_what_is_no_description_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(TemplateError) as refused:
        check_report(tmp_path / "x.yaml")
    assert refused.value.place == "x.yaml"
    assert refused.value.remedy


def test_an_unknown_report_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no report 'sales'") as found:
        load_report("sales")
    assert "sales_overview" in found.value.remedy
    with pytest.raises(FileError, match="no kind of build sheet"):
        check_target(tmp_path / "sheet.pdf")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_calls_fields_as_looker_studio_shows_them(language: Language) -> None:
    for name in REPORTS:
        report = load_report(name)
        text = show_report(name, language, Theme())
        assert "{" not in text
        for source in report.sources:
            known = source_fields(Source(report_type(source), language, "", "UTC"), load_catalogue(), Profile()).fields
            assert f"`{source}`" in text
            for _, chart in report.charts():
                if chart.source == source:
                    for field in (*chart.metrics, *chart.dimensions):
                        assert known[field].label in text
        for page, chart in report.charts():
            assert page.title.get(language) in text
            assert chart.title is None or chart.title.get(language) in text


@pytest.mark.parametrize("name", REPORTS)
def test_the_drawing_holds_every_part_in_its_place_and_the_page_loads_nothing(name: str) -> None:
    theme = Theme(primary="#7A1F4E", name="<b>Acme</b>")
    sheet = build_sheet(load_report(name), "ru", theme)
    text = page_html(sheet)
    assert "#7A1F4E" in text
    assert not re.search(r"<script|javascript:|(src|href)=|@import|url\(", text)
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) == len(sheet.pages)
    for drawing, page in zip(drawings, sheet.pages, strict=True):
        root = ET.fromstring(drawing)
        assert root.get("viewBox") == f"0 0 1200 {page.height}"
        numbers = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text") if (each.text or "").isdigit()]
        assert numbers == [str(part.box.number) for part in page.parts]
        for part in page.parts:
            left, top, width, height = part.box.at
            assert 0 <= left < left + width <= 1200
            assert 0 <= top < top + height <= page.height


def test_values_of_filters_stand_in_the_language_of_the_report() -> None:
    assert "Filtro: excluir Movimiento, En (In) Inicial, Final" in show_report("pipeline_review", "es", Theme())
    assert "Filtro: incluir Estado del negocio, Igual a (=) perdido" in show_report("win_loss_analysis", "es", Theme())


def test_the_list_finds_by_any_language_and_tells_the_masters(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        assert [each.id for each in list_reports(store, "pt")] == list(REPORTS)
        (found,) = list_reports(store, "es", "воронки")
        assert (found.id, found.title, found.masters) == ("pipeline_review", "Revisión del pipeline", "")
