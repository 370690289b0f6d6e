"""Rows that cannot be read are listed with file, line, column and reason; all others are read."""

import csv
import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from connector.errors import FileError
from connector.sources.files.options import Limits, ReadOptions
from connector.sources.files.reader import Converted, convert, open_datasets


def read(
    path: Path, options: ReadOptions | None = None, limits: Limits | None = None
) -> tuple[dict[int, tuple[str | None, ...]], list[dict[str, str]]]:
    """Return the rows by line and the problems of a file."""
    (dataset,) = open_datasets(path, options, limits)
    converted = convert(dataset, path.with_suffix(".parquet"), limits)
    return rows_of(converted), problems_of(converted)


def rows_of(converted: Converted) -> dict[int, tuple[str | None, ...]]:
    table = pq.read_table(converted.path).to_pydict()
    assert len(table["_line"]) == converted.rows
    assert table["_line"] == sorted(set(table["_line"]))
    rows = zip(*(table[name] for name in converted.columns), strict=True)
    return dict(zip(table["_line"], rows, strict=True))


def problems_of(converted: Converted) -> list[dict[str, str]]:
    if converted.problems_path is None:
        assert converted.problems == 0
        return []
    with converted.problems_path.open(encoding="utf-8", newline="") as file:
        problems = list(csv.DictReader(file))
    assert len(problems) == converted.problems
    return problems


