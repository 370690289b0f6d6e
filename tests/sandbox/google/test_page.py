"""The pages of the sandbox's Google: what they show, and that nothing in a spreadsheet becomes markup."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from connector.sandbox.google.charts_drawn import draw
from connector.sandbox.google.condition_tests import Ask, holds
from connector.sandbox.google.views import View
from tests.sandbox.google.gallery import (
    CHARTS,
    DATA,
    HOSTILE,
    SPECS,
    add_chart,
    area,
    basic,
    cell,
    hide,
    look,
    make_gallery,
    rule,
    series,
)
from tests.sandbox.google.web import Web, web

WORDS = """html head meta title link style body header a div h1 p nav span table colgroup col thead tbody tr th td img
footer details summary ul li main"""
TAGS = set(WORDS.split())
ATTRIBUTES = {
    "class",
    "href",
    "title",
    "lang",
    "charset",
    "name",
    "content",
    "rel",
    "nonce",
    "src",
    "alt",
    "rowspan",
    "colspan",
}


@dataclass
class Cell:
    """A cell of the page."""

    text: str = ""
    classes: set[str] = field(default_factory=set)
    title: str = ""
    spans: tuple[int, int] = (1, 1)


class Reader(HTMLParser):
    """Reads a page: its cells by row number, everything that is markup."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.rows: dict[str, list[Cell]] = {}
        self.links: list[str] = []
        self.images: list[str] = []
        self.letters: list[str] = []
        self._into = ""
        self._row: list[Cell] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= set(told)
        if tag in ("a", "link"):
            self.links.append(told["href"])
        elif tag == "img":
            self.images.append(told["src"])
        elif tag == "tr":
            self._row = []
        elif tag == "td":
            spans = int(told.get("rowspan", 1)), int(told.get("colspan", 1))
            self._row.append(Cell("", set(told.get("class", "").split()), told.get("title", ""), spans))
        if tag in ("th", "td"):
            self._into = tag

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self._into = ""

    def handle_data(self, text: str) -> None:
        if self._into == "td":
            self._row[-1].text += text
        elif self._into == "th" and text.isdecimal():
            self.rows[text] = self._row
        elif self._into == "th":
            self.letters.append(text)

    def row(self, number: int) -> list[str]:
        """Texts of a row, empty ends cut off."""
        texts = [cell.text for cell in self.rows[str(number)]]
        while texts and not texts[-1]:
            texts.pop()
        return texts


@pytest.fixture(scope="module")
def google() -> Iterator[Web]:
    with web() as caller:
        yield caller


@pytest.fixture(scope="module")
def gallery(google: Web) -> str:
    return make_gallery(google)


def opened(google: Web, file: str, **query: object) -> str:
    answer = google.send("GET", f"/spreadsheets/d/{file}/edit", person=None, **query)
    assert answer.status == 200, answer.data
    return answer.data.decode()


def drawn(google: Web, file: str, spec: dict[str, Any]) -> str:
    return draw(View(google.running.books.find(file)), spec, 480, 320)


def words(picture: str) -> str:
    """The texts of an SVG, which has to be well-formed."""
    return " ".join("".join(part.itertext()) for part in ET.fromstring(picture).iter() if part.tag.endswith("text"))


def filled(google: Web, *requests: dict[str, Any], values: list[list[Any]] | None = None) -> str:
    file = google.make()
    google.write(file, values or [["a", 1], ["b", 2]])
    if requests:
        google.change(file, *requests)
    return file


# --- what is shown -------------------------------------------------------------------------------------


def test_the_grid_shows_what_a_person_reads(google: Web, gallery: str) -> None:
    page = Reader(opened(google, gallery))
    assert page.row(1)[:4] == ["Month", "Sales", "Target", "Margin"]
    assert page.row(2)[:4] == ["Jan", "R$ 120,000", "R$ 130,000", "31.0%"]
    assert page.row(8)[:3] == ["", "R$ 909,000", "#DIV/0!"]
    assert page.row(10)[:2] == ["=not a formula", "☑"]


