"""PDF: real text in an embedded font, every figure as the page shows it, pages that hold what is on them."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from connector.deliver.files import pdf_weasyprint
from connector.deliver.files.display import Display
from connector.deliver.files.pdf import pdf_bytes, write_pdf
from connector.deliver.files.pdf_canvas import FONT, TextLook, fit, measure, wrap
from connector.deliver.files.pdf_pages import BODY, ROOM, Piece, paginate
from connector.deliver.files.pdf_tables import MOST_ROWS
from connector.errors import FileError, SettingsError
from connector.model.report import Block, Report, ScoreCard, Tab, Theme
from connector.model.table import Cell, Table, TableColumn
from tests.deliver.files import sample_reports
from tests.deliver.files.sample_reports import SAMPLES

LANGUAGES = ("en", "es", "pt", "ru")


def read(report: Report) -> PdfReader:
    return PdfReader(io.BytesIO(pdf_bytes(report)))


@cache
def sample_pdf(sample: str, language: str) -> PdfReader:
    return read(SAMPLES[sample](language))


def squeezed(text: str) -> str:
    """Text without blanks, because a PDF keeps words apart by place."""
    return re.sub(r"\s+", "", text)


@cache
def sample_text(sample: str, language: str) -> str:
    return text_of(sample_pdf(sample, language))


def text_of(pdf: PdfReader) -> str:
    return squeezed("".join(page.extract_text() for page in pdf.pages))


def with_table(rows: tuple[tuple[Cell, ...], ...], *columns: TableColumn, **changes: object) -> Report:
    block = Block("b", "A block", table=Table(columns, rows), **changes)  # type: ignore[arg-type]
    return sample_reports.report("t", "A title", (Tab("one", "One", (block,)),), "en")


def name_column(label: str = "Name") -> TableColumn:
    return TableColumn("name", label, "text", "dimension")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_every_figure_of_the_page_is_text_of_the_pdf(sample: str, language: str) -> None:
    report = SAMPLES[sample](language)
    display = Display(report.language, report.currency, report.time_zone)
    text = sample_text(sample, language)
    shown = 0
    for block in (block for tab in report.tabs for block in tab.blocks):
        figures = [(card.value, card.unit, "") for card in block.cards]
        if block.table is not None:
            rows = block.table.rows[:MOST_ROWS] + ((block.table.totals,) if block.table.totals else ())
            figures += [
                (cell, column.unit, column.grain)
                for row in rows
                for column, cell in zip(block.table.columns, row, strict=True)
                if column.role not in ("dimension", "change")
            ]
        for value, unit, grain in figures:
            assert squeezed(display.cell(value, unit, grain)) in text, (block.id, value)
            shown += 1
    assert shown > 20
    assert squeezed(report.title) in text
    assert squeezed(report.range_label) in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_of_every_language_stand_in_one_embedded_font(language: str) -> None:
    pdf = sample_pdf("total_sales", language)
    fonts = [
        font.get_object() for page in pdf.pages for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    ]  # fmt: skip
    assert fonts
    for font in fonts:
        assert FONT.replace(" ", "") in str(font["/BaseFont"])
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor), "the font is not in the file"
    text = sample_text("total_sales", language)
    assert "ПётрЩербаков" in text
    assert "JoséÑúñez" in text


def test_pages_are_numbered_named_and_linked() -> None:
    report = SAMPLES["total_sales"]("en")
    pdf = sample_pdf("total_sales", "en")
    count = len(pdf.pages)
    assert count >= 3
    for number, page in enumerate(pdf.pages, start=1):
        assert f"Page {number} of {count}" in page.extract_text()
    assert [item.title for item in pdf.outline] == [tab.title for tab in report.tabs]  # type: ignore[union-attr]
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Total sales · Nordwind Sensors"
    assert pdf.metadata.author == "Nordwind"
    links = [note.get_object()["/A"]["/URI"] for page in pdf.pages for note in page.get("/Annots", ())]
    assert "https://crm.example.com/deals/0?a=1&b=2" in links
    assert len(links) == 59, "the address that is no web address is no link"


def test_a_table_over_several_pages_has_its_head_on_each_and_a_total_that_is_not_alone() -> None:
    rows = tuple((f"Row {number}", number) for number in range(MOST_ROWS))
    columns = (name_column("The head"), TableColumn("n", "Count", "count", "metric"))
    report = with_table(rows, *columns)
    block = report.tabs[0].blocks[0]
    assert block.table is not None
    report = replace(
        report, tabs=(Tab("one", "One", (replace(block, table=replace(block.table, totals=("", 11_175))),)),)
    )
    pages = [page.extract_text() for page in read(report).pages]
    assert len(pages) > 3
    for page in pages:
        assert page.count("The head") == 1
    last = pages[-1]
    assert "11,175" in last
    assert f"Row {MOST_ROWS - 1}" in last
    every = "\n".join(pages)
    assert [number for number in range(MOST_ROWS) if not re.search(rf"Row {number}\b", every)] == []


def test_more_rows_than_a_pdf_shows_are_told() -> None:
    rows = tuple((f"Row {number}",) for number in range(MOST_ROWS + 850))
    text = text_of(read(with_table(rows, name_column())))
    assert squeezed("first 150 of 1,000 rows") in text
    assert "Row150" not in text


def test_a_table_too_wide_for_the_page_comes_in_parts_that_repeat_the_first_column() -> None:
    columns = [name_column("Who")] + [
        TableColumn(f"m{number}", f"Measure number {number}", "money", "metric") for number in range(30)
    ]
    rows = tuple((f"Person {p}", *(Decimal(p * 1_000_000 + m) for m in range(30))) for p in range(3))
    report = with_table(rows, *columns)
    text = text_of(read(report))
    display = Display("en", report.currency)
    for row in rows:
        for cell in row[1:]:
            assert squeezed(display.cell(cell, "money")) in text
    assert text.count("Person2") >= 2


def test_texts_of_any_length_and_kind_stay_text() -> None:
    attack = "<script>alert(1)</script></text></svg><image href='http://evil.example/x.png'/>&\x00\x07\ud800"
    long = "Общество с ограниченной ответственностью «Рога и копыта» " * 8
    endless = "x" * 3_000
    report = with_table(((attack, 1), (long, 2), (endless, 3)), name_column(), TableColumn("n", "N", "count", "metric"))
    report = replace(report, title=attack, workspace=attack, theme=Theme(name=attack * 3))
    pdf = read(report)
    text = text_of(pdf)
    assert squeezed("<script>alert(1)</script></text></svg>") in text
    assert "«Рогаикопыта»" in text
    assert b"evil.example" not in b"".join(
        note.get_object()["/A"]["/URI"].encode() for page in pdf.pages for note in page.get("/Annots", ())
    )


def test_an_empty_report_and_an_empty_table_are_pages_with_words() -> None:
    nothing = sample_reports.report("t", "Nothing yet", (Tab("one", "One", ()),), "ru")
    assert len(read(nothing).pages) == 1
    assert "Nothingyet" in text_of(read(nothing))
    assert squeezed("There are no rows for this selection.") in text_of(read(with_table((), name_column())))


def test_many_cards_stand_in_rows_and_a_long_figure_fits_its_card() -> None:
    cards = tuple(ScoreCard(f"m{n}", f"Figure {n}", "money", Decimal("98765432109876.54") + n, None) for n in range(12))
    report = sample_reports.report("t", "T", (Tab("one", "One", (Block("c", "", cards=cards),)),), "ru")
    text = text_of(read(report))
    for card in cards:
        assert squeezed(Display("ru", "RUB").cell(card.value, "money")) in text


@pytest.mark.parametrize(("form", "media"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_the_logo_is_on_every_page_and_once_in_the_file(form: str, media: str) -> None:
    made = io.BytesIO()
    Image.new("RGB", (300, 80), "#7A1F4E").save(made, form)
    theme = Theme(name="Acme", logo=made.getvalue(), logo_type=media)  # type: ignore[arg-type]
    pdf = read(replace(SAMPLES["total_sales"]("en"), theme=theme))
    pictures = {
        page["/Resources"]["/XObject"][name].indirect_reference.idnum  # type: ignore[index]
        for page in pdf.pages
        for name, each in page["/Resources"]["/XObject"].items()  # type: ignore[index]
        if each.get_object()["/Subtype"] == "/Image"
    }
    assert len(pictures) <= 1
    assert all(len(page.images) == 1 for page in pdf.pages)


def test_a_piece_is_never_cut_and_a_title_never_stands_alone() -> None:
    title = Piece(30, "title", stays=True)
    row = Piece(40, "row", head=Piece(20, "head"))
    pages = paginate([Piece(BODY - 60, "before"), title, row, *[row] * 40])
    assert all(page.used <= BODY for page in pages)
    assert not any("title" in part for part in pages[0].parts)
    assert "head" in pages[2].parts[0]
    assert sum("row" in part for page in pages for part in page.parts) == 41


def test_text_is_measured_as_it_is_set() -> None:
    look = TextLook(10)
    assert measure("", look) == 0
    assert measure("iiii", look) < measure("WWWW", look)
    assert measure("Привет", TextLook(20)) == pytest.approx(2 * measure("Привет", look))
    assert measure(fit("a long text that does not fit", look, 60), look) <= 60
    assert fit("short", look, 200) == "short"
    assert wrap("one two three", look, measure("one two", look) + 0.1) == ["one two", "three"]
    assert "".join(wrap("x" * 300, look, 100)) == "x" * 300
    assert len(wrap("word " * 500, look, 100, most=3)) == 3
    assert ROOM > 700


def test_a_pdf_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        write_pdf(SAMPLES["total_sales"]("en"), tmp_path / "none" / "r.pdf")
    write_pdf(SAMPLES["total_sales"]("en"), tmp_path / "r.pdf")
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")


def test_the_extra_prints_the_page_with_the_same_figures_and_page_numbers() -> None:
    report = SAMPLES["pipeline_overview"]("pt")
    try:
        pdf = PdfReader(io.BytesIO(pdf_weasyprint.pdf_bytes(report)))
    except SettingsError as error:
        pytest.skip(str(error))
    count = len(pdf.pages)
    assert count > 2
    assert f"Página {count} de {count}" in pdf.pages[-1].extract_text()
    display = Display(report.language, report.currency)
    text = text_of(pdf)
    for card in report.tabs[0].blocks[0].cards:
        assert squeezed(display.cell(card.value, card.unit)) in text
    assert "ПётрЩербаков" in text