def text_file(folder: Path, text: str | bytes, name: str = "export.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


BOTH_WAYS = pytest.mark.parametrize(
    "limits", [Limits(), Limits(tail_bytes=0), Limits(tail_bytes=0, block_bytes=24)], ids=["rows", "columns", "blocks"]
)


@BOTH_WAYS
def test_a_row_with_too_few_or_too_many_cells_does_not_stop_the_rest(tmp_path: Path, limits: Limits) -> None:
    path = text_file(tmp_path, "id,name,amount\n1,Ann,10\n2,Bob\n3,Eve,30\n4,Joe,40,50\n5,Sue,60\n")
    rows, problems = read(path, limits=limits)
    assert rows == {2: ("1", "Ann", "10"), 4: ("3", "Eve", "30"), 6: ("5", "Sue", "60")}
    assert [(problem["file"], problem["line"], problem["column"]) for problem in problems] == [
        ("export.csv", "3", "amount"),
        ("export.csv", "5", ""),
    ]
    assert problems[0]["reason"] == "the row has 2 cells, the table 3 columns"
    assert problems[1]["value"] == "50"


@BOTH_WAYS
def test_cells_too_many_are_fine_when_they_are_empty(tmp_path: Path, limits: Limits) -> None:
    path = text_file(tmp_path, "id,name\n1,Ann,,\n2,Bob\n3,Eve,\n")
    rows, problems = read(path, limits=limits)
    assert rows == {2: ("1", "Ann"), 3: ("2", "Bob"), 4: ("3", "Eve")}
    assert problems == []


@BOTH_WAYS
def test_a_value_behind_the_last_column_far_below_is_a_problem(tmp_path: Path, limits: Limits) -> None:
    path = text_file(tmp_path, "id,name,,\n" + "1,Ann,,\n" * 1_200 + "2,Bob,,stray\n" + "3,Eve,,\n" * 5)
    rows, problems = read(path, limits=limits)
    assert len(rows) == 1_205
    assert [(problem["line"], problem["value"]) for problem in problems] == [("1202", "stray")]


@BOTH_WAYS
def test_short_rows_are_fine_when_all_rows_are_short(tmp_path: Path, limits: Limits) -> None:
    path = text_file(tmp_path, "id,name,note\n1,Ann\n2,Bob\n")
    rows, problems = read(path, limits=limits)
    assert rows == {2: ("1", "Ann", None), 3: ("2", "Bob", None)}
    assert problems == []
    path = text_file(tmp_path, "id,name\n1\n   \n2\n")
    assert read(path, limits=limits) == ({2: ("1", None), 4: ("2", None)}, [])


@BOTH_WAYS
def test_a_quote_that_is_never_closed_costs_its_own_line_only(tmp_path: Path, limits: Limits) -> None:
    path = text_file(tmp_path, 'id,name,note\n1,Ann,x\n2,"Bob,y\n3,Eve,z\n4,"Joe",w\n5,Sue,v\n')
    rows, problems = read(path, limits=limits)
    assert rows == {2: ("1", "Ann", "x"), 4: ("3", "Eve", "z"), 5: ("4", "Joe", "w"), 6: ("5", "Sue", "v")}
    assert [(problem["line"], problem["column"]) for problem in problems] == [("3", "name")]
    assert "quote" in problems[0]["reason"]


@BOTH_WAYS
def test_a_quote_open_to_the_end_of_the_file_costs_its_own_line_only(tmp_path: Path, limits: Limits) -> None:
    path = text_file(tmp_path, 'id,name\n1,Ann\n2,"Bob\n3,Eve\n')
    rows, problems = read(path, limits=limits)
    assert rows == {2: ("1", "Ann"), 4: ("3", "Eve")}
    assert problems[0]["reason"] == "the quote that opens this cell is never closed"


@BOTH_WAYS
def test_bare_quotes_inside_an_unquoted_cell_are_text(tmp_path: Path, limits: Limits) -> None:
    path = text_file(tmp_path, 'id,name\n1,5" pipe\n2,a "b" c\n3,"Eve"\n')
    rows, problems = read(path, limits=limits)
    assert rows == {2: ("1", '5" pipe'), 3: ("2", 'a "b" c'), 4: ("3", "Eve")}
    assert problems == []


@BOTH_WAYS
def test_quotes_behind_the_closing_one_cost_their_row(tmp_path: Path, limits: Limits) -> None:
    path = text_file(tmp_path, 'id,name\n1,""z""\n2,z""\n3,"5" pipe"\n4,"Eve"\n')
    rows, problems = read(path, limits=limits)
    assert rows == {3: ("2", 'z""'), 5: ("4", "Eve")}
    assert [(problem["line"], problem["column"]) for problem in problems] == [("2", "name"), ("4", "name")]
    assert "a quote inside a quoted cell is doubled" in problems[0]["reason"]


@BOTH_WAYS
def test_when_all_rows_are_broken_all_are_listed(tmp_path: Path, limits: Limits) -> None:
    rows, problems = read(text_file(tmp_path, "id,name,amount\n1,Ann,5\n" + "lone\n" * 300), limits=limits)
    assert list(rows) == [2]
    assert [problem["line"] for problem in problems] == [str(line) for line in range(3, 303)]


@BOTH_WAYS
def test_bytes_that_are_no_text_and_zero_bytes_cost_their_row(tmp_path: Path, limits: Limits) -> None:
    good = "".join(f"{number},Münch\n" for number in range(10, 20)).encode()
    path = text_file(tmp_path, b"id,name\n1,Ann\n2,B\xffb\n3,E\x00e\n4,Sue\n" + good)
    rows, problems = read(path, limits=limits)
    assert {2: ("1", "Ann"), 5: ("4", "Sue"), 6: ("10", "Münch")}.items() <= rows.items()
    assert len(rows) == 12
    assert [(problem["line"], problem["column"], problem["reason"]) for problem in problems] == [
        ("3", "name", "the cell holds bytes that are no text in the encoding of the file"),
        ("4", "name", "the cell holds a zero byte"),
    ]


def test_undefined_bytes_of_a_code_page_cost_their_row(tmp_path: Path) -> None:
    path = text_file(tmp_path, b"id,name\n1,\x98x\n2,ok\n")
    rows, problems = read(path, ReadOptions(encoding="cp1251"))
    assert rows == {3: ("2", "ok")}
    assert [problem["line"] for problem in problems] == ["2"]


def test_half_a_character_of_utf_16_costs_its_row(tmp_path: Path) -> None:
    text = "id,name\n1,Ann\n2,".encode("utf-16-le") + b"\x00\xd8" + "x\n3,Eve\n".encode("utf-16-le")
    rows, problems = read(text_file(tmp_path, text), ReadOptions(encoding="utf-16-le"))
    assert rows == {2: ("1", "Ann"), 4: ("3", "Eve")}
    assert [problem["line"] for problem in problems] == ["3"]


@BOTH_WAYS
def test_line_numbers_hold_below_quoted_line_ends_and_blank_lines(tmp_path: Path, limits: Limits) -> None:
    path = text_file(tmp_path, 'id,note\r\n1,"a\r\nb\r\nc"\r\n\r\n2,x\r\n3\r\n4,"y\r\n"\r\n5,z\r\n')
    rows, problems = read(path, limits=limits)
    assert rows == {2: ("1", "a\r\nb\r\nc"), 6: ("2", "x"), 8: ("4", "y\r\n"), 10: ("5", "z")}
    assert [problem["line"] for problem in problems] == ["7"]


@BOTH_WAYS
def test_a_lone_carriage_return_ends_no_line(tmp_path: Path, limits: Limits) -> None:
    path = text_file(tmp_path, 'id,name\n1,a\r2,b\n3,"x\ny"\n4,c\rd\n')
    rows, problems = read(path, limits=limits)
    assert rows == {3: ("3", "x\ny"), 5: ("4", "c\rd")}
    assert [problem["line"] for problem in problems] == ["2"]


def test_every_size_of_block_gives_the_same(tmp_path: Path) -> None:
    text = (
        'id,name,note\r\n1,"a ""b"" c","x\r\ny"\r\n"2","","é"\r\n3,5" pipe,"open\r\n'
        '4,"z" ,"""q"""\r\n\r\n5,,""\r\n6,"m\r\nn",plain\r\n'
    )
    path = text_file(tmp_path, text * 3)
    whole = read(path)
    assert len(whole[0]) > 10
    for block in range(4, 100):
        assert read(path, limits=Limits(block_bytes=block, tail_bytes=0)) == whole, block


def test_a_file_with_bad_rows_here_and_there_keeps_every_good_one(tmp_path: Path) -> None:
    chance = random.Random(7)
    lines, good, bad = ["id,name,amount"], {}, []
    for number in range(2, 20_002):
        if chance.random() < 0.001:
            lines.append(chance.choice([f"{number},short", f"{number},too,many,cells", f'{number},"open,9']))
            bad.append(str(number))
        else:
            lines.append(f'{number},"Deal, {number}",{chance.random():.4f}')
            good[number] = (str(number), f"Deal, {number}", lines[-1].rpartition(",")[2])
    rows, problems = read(text_file(tmp_path, "\n".join(lines)), limits=Limits(tail_bytes=0))
    assert len(bad) > 10
    assert rows == good
    assert [problem["line"] for problem in problems] == bad


def test_a_cell_above_the_limit_costs_its_row(tmp_path: Path) -> None:
    big = "x" * (40 << 20)
    path = text_file(tmp_path, f'id,name,note\n1,Ann,a\n2,{big},b\n3,"{big}\n{big[:9]}",c\n4,Eve,d\n')
    rows, problems = read(path)
    assert rows == {2: ("1", "Ann", "a"), 6: ("4", "Eve", "d")}
    assert [(problem["line"], problem["column"]) for problem in problems] == [("3", "name"), ("4", "name")]
    assert all("are refused" in problem["reason"] for problem in problems)
    assert all(len(problem["value"]) <= 200 for problem in problems)


@pytest.mark.parametrize("tail", [0, 1 << 16])
def test_the_limit_of_a_cell_holds_in_clean_text_too(tmp_path: Path, tail: int) -> None:
    path = text_file(tmp_path, f"id,name\n1,Ann\n2,{'x' * 1_001}\n3,{'y' * 1_000}\n")
    rows, problems = read(path, limits=Limits(cell_bytes=1_000, tail_bytes=tail))
    assert list(rows) == [2, 4]
    assert [problem["line"] for problem in problems] == ["3"]


def test_a_line_above_the_limit_costs_itself_only(tmp_path: Path) -> None:
    limits = Limits(record_bytes=1 << 20, cell_bytes=1 << 16, block_bytes=1 << 18)
    path = text_file(tmp_path, f"id,name\n1,Ann\n2,{'x' * (5 << 20)}\n3,Eve\n")
    rows, problems = read(path, limits=limits)
    assert rows == {2: ("1", "Ann"), 4: ("3", "Eve")}
    assert [(problem["line"], problem["column"]) for problem in problems] == [("3", "name")]
    assert "longer than 1 MB" in problems[0]["reason"]


def test_a_line_of_100_mb_is_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"id,name\n1,Ann\n2,")
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b"\n3,Eve\n")
    rows, problems = read(path)
    assert rows == {2: ("1", "Ann"), 4: ("3", "Eve")}
    assert [problem["line"] for problem in problems] == ["3"]


