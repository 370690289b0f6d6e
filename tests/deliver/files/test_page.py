"""Pages: nothing but our own tags, no script, no request, and every figure in the reader's form."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from connector.deliver.files.display import Display
from connector.deliver.files.page import page_html, write_page
from connector.model.report import Block, ChartSpec, Report, ScoreCard, Tab, Theme
from connector.model.table import Note, Table, TableColumn
from tests.deliver.files import sample_reports
from tests.deliver.files.gallery import KINDS
from tests.deliver.files.sample_reports import SAMPLES

HTML_TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "div",
    "h1",
    "h2",
    "h3",
    "p",
    "dl",
    "dt",
    "dd",
    "nav",
    "a",
    "main",
    "section",
    "figure",
    "figcaption",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "span",
    "ul",
    "li",
    "footer",
}
SVG_TAGS = {"svg", "g", "path", "text", "rect", "line", "circle", "title"}
SPLIT = ("stacked_bar", "stacked_column", "percent_bar", "combo", "heatmap", "flow")
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> javascript:alert(1) </style></svg>"


class Seen(HTMLParser):
    """Collects what a browser would find."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def seen(html: str) -> Seen:
    parser = Seen()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


def hostile() -> Report:
    """A report with an attack wherever text can stand."""
    columns = (
        TableColumn("x", ATTACK, "text", "dimension"),
        TableColumn("s", ATTACK, "text", "dimension"),
        TableColumn("y", ATTACK, "count", "metric"),
    )
    rows = ((ATTACK, "one", 1), (ATTACK + "2", ATTACK, 2), ("a", "one", 3))
    table = Table(columns, rows, ("", "", 6), (Note("n", ATTACK),))
    charts = tuple(
        ChartSpec(
            kind,
            ATTACK,
            "x",
            ("y",) * (5 if kind == "box" else 1),
            "s" if kind in SPLIT else "",
            panels="s" if kind == "line" else "",
        )
        for kind in KINDS
    )
    card = ScoreCard("m", ATTACK, "text", ATTACK, ATTACK, ATTACK, 0.1, "up", ATTACK)
    links = {0: 'https://example.com/"onmouseover="x', 1: "javascript:alert(1)", 2: "https://example.com/?a=1&b=<2"}
    block = Block(
        ATTACK, ATTACK, (card,), table, charts, ATTACK, {(0, 0): "wrong"}, links, (Note("n", ATTACK, "warning"),)
    )
    theme = Theme(ATTACK, "red;}</style><script>", "#12345G", "url(http://x)", 'Arial";}</style>')
    fields = {
        "workspace": ATTACK,
        "range_label": ATTACK,
        "comparison_label": ATTACK,
        "filters_label": ATTACK,
        "currency": "<b>",
        "time_zone": ATTACK,
    }
    report = sample_reports.report(ATTACK, ATTACK, (Tab(ATTACK, ATTACK, (block,)), Tab("", ATTACK, ())), "en", **fields)
    return replace(report, theme=theme, notes=(Note("n", ATTACK, "warning"), Note("m", ATTACK)))


def test_hostile_text_stays_text() -> None:
    found = seen(page_html(hostile()))
    assert found.tags <= HTML_TAGS | SVG_TAGS, found.tags - HTML_TAGS - SVG_TAGS
    assert sum("<script>alert(1)</script>" in text for text in found.text) > 10
    for tag, name, value in found.attributes:
        assert not name.startswith("on"), (tag, name)
        assert not value.lower().startswith("javascript:"), (tag, name)
        if name in ("href", "src", "xlink:href"):
            assert tag == "a"
    links = [
        value for tag, name, value in found.attributes if (tag, name) == ("a", "href") and not value.startswith("#")
    ]
    assert links == []  # each of the three addresses holds something that no address should


@pytest.mark.parametrize("language", ["en", "es", "pt", "ru"])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_needs_nothing_else(name: str, language: str, tmp_path: Path) -> None:
    report = SAMPLES[name](language)
    write_page(report, tmp_path / "r.html")
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    found = seen(html)
    assert found.tags <= HTML_TAGS | SVG_TAGS, found.tags - HTML_TAGS - SVG_TAGS
    for _, name_, value in found.attributes:
        assert name_ not in ("src", "srcset", "xlink:href", "action", "data", "poster")
        if name_ == "href":
            assert value.startswith(("#tab-", "https://crm.example.com/"))
    assert "url(http" not in html
    assert "@import" not in html
    policy = [
        value
        for tag, name_, value in found.attributes
        if tag == "meta" and name_ == "content" and "default-src" in value
    ]
    assert policy == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    ]
    identifiers = [value for _, name_, value in found.attributes if name_ == "id"]
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(identifiers)


@pytest.mark.parametrize("language", ["en", "es", "pt", "ru"])
def test_figures_stand_in_the_readers_form(language: str) -> None:
    report = SAMPLES["total_sales"](language)
    text = " ".join(seen(page_html(report)).text)
    display = Display(language, report.currency, report.time_zone)
    for block in report.tabs[0].blocks:
        for card in block.cards:
            assert display.cell(card.value, card.unit) in text
        for row in block.table.rows if block.table else ():
            for cell, column in zip(row, block.table.columns, strict=True):  # type: ignore[union-attr]
                shown = (
                    display.change(cell) if column.role == "change" else display.cell(cell, column.unit, column.grain)
                )  # type: ignore[arg-type]
                assert shown in text
    assert "(n=3)" in text
    assert f'<html lang="{language}">' in page_html(report)


def test_long_tables_are_cut_and_say_so() -> None:
    columns = (TableColumn("x", "X", "text", "dimension"), TableColumn("y", "Y", "count", "metric"))
    table = Table(columns, tuple((f"row {n}", n) for n in range(1234)))
    html = page_html(sample_reports.report("t", "T", (Tab("t", "T", (Block("b", "B", table=table),)),), "en"))
    assert "first 500 of 1,234 rows" in html
    assert "row 499<" in html
    assert "row 500<" not in html


def test_an_empty_report_is_a_page() -> None:
    empty = Table((TableColumn("x", "X", "text", "dimension"),), ())
    for tabs in ((), (Tab("t", "T", (Block("b", "B", table=empty), Block("c", "C"))),)):
        seen(page_html(sample_reports.report("t", "T", tabs, "ru")))


def test_the_same_report_gives_the_same_page() -> None:
    assert page_html(SAMPLES["data_quality"]("en")) == page_html(SAMPLES["data_quality"]("en"))


def test_the_logo_is_part_of_the_page() -> None:
    plain = SAMPLES["total_sales"]("en")
    html = page_html(replace(plain, theme=Theme(name="Nordwind", logo=b"abc", logo_type="image/jpeg")))
    assert '<img alt="" src="data:image/jpeg;base64,YWJj">' in html
    assert "<img" not in page_html(plain)
    assert "<span>Nordwind</span>" in html