def test_formulas_notes_and_errors_are_told_on_hover(google: Web, gallery: str) -> None:
    page = Reader(opened(google, gallery))
    assert page.rows["8"][1].title == "=SUM(B2:B7)"
    assert page.rows["8"][2].title.startswith("=1/0\n")
    heading = page.rows["9"][0]
    assert (heading.title, heading.spans, "note" in heading.classes) == ("Made by hand", (1, 4), True)


def test_frozen_and_protected_cells_are_marked(google: Web, gallery: str) -> None:
    page = Reader(opened(google, gallery))
    assert {"frozen", "lastrow", "locked"} <= page.rows["1"][0].classes
    assert not {"frozen", "locked"} & page.rows["2"][0].classes


def test_hidden_rows_and_columns_are_not_shown(google: Web) -> None:
    file = make_gallery(google)
    google.change(file, hide("ROWS", 2, 4), hide("COLUMNS", 0, 1))
    page = Reader(opened(google, file))
    assert [number for number in ("2", "3", "4", "5") if number in page.rows] == ["2", "5"]
    assert page.letters[0] == "B"
    assert page.row(2)[0] == "R$ 120,000"


def background(page: str, shown: Cell) -> str:
    """The colour that a cell's classes give it."""
    found = [re.search(rf"\.{name}\.{name} {{ background: (#\w+)", page) for name in shown.classes]
    return next((match[1] for match in found if match), "")


def test_conditional_formats_colour_the_cells(google: Web, gallery: str) -> None:
    text = opened(google, gallery)
    page = Reader(text)
    changes = [background(text, page.rows[str(row)][11]) for row in range(2, 8)]
    assert changes == ["", "", "#ffe6e6", "", "#ffe6e6", ""]
    months = [background(text, page.rows[str(row)][0]) for row in range(2, 8)]
    assert months == ["", "", "", "#ccffcc", "", "#ccffcc"]
    deals = [background(text, page.rows[str(row)][4]) for row in range(2, 8)]
    assert (deals[0], deals[-1]) == ("", "#008000")  # white is no colour
    assert len(set(deals)) == 6


def test_tabs_lead_to_each_other_and_the_hidden_ones_come_last(google: Web, gallery: str) -> None:
    page = opened(google, gallery)
    assert re.findall(r'href="\?gid=(\d+)">([^<]*)<', page) == [
        ("0", "Data"),
        ("5", "Charts"),
        ("6", "Hidden (hidden)"),
    ]
    assert Reader(opened(google, gallery, gid=CHARTS)).rows["1"][0].text == ""


def test_a_large_sheet_is_shown_in_parts(google: Web) -> None:
    file = google.make()
    google.change(file, {"appendDimension": {"sheetId": DATA, "dimension": "ROWS", "length": 2000}})
    google.write(file, [["heading"], *[[number] for number in range(2500)]])
    frozen = {"sheetId": DATA, "gridProperties": {"frozenRowCount": 1}}
    google.change(file, {"updateSheetProperties": {"properties": frozen, "fields": "gridProperties.frozenRowCount"}})
    first = opened(google, file)
    assert "?gid=0&amp;from=1000" in first
    second = Reader(opened(google, file, **{"from": 1000}))
    assert (second.row(1), second.row(1001), second.row(2000)) == (["heading"], ["999"], ["1998"])
    assert "1000" not in second.rows


def test_the_list_names_every_spreadsheet(google: Web, gallery: str) -> None:
    google.make("In the list")
    page = google.send("GET", "/", person=None).data.decode()
    assert "In the list" in page
    assert f'href="/spreadsheets/d/{gallery}/edit"' in page


def test_what_lies_beneath_is_told(google: Web, gallery: str) -> None:
    page = opened(google, gallery)
    assert "sales: Data!B1:B7" in page
    assert "Data!A1:L1 - warns" in page
    assert "CUSTOM_FORMULA =$B2&gt;$C2" in page


@pytest.mark.parametrize("path", ["/spreadsheets/d/unknown/edit", "/nothing", "/spreadsheets/d/unknown/charts/1.svg"])
def test_what_is_not_there_is_not_found(google: Web, path: str) -> None:
    assert google.send("GET", path, person=None).status == 404


