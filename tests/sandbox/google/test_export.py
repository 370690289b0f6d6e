"""Files made of spreadsheets, read by other people's readers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import openpyxl
import pypdf
import pytest
import python_calamine

from connector.sandbox.google import exports
from connector.sandbox.google.paper_pictures import pictured
from connector.sandbox.google.workbook import titles_of
from tests.sandbox.google.gallery import HEAD, ROWS, hide, make_gallery
from tests.sandbox.google.web import FILES, Web, web

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def google() -> Iterator[Web]:
    with web() as caller:
        yield caller


@pytest.fixture(scope="module")
def gallery(google: Web) -> str:
    return make_gallery(google)


def exported(google: Web, file: str, media: str) -> bytes:
    answer = google.send("GET", f"{FILES}/{file}/export", mimeType=media)
    assert answer.status == 200, answer.data
    assert answer.headers["Content-Type"] == media
    return answer.data


@pytest.fixture(scope="module")
def workbook(google: Web, gallery: str) -> bytes:
    return exported(google, gallery, XLSX)


def test_csv_is_as_googles(google: Web) -> None:
    file = google.make()
    google.write(file, [["plain", 'quotes "here"', "a,b"], ["two\nlines"], [], ["=1+1", 5.5]])
    assert exported(google, file, "text/csv") == b'plain,"quotes ""here""","a,b"\r\n"two\nlines",,\r\n,,\r\n=1+1,5.5,'


def test_csv_can_be_read_back(google: Web, gallery: str) -> None:
    rows = list(csv.reader(io.StringIO(exported(google, gallery, "text/csv").decode(), newline="")))
    assert rows[0] == HEAD
    assert rows[1][:4] == ["Jan", "R$ 120,000", "R$ 130,000", "31.0%"]
    assert rows[7][1:3] == ["R$ 909,000", "#DIV/0!"]


def test_tsv_has_neither_tabs_nor_line_ends_within_a_cell(google: Web) -> None:
    file = google.make()
    google.write(file, [["a\tb", "c\nd"], ['"', "e"]])
    assert exported(google, file, "text/tab-separated-values") == b'a b\tc d\r\n"\te'


def test_one_sheet_is_chosen_by_its_number(google: Web, gallery: str) -> None:
    page = f"/spreadsheets/d/{gallery}/export"
    assert google.send("GET", page, person=None, format="csv", gid=5).data == b""
    assert google.send("GET", page, person=None, format="csv").data.startswith(b"Month,")
    assert google.send("GET", page, person=None, format="exe").status == 400


def test_what_cannot_be_exported_is_refused(google: Web, gallery: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{FILES}/{gallery}/export"
    assert google.refused("GET", path) == (400, "required")
    assert google.refused("GET", path, mimeType="image/png") == (400, "badRequest")
    folder = google.ask("POST", FILES, {"name": "F", "mimeType": "application/vnd.google-apps.folder"})["id"]
    assert google.refused("GET", f"{FILES}/{folder}/export", mimeType="text/csv") == (403, "fileNotExportable")
    monkeypatch.setattr(exports, "MOST_BYTES", 100)
    assert google.refused("GET", path, mimeType="text/csv") == (403, "exportSizeLimitExceeded")


def test_the_workbook_holds_values_and_what_formulas_came_to(workbook: bytes) -> None:
    seen = openpyxl.load_workbook(io.BytesIO(workbook), data_only=True)["Data"]
    assert [[cell.value for cell in row] for row in seen["A1:L7"]] == [
        HEAD,
        *[[value or None for value in row] for row in ROWS],
    ]
    assert (seen["B8"].value, seen["C8"].value) == (909_000, "#DIV/0!")
    told = openpyxl.load_workbook(io.BytesIO(workbook))["Data"]
    assert (told["B8"].value, told["B8"].data_type) == ("=SUM(B2:B7)", "f")


def test_another_reader_sees_the_same_numbers(workbook: bytes) -> None:
    rows = python_calamine.load_workbook(io.BytesIO(workbook)).get_sheet_by_name("Data").to_python()
    assert rows[7][1] == 909_000
    assert [row[1] for row in rows[1:7]] == [row[1] for row in ROWS]


def test_a_text_stays_a_text_in_the_workbook(google: Web) -> None:
    file = google.make()
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "https://example.com/", "007", "1e3", "=cmd|' /C calc'!A0"]
    google.write(file, [[text] for text in texts])
    book = openpyxl.load_workbook(io.BytesIO(exported(google, file, XLSX)))
    cells = [row[0] for row in book.active.iter_rows(max_col=1)]
    assert [(cell.value, cell.data_type, cell.hyperlink) for cell in cells] == [(text, "s", None) for text in texts]