def test_formula_text_stays_text_and_is_harmless_in_the_list_of_problems(tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://evil.example";"x")'
    quoted = '"' + formula.replace('"', '""') + '"'
    rows, problems = read(text_file(tmp_path, f"id,name,note\n1,{quoted},=1+1\n=cmd,{quoted}\n"))
    assert rows == {2: ("1", formula, "=1+1")}
    assert problems[0]["value"].startswith("'=")


def test_a_second_conversion_takes_the_old_list_of_problems_away(tmp_path: Path) -> None:
    path = text_file(tmp_path, "id,name\n1,Ann\n2\n3,Eve\n")
    assert len(read(path)[1]) == 1
    text_file(tmp_path, "id,name\n1,Ann\n2,Bob\n3,Eve\n")
    assert read(path)[1] == []
    assert sorted(found.name for found in tmp_path.iterdir()) == ["export.csv", "export.parquet"]


PIECES = st.sampled_from(
    ["a", "1", " ", '"', '""', ",", ",", ",", "é", "\n", "\r", '"q"', '"a,b"', '"l\nm"', '"d""d"', '"t" ', '5" p', "#"]
)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.lists(PIECES, max_size=9).map("".join), max_size=12),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    width=st.integers(1, 4),
    block=st.sampled_from([16, 50, 1 << 20]),
)
def test_both_ways_of_reading_agree_on_any_mess(
    tmp_path: Path, lines: list[str], line_end: str, width: int, block: int
) -> None:
    header = ",".join(f"name {number}" for number in range(width))
    path = text_file(tmp_path, line_end.join([header, *lines]))
    options = ReadOptions(encoding="utf-8", separator=",", header=True)
    try:
        row_by_row = read(path, options, Limits(tail_bytes=1 << 20))
    except FileError:
        reject()  # nothing at all can be read from this one
    assert read(path, options, Limits(tail_bytes=0, block_bytes=block)) == row_by_row
