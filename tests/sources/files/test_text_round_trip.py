"""Whatever a writer of delimited text can write is read back cell by cell, with the physical line of each row."""

import codecs
import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.sources.files.options import Limits, ReadOptions
from connector.sources.files.reader import convert, open_datasets

Row = tuple[str | None, ...]

LETTERS = st.characters(codec="cp1251", exclude_categories=("Cc", "Cs"), exclude_characters="\xa0\xad")
ANY = st.characters(exclude_categories=("Cc", "Cs"))
SPECIAL = st.sampled_from([",", ";", "\t", "|", '"', '""', "'", "\n", " ", "=", "#"])


def cells(letters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.one_of(letters, letters, SPECIAL), max_size=8).map("".join)


def tables(letters: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    return st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(cells(letters), min_size=width, max_size=width), min_size=1, max_size=12)
    )


@dataclass
class Style:
    separator: str
    line_end: str
    quoting: int
    quote: str = '"'


STYLES = st.builds(
    Style,
    st.sampled_from([",", ";", "\t", "|", "~"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(['"', "'"]),
)


def written(rows: list[list[str]], style: Style) -> str:
    """Return the rows as Python's csv writes them."""
    text = io.StringIO()
    # Python leaves a line feed bare where lines end in a carriage return; no reader could tell it from a line's end.
    quoting = csv.QUOTE_ALL if style.line_end == "\r" else style.quoting
    writer = csv.writer(
        text, delimiter=style.separator, lineterminator=style.line_end, quoting=quoting, quotechar=style.quote
    )
    writer.writerows(rows)
    return text.getvalue()


def lines_of(rows: list[list[str]], style: Style) -> list[int]:
    """Return the physical line on which each row begins: only the file's own line ends count."""
    lines, line = [], 1
    mark = "\r" if style.line_end == "\r" else "\n"
    for row in rows:
        lines.append(line)
        line += written([row], style).count(mark)
    return lines


def expected(rows: list[list[str]], style: Style) -> list[tuple[int, Row]]:
    numbered = zip(lines_of(rows, style), rows, strict=True)
    return [(line, tuple(cell or None for cell in row)) for line, row in numbered if any(row)]


def read(path: Path, options: ReadOptions | None = None, limits: Limits | None = None) -> list[tuple[int, Row]]:
    (dataset,) = open_datasets(path, options, limits)
    converted = convert(dataset, path.with_suffix(".parquet"), limits)
    assert converted.problems == 0
    table = pq.read_table(converted.path).to_pydict()
    assert list(table) == [*dataset.columns, "_line"]
    columns = [table[name] for name in dataset.columns]
    return list(zip(table["_line"], zip(*columns, strict=True), strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("text")


SLOW = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(rows=tables(ANY), style=STYLES, mark=st.booleans(), tail=st.sampled_from([0, 1 << 16]))
def test_text_comes_back_as_written(folder: Path, rows: list[list[str]], style: Style, mark: bool, tail: int) -> None:
    path = folder / "any.csv"
    names = [[f"name {number}" for number in range(len(rows[0]))]]
    text = written(names + rows, style)
    path.write_bytes((codecs.BOM_UTF8 if mark else b"") + text.encode())
    options = ReadOptions(encoding="utf-8", separator=style.separator, quote=style.quote, header=True)
    assert read(path, options, Limits(tail_bytes=tail)) == expected(names + rows, style)[1:]


@SLOW
@given(
    rows=tables(LETTERS),
    style=STYLES,
    encoding=st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "cp1251", "utf-8-sig", "utf-32", "koi8-r"]),
)
def test_text_comes_back_from_any_encoding(folder: Path, rows: list[list[str]], style: Style, encoding: str) -> None:
    path = folder / "encoded.csv"
    names = [[f"name {number}" for number in range(len(rows[0]))]]
    text = written(names + rows, style)
    path.write_bytes(text.encode(encoding, "replace"))
    rows = [[cell.encode(encoding, "replace").decode(encoding) for cell in row] for row in rows]
    options = ReadOptions(encoding=encoding, separator=style.separator, quote=style.quote, header=True)
    assert read(path, options) == expected(names + rows, style)[1:]


@SLOW
@given(rows=tables(ANY), style=STYLES)
def test_without_a_header_every_row_is_data(folder: Path, rows: list[list[str]], style: Style) -> None:
    path = folder / "bare.csv"
    rows = [["first", *row[1:]] for row in rows]
    path.write_bytes(written(rows, style).encode())
    options = ReadOptions(encoding="utf-8", separator=style.separator, quote=style.quote, header=False)
    assert read(path, options) == expected(rows, style)


@SLOW
@given(rows=tables(ANY), style=STYLES, block=st.integers(40, 400), tail=st.sampled_from([0, 64, 1 << 16]))
def test_the_size_of_blocks_makes_no_difference(
    folder: Path, rows: list[list[str]], style: Style, block: int, tail: int
) -> None:
    path = folder / "blocks.csv"
    names = [[f"name {number}" for number in range(len(rows[0]))]]
    path.write_bytes(written(names + rows * 20, style).encode())
    options = ReadOptions(encoding="utf-8", separator=style.separator, quote=style.quote, header=True)
    limits = Limits(block_bytes=block, tail_bytes=tail)
    assert read(path, options, limits) == expected(names + rows * 20, style)[1:]


PLAIN = [
    ["id", "deal", "owner", "amount", "created"],
    ["1", "Поставка; «Ромашка»", "Иванов", "1200,50", "31.03.2024"],
    ["2", "Услуги, склад", "Петрова", "300", "01.04.2024"],
    ["3", 'Лист "А"', "Сидоров", "15000,00", "02.04.2024"],
    ["4", "строка\nвторая", "Иванов", "", "03.04.2024"],
    ["5", "Продление", "Кузнецова", "7,25", "04.04.2024"],
]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r", "cp866"]
)
@pytest.mark.parametrize("header", [True, False])
def test_an_export_is_understood_unasked(
    tmp_path: Path, line_end: str, quoting: int, separator: str, encoding: str, header: bool
) -> None:
    rows = PLAIN if header else PLAIN[1:]
    if encoding in ("koi8-r", "cp866"):
        rows = [[cell.replace("«", "(").replace("»", ")") for cell in row] for row in rows]
    style = Style(separator, line_end, quoting)
    path = tmp_path / "export.csv"
    path.write_bytes(written(rows, style).encode(encoding))
    (dataset,) = open_datasets(path)
    assert dataset.columns == (tuple(rows[0]) if header else tuple(f"column_{number}" for number in range(1, 6)))
    assert read(path) == expected(rows, style)[1 if header else 0 :]


def test_gzipped_text_is_read_like_plain_text(tmp_path: Path) -> None:
    style = Style(";", "\r\n", csv.QUOTE_MINIMAL)
    path = tmp_path / "export.csv.gz"
    path.write_bytes(gzip.compress(written(PLAIN, style).encode("cp1251")))
    (dataset,) = open_datasets(path)
    assert dataset.name == "export.csv.gz"
    assert read(path) == expected(PLAIN, style)[1:]


SPANISH, FRENCH, POLISH = "Núñez;Año;São Paulo", "Société générale;Müller;Straße", "Łódź;Kraków;Żabka"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((SPANISH, encoding) for encoding in ("cp1252", "mac-roman", "utf-8", "utf-16-le")),
        *((FRENCH, encoding) for encoding in ("cp1252", "cp1250", "mac-roman", "utf-8", "utf-16-be")),
        *((POLISH, encoding) for encoding in ("cp1250", "utf-8", "utf-16-le")),
    ],
)
def test_western_code_pages_are_told_apart(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "west.csv"
    path.write_bytes(f"a;b;c\n{text}\n1;2;3\n".encode(encoding))
    assert read(path)[0] == (2, tuple(text.split(";")))


def test_the_first_letters_beyond_ascii_may_come_late(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    filler = "".join(f"{number};Deal {number};100\n" for number in range(60_000))
    path.write_bytes(f"id;name;amount\n{filler}9;Сделка Иванова;5\n".encode("cp1251"))
    assert read(path)[-1] == (60_002, ("9", "Сделка Иванова", "5"))