def test_the_workbook_looks_like_the_spreadsheet(workbook: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    data = book["Data"]
    assert (data["B2"].number_format, data["D2"].number_format) == ('"R$" #,##0', "0.0%")
    assert (data["A1"].font.bold, data["A1"].font.color.rgb, data["A1"].fill.fgColor.rgb) == (
        True,
        "FFFFFFFF",
        "FF193366",
    )
    assert [str(part) for part in data.merged_cells.ranges] == ["A9:D9"]
    assert (data.freeze_panes, data["A9"].comment.text) == ("A2", "Made by hand")
    assert len(list(data.conditional_formatting)) == 3
    assert book["Hidden"].sheet_state == "hidden"
    assert book.defined_names["sales"].attr_text == "'Data'!$B$1:$B$7"
    assert book["Charts"].sheet_view.showGridLines is False


def test_charts_are_native_where_workbooks_know_the_kind(workbook: bytes) -> None:
    page = openpyxl.load_workbook(io.BytesIO(workbook))["Charts"]
    kinds = [type(chart).__name__ for chart in page._charts]
    assert sorted(kinds) == sorted(
        ["BarChart"] * 4
        + ["LineChart", "AreaChart", "AreaChart", "ScatterChart", "PieChart", "DoughnutChart", "StockChart"]
    )
    assert len(page._images) == 6  # waterfall, histogram, tree map, score card, bubbles, organisation
    first = page._charts[0]
    assert [part.val.numRef.f for part in first.series] == ["Data!$B$2:$B$7", "Data!$C$2:$C$7"]
    assert [part.tx.strRef.f for part in first.series] == ["Data!$B$1", "Data!$C$1"]


def test_hidden_rows_and_columns_are_hidden_in_the_workbook(google: Web) -> None:
    file = make_gallery(google)
    google.change(file, hide("ROWS", 2, 3), hide("COLUMNS", 5, 7))
    data = openpyxl.load_workbook(io.BytesIO(exported(google, file, XLSX)))["Data"]
    assert data.row_dimensions[3].hidden
    assert not data.row_dimensions[4].hidden
    assert [data.column_dimensions[name].hidden for name in "EFH"] == [False, True, False]


def test_titles_that_no_workbook_allows_are_made_fit(google: Web) -> None:
    file = google.make()
    titles = ["A" * 40, "A" * 45, "Sales [2026]: a/b?", "'quoted'"]
    google.change(file, *[{"addSheet": {"properties": {"title": title}}} for title in titles])
    google.write(file, [[7]], f"{'A' * 45}!A1")
    path = f"/v4/spreadsheets/{file}/values/Sheet1!A1"
    google.ask("PUT", path, {"values": [[f"={'A' * 45}!A1"]]}, valueInputOption="USER_ENTERED")
    made = titles_of(google.running.books.find(file))
    assert list(made.values()) == ["Sheet1", "A" * 31, f"{'A' * 27} (2)", "Sales _2026__ a_b_", "quoted"]
    book = openpyxl.load_workbook(io.BytesIO(exported(google, file, XLSX)))
    assert book["Sheet1"]["A1"].value == f"='{'A' * 27} (2)'!A1"


def test_without_libreoffice_a_pdf_has_a_page_for_each_sheet_that_is_shown(google: Web, gallery: str) -> None:
    pages = pypdf.PdfReader(io.BytesIO(pictured(google.running.books.find(gallery)))).pages
    assert len(pages) == 2
    assert "909,000" in pages[0].extract_text()
    assert "Hidden" not in pages[1].extract_text()


@pytest.mark.conformance
def test_libreoffice_prints_the_spreadsheet(google: Web, gallery: str) -> None:
    content = exported(google, gallery, "application/pdf")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert content.startswith(b"%PDF")
    assert "R$ 909,000" in text