def test_pages_can_only_be_looked_at(google: Web, gallery: str) -> None:
    assert google.send("POST", f"/spreadsheets/d/{gallery}/edit", {}, None).status == 405


# --- charts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SPECS)
def test_a_chart_of_every_kind_is_drawn(google: Web, gallery: str, kind: str) -> None:
    picture = drawn(google, gallery, SPECS[kind])
    root = ET.fromstring(picture)
    assert (root.get("width"), root.get("height")) == ("480", "320")
    told = words(picture)
    assert SPECS[kind]["title"] in told
    assert "No data" not in told


def test_charts_say_what_the_cells_say(google: Web, gallery: str) -> None:
    told = words(drawn(google, gallery, SPECS["column"]))
    assert {"Jan", "Jun", "Sales", "Target"} <= set(told.split())
    assert "R$ 200,000" in told
    assert "R$ 120,000" in words(drawn(google, gallery, SPECS["bar"]))
    card = words(drawn(google, gallery, SPECS["scorecard"]))
    assert "R$ 909,000" in card
    assert "▼ 0.7% against target" in card
    assert "16.5%" not in words(drawn(google, gallery, SPECS["pie"]))
    assert "13.2%" in words(drawn(google, gallery, SPECS["pie"]))


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("0.0%", "20,000,000%"),
        ('#,##0 "days"', "200,000 days"),
        ("[$€]#,##0", "€200,000"),
        ('[>=1000000]0.0,,"M";[>=1000]0,"K";0', "200K"),
        ('#,##0," тыс."', "200 тыс."),
        ('#,##0.0,,,"B\u00a0(a.b)"', "0B\u00a0(a.b)"),
    ],
)
def test_an_axis_writes_numbers_as_the_cells_do(google: Web, pattern: str, says: str) -> None:
    file = make_gallery(google)
    google.change(
        file, look(area(1, 7, 1, 3), {"numberFormat": {"type": "NUMBER", "pattern": pattern}}, "numberFormat")
    )
    assert says in words(drawn(google, file, SPECS["column"]))


def test_an_axis_has_the_marks_of_the_spreadsheets_locale(google: Web) -> None:
    file = make_gallery(google)
    google.change(file, {"updateSpreadsheetProperties": {"properties": {"locale": "de_DE"}, "fields": "locale"}})
    assert "200.000" in words(drawn(google, file, SPECS["column"]))


def test_a_waterfall_adds_up(google: Web, gallery: str) -> None:
    told = words(drawn(google, gallery, SPECS["waterfall"]))
    assert "Half" in told
    assert {"100", "40", "-25", "115", "141"} <= set(told.split())


def test_a_chart_leaves_out_hidden_rows_unless_told_otherwise(google: Web) -> None:
    file = make_gallery(google)
    google.change(file, hide("ROWS", 2, 3))
    assert "Feb" not in words(drawn(google, file, SPECS["column"]))
    assert "Feb" in words(drawn(google, file, SPECS["column"] | {"hiddenDimensionStrategy": "SHOW_ALL"}))


def test_a_chart_follows_the_cells(google: Web) -> None:
    file = make_gallery(google)
    google.write(file, [["January"]], "Data!A2")
    assert "January" in words(drawn(google, file, SPECS["column"]))


@pytest.mark.parametrize(
    "spec",
    [
        basic("COLUMN", {"series": {"sourceRange": {"sources": [area(50, 60, 1, 2)]}}}, domains=[]),
        {"pieChart": {"domain": {}, "series": {}}},
        {"waterfallChart": {}},
        {"histogramChart": {}},
        {"candlestickChart": {}},
        {"treemapChart": {}},
        {"orgChart": {}},
        {"bubbleChart": {}},
        {"scorecardChart": {}},
        {"title": "x", "basicChart": {"domains": [{"domain": {"sourceRange": {"sources": [area(0, 7, 0, 1, 999)]}}}]}},
        {},
    ],
)  # fmt: skip
def test_a_chart_without_data_says_so(google: Web, gallery: str, spec: dict[str, Any]) -> None:
    told = words(drawn(google, gallery, spec))
    assert "No data" in told or "not drawn here" in told


