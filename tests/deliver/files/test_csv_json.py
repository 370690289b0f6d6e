"""CSV and JSON: exact, and harmless when a spreadsheet opens them."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.deliver.files.csv_file import csv_text, write_csv, write_csv_folder
from connector.deliver.files.json_file import json_text, report_answer, table_answer, write_json
from connector.deliver.files.text import guarded, readable
from connector.errors import FileError
from connector.model.table import Note, Table, TableColumn
from tests.deliver.files.sample_reports import FRESH, SAMPLES
from tests.hostile_text import HOSTILE

COLUMNS = (
    TableColumn("name", "Name", "text", "dimension"),
    TableColumn("day", "Day", "date", "dimension"),
    TableColumn("at", "At", "instant", "dimension"),
    TableColumn("amount", "Amount", "money", "metric"),
    TableColumn("share", "Share", "percent", "metric"),
    TableColumn("yes", "Yes", "boolean", "dimension"),
)
ROW = (
    'Ünï, "q"',
    date(2024, 3, 31),
    datetime(2024, 3, 31, 10, 15, tzinfo=UTC),
    Decimal("123456789012345.6789"),
    1 / 3,
    True,
)
TABLE = Table(
    COLUMNS,
    (ROW, (None, None, None, None, float("nan"), None)),
    (None, None, None, Decimal("0.1"), 1.0, None),
    (Note("n", "note", "warning", 2),),
    FRESH,
    small=frozenset({(0, 4)}),
    small_n={(0, 4): 3},
)


def test_json_keeps_every_digit() -> None:
    text = json_text(table_answer(TABLE))
    answer = json.loads(text, parse_float=Decimal)
    assert answer["rows"][0] == [
        'Ünï, "q"',
        "2024-03-31",
        "2024-03-31T10:15:00+00:00",
        Decimal("123456789012345.6789"),
        Decimal(repr(1 / 3)),
        True,
    ]
    assert answer["rows"][1] == [None] * 6
    assert answer["totals"][3] == Decimal("0.1")
    assert answer["columns"][3] == {
        "id": "amount",
        "label": "Amount",
        "unit": "money",
        "role": "metric",
        "grain": "",
        "of": "",
        "direction": "neutral",
    }
    assert answer["notes"] == [{"code": "n", "text": "note", "level": "warning", "count": 2}]
    assert answer["freshness"]["rows_rejected"] == 3
    assert answer["freshness"]["data_through"] == "2026-05-18T06:15:00+00:00"
    assert answer["small"] == [{"row": 0, "column": 4, "n": 3}]


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text()
        | st.decimals(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    )
)
def test_json_round_trip(value: Any) -> None:
    def exact(one: Any) -> Any:
        if isinstance(one, float):
            return Decimal(repr(one))
        if isinstance(one, list):
            return [exact(each) for each in one]
        return {key: exact(each) for key, each in one.items()} if isinstance(one, dict) else one

    def plain_number(one: Any) -> Any:
        if isinstance(one, list):
            return [plain_number(each) for each in one]
        if isinstance(one, dict):
            return {key: plain_number(each) for key, each in one.items()}
        return one if isinstance(one, (bool, str)) or one is None else Decimal(one)

    read = json.loads(json_text(value), parse_float=Decimal)
    assert plain_number(read) == plain_number(exact(value))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_report_as_json_has_every_block(name: str, tmp_path: Path) -> None:
    report = SAMPLES[name]("ru")
    write_json(report, tmp_path / "r.json")
    answer = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert answer == json.loads(json_text(report_answer(report)))
    assert [tab["title"] for tab in answer["tabs"]] == [tab.title for tab in report.tabs]
    for tab, read in zip(report.tabs, answer["tabs"], strict=True):
        for block, part in zip(tab.blocks, read["blocks"], strict=True):
            assert len(part["cards"]) == len(block.cards)
            assert (part["table"] is None) == (block.table is None)
            if block.table is not None:
                assert len(part["table"]["rows"]) == len(block.table.rows)
            assert len(part["marks"]) == len(block.marks)
    assert answer["generated_at"] == "2026-05-18T14:30:00+00:00"


def test_csv_reads_back_exactly() -> None:
    lines = list(csv.reader(io.StringIO(csv_text(TABLE))))
    assert lines[0] == ["name", "day", "at", "amount", "share", "yes"]
    assert lines[1] == [
        'Ünï, "q"',
        "2024-03-31",
        "2024-03-31T10:15:00+00:00",
        "123456789012345.6789",
        repr(1 / 3),
        "true",
    ]
    assert lines[2] == [""] * 6
    assert len(lines) == 3  # the total row is no row


def test_csv_numbers_are_never_guarded() -> None:
    table = Table((TableColumn("a", "=A", "money", "metric"),), ((Decimal("-5.10"),), (-3,), (-0.5,)))
    assert csv_text(table, "label") == "'=A\r\n-5.10\r\n-3\r\n-0.5\r\n"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\r=x", "'\r'=x"),
        ("  =x", "  '=x"),
        ("＝x", "'＝x"),
        ("a;=x", "a;'=x"),
        ("a\n=x", "a\n'=x"),
        ("a=b", "a=b"),
        ("a - b", "a - b"),
        ("", ""),
        ("'x", "'x"),
    ],
)
def test_text_that_could_be_a_formula_is_guarded(text: str, safe: str) -> None:
    assert guarded(text) == safe


@given(st.text(alphabet="=+-@＝;\t\r\n 'ax,\"", max_size=12))
def test_no_field_of_any_reader_starts_a_formula(text: str) -> None:
    table = Table(
        (TableColumn("a", "A", "text", "dimension"), TableColumn("b", "B", "text", "dimension")), ((text, text),)
    )
    written = csv_text(table)
    fields = [field for line in csv.reader(io.StringIO(written, newline="")) for field in line]
    fields += [field for separator in ";\t" for field in re.split(rf"[{separator}\r\n]", written)]
    assert not [field for field in fields if re.match(r"[\s\"]*[=+\-@＝]", field)]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_arrives_as_text(text: str) -> None:
    columns = (TableColumn("a", text, "text", "dimension"), TableColumn("b", f"{text}!", "text", "dimension"))
    written = csv_text(Table(columns, ((text, f"x{text}"),)), "label")
    heading, row = csv.reader(io.StringIO(written, newline=""))
    assert row[1] == guarded(f"x{text}")
    assert row[0].replace("'", "") == readable(text).replace("'", "")
    for field in (*heading, *row):
        assert not re.match(r"[\s\"]*[=+\-@＝]", field)
        assert not re.match(r"[\t\r\n]", field)


def test_files_of_a_report(tmp_path: Path) -> None:
    report = SAMPLES["total_sales"]("es")
    paths = write_csv_folder(report, tmp_path)
    assert [path.name for path in paths] == ["overview.by_owner.csv", "overview.over_time.csv", "details.won.csv"]
    text = paths[0].read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert "Ventas totales,Ventas totales (anterior),Ventas totales (variación)" in text.decode("utf-8-sig")
    assert "'=HYPERLINK" in paths[2].read_text(encoding="utf-8-sig")
    with pytest.raises(FileError, match="does not exist"):
        write_csv_folder(report, tmp_path / "missing")


def test_ids_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    report = SAMPLES["total_sales"]("en")
    tab = report.tabs[1]
    hostile = [type(tab)(f"../../{n}", tab.title, (type(tab.blocks[0])("../x", "", table=TABLE),)) for n in ("a", "a")]
    inside = tmp_path / "inside"
    inside.mkdir()
    paths = write_csv_folder(
        type(report)(**{f: getattr(report, f) for f in report.__slots__} | {"tabs": tuple(hostile)}), inside
    )
    assert sorted(path.name for path in inside.iterdir()) == sorted(path.name for path in paths)
    assert len({path.name for path in paths}) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


def test_write_csv_is_one_step(tmp_path: Path) -> None:
    write_csv(TABLE, tmp_path / "t.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