@pytest.mark.parametrize("size", [(480, 320), (1, 100_000)])
def test_odd_values_and_sizes_are_drawn_or_said(google: Web, size: tuple[int, int]) -> None:
    odd = [1e308, -1e308, 0, -1, 5e-324, "", "\x00\x01", "<b>", "a\nb", True, '"}', "🙂" * 30]
    file = make_gallery(google)
    google.write(file, [odd[place:] + odd[:place] for place in range(7)], "Data!A1")
    view = View(google.running.books.find(file))
    for spec in SPECS.values():
        root = ET.fromstring(draw(view, spec, *size))
        assert (root.get("width"), root.get("height")) == (str(max(size[0], 40)), str(min(size[1], 4000)))


def test_a_chart_is_had_by_its_address(google: Web, gallery: str) -> None:
    images = Reader(opened(google, gallery, gid=CHARTS)).images
    assert len(images) == len(SPECS)
    answer = google.send("GET", images[0], person=None)
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    assert answer.data.decode() == drawn(google, gallery, SPECS["column"])


# --- nothing becomes markup ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(google: Web) -> str:
    """A spreadsheet with hostile text wherever a person or a program can put text."""
    file = google.make(HOSTILE)
    place = {"visibility": "DOCUMENT", "location": {"spreadsheet": True}}
    mark = place | {"metadataKey": HOSTILE, "metadataValue": HOSTILE}
    card = {"keyValueData": {"sourceRange": {"sources": [area(1, 3, 1, 2)]}}}
    boxes = {"labels": {"sourceRange": {"sources": [area(0, 3, 0, 1)]}}}
    contains = {"type": "TEXT_CONTAINS", "values": [{"userEnteredValue": HOSTILE}]}
    closed = {"range": area(0, 1, 0, 1), "description": HOSTILE, "warningOnly": True}
    text_format = {"fontFamily": 'x"; } body { display: none', "bold": True}
    pattern = {"type": "NUMBER", "pattern": '"</style><script>"0'}
    chart = basic("COLUMN", series(1)) | {
        "title": HOSTILE,
        "subtitle": HOSTILE,
        "fontName": HOSTILE,
        "altText": HOSTILE,
    }
    google.write(file, [[HOSTILE, HOSTILE], [HOSTILE, 1], ["b", 2]])
    google.change(
        file,
        cell(0, 3, userEnteredValue={"stringValue": HOSTILE}, note=HOSTILE,
             userEnteredFormat={"textFormat": text_format},
             textFormatRuns=[{"startIndex": 2, "format": {"fontFamily": HOSTILE}}]),
        cell(1, 3, userEnteredValue={"formulaValue": f'="{HOSTILE.replace(chr(34), chr(34) * 2)}"'}),
        cell(2, 3, userEnteredValue={"numberValue": 5}, userEnteredFormat={"numberFormat": pattern}),
        cell(3, 3, userEnteredValue={"stringValue": "link"},
             userEnteredFormat={"textFormat": {"link": {"uri": "javascript:alert(1)"}}}),
        rule(area(0, 3, 0, 1), booleanRule={"condition": contains, "format": {"textFormat": {"bold": True}}}),
        {"addProtectedRange": {"protectedRange": closed}},
        {"createDeveloperMetadata": {"developerMetadata": mark}},
        {"updateSheetProperties": {"properties": {"sheetId": DATA, "title": HOSTILE[:80]}, "fields": "title"}},
        add_chart(0, chart, DATA),
        add_chart(1, {"title": HOSTILE, "fontName": HOSTILE, "scorecardChart": card}, DATA),
        add_chart(2, {"title": HOSTILE, "orgChart": boxes}, DATA),
    )  # fmt: skip
    return file


def test_nothing_in_a_spreadsheet_becomes_markup(google: Web, hostile: str) -> None:
    for text in (opened(google, hostile), google.send("GET", "/", person=None).data.decode()):
        page = Reader(text)
        assert page.tags <= TAGS
        assert page.attributes <= ATTRIBUTES
        assert text.count("<style") <= 1
        assert all(link.startswith(("/", "?")) for link in page.links)
        assert all(image.startswith("/spreadsheets/d/") for image in page.images)
    assert Reader(opened(google, hostile)).row(1)[0] == HOSTILE


def test_nothing_in_a_spreadsheet_becomes_a_style(google: Web, hostile: str) -> None:
    page = opened(google, hostile)
    style = page.partition("<style")[2].partition("</style>")[0].partition(">")[2]
    for line in style.splitlines():
        assert re.fullmatch(r"(\.c\d+)\1\1 (> [a-z> ]+)?{ [^{}<>]* }", line), line
    assert "display: none" not in re.sub(r'font-family: "[\w -]*"', "", style)


def test_nothing_in_a_spreadsheet_becomes_a_part_of_a_picture(google: Web, hostile: str) -> None:
    for image in Reader(opened(google, hostile)).images:
        answer = google.send("GET", image, person=None)
        root = ET.fromstring(answer.data)
        assert {part.tag.rpartition("}")[2] for part in root.iter()} <= {
            "svg",
            "g",
            "path",
            "rect",
            "text",
            "line",
            "tspan",
        }
        assert not [name for part in root.iter() for name in part.attrib if name.startswith("on") or "href" in name]
        assert "alert(1)" in words(answer.data.decode())


def test_pages_allow_nothing_but_their_own_style_and_pictures(google: Web, gallery: str) -> None:
    answer = google.send("GET", f"/spreadsheets/d/{gallery}/edit", person=None)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src 'self'; style-src 'self' 'nonce-")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = google.send("GET", f"/spreadsheets/d/{gallery}/edit", person=None)
    assert again.headers["Content-Security-Policy"] != policy  # a nonce is used once


# --- conditions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "values", "fits", "fits_not"),
    [
        ("NUMBER_GREATER", ["3"], [3.1, 4], [3, 2, "x", None, True]),
        ("NUMBER_BETWEEN", ["1", "3"], [1, 2, 3], [0, 4]),
        ("NUMBER_NOT_BETWEEN", ["1", "3"], [0, 4], [1, 2, 3]),
        ("NUMBER_EQ", ["2"], [2, 2.0], [1, "2"]),
        ("TEXT_CONTAINS", ["Won"], ["lost and WON", "won"], ["lost", 1, None]),
        ("TEXT_NOT_CONTAINS", ["won"], ["lost"], ["Won"]),
        ("TEXT_STARTS_WITH", ["a"], ["Abc"], ["bac"]),
        ("TEXT_EQ", ["yes"], ["Yes"], ["yes!"]),
        ("BLANK", [], [None, ""], [0, "x"]),
        ("NOT_BLANK", [], [0, "x"], [None]),
        ("DATE_BEFORE", ["2026-11-22"], [46347, 46347.9], [46348, "x"]),
    ],
)  # fmt: skip
def test_a_condition_holds_for_what_it_should(
    kind: str, values: list[str], fits: list[Any], fits_not: list[Any]
) -> None:
    condition = {"type": kind, "values": [{"userEnteredValue": value} for value in values]}
    assert [value for value in [*fits, *fits_not] if holds(condition, value, Ask(None))] == fits


# --- in a browser --------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("gid", [DATA, CHARTS])
def test_a_browser_shows_the_page_without_a_complaint(google: Web, gallery: str, tmp_path: Path, gid: int) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--enable-logging=stderr"]
    picture = tmp_path / "page.png"
    address = f"{google.running.page(gallery)}?gid={gid}"
    shown = subprocess.run(
        [browser, *flags, f"--screenshot={picture}", "--window-size=1500,1200", address],
        check=True, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    complaints = [line for line in shown.stderr.splitlines() if "CONSOLE" in line or "Refused" in line]
    assert complaints == []
    assert picture.stat().st_size > 20_000
    asked = [call.path for call in google.running.traffic if call.path.endswith(".svg")]
    assert len(asked) >= (len(SPECS) if gid == CHARTS else 0)
