"""Files made to hurt, or simply the wrong ones: each a clear sentence with place and remedy, nothing half written."""

import contextlib
import errno
import gzip
import io
import os
import socket
import zipfile
from pathlib import Path

import openpyxl
import pytest

from connector.errors import FileError, StorageFull
from connector.sources.files.options import Limits, ReadOptions
from connector.sources.files.reader import convert, open_datasets

SHEET_HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_TAIL = "</sheetData></worksheet>"


def refused(path: Path, limits: Limits | None = None) -> FileError:
    """Return why a file is refused, after checking that the message says where and what to do."""
    before = sorted(path.parent.iterdir())
    with pytest.raises(FileError) as caught:
        open_datasets(path, limits=limits)
    assert path.name in caught.value.place
    assert caught.value.remedy.endswith(".")
    assert caught.value.exit_code == 2
    assert sorted(path.parent.iterdir()) == before
    return caught.value


def file_of(folder: Path, data: bytes, name: str = "export.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def workbook_bytes() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.worksheets[0].append(["id", "name"])
    book.worksheets[0].append([1, "x"])
    book.save(out)
    return out.getvalue()


def workbook_with(path: Path, sheet: bytes | str, extra: dict[str, bytes] | None = None) -> Path:
    """Write a workbook whose only sheet is the given XML."""
    with (
        zipfile.ZipFile(io.BytesIO(workbook_bytes())) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for entry in source.infolist():
            changed = entry.filename == "xl/worksheets/sheet1.xml"
            out.writestr(entry.filename, sheet if changed else source.read(entry))
        for name, data in (extra or {}).items():
            out.writestr(name, data)
    return path


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "missing.csv").sentence
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert "a folder" in refused(folder).sentence
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert "a device or a pipe" in refused(pipe).sentence
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.csv"))
        assert "a device or a pipe" in refused(tmp_path / "s.csv").sentence
    with pytest.raises(FileError, match="a device or a pipe"):
        open_datasets(Path("/dev/zero"))


def test_a_link_to_a_file_is_read_and_a_broken_one_refused(tmp_path: Path) -> None:
    target = file_of(tmp_path, b"id,name\n1,x\n")
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    assert open_datasets(link)[0].name == "link.csv"
    target.unlink()
    assert "no such file" in refused(link).sentence


def test_a_path_with_dots_is_only_a_path_and_its_name_only_a_name(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    file_of(tmp_path, b"id,name\n1,x\n")
    (dataset,) = open_datasets(tmp_path / "inner" / ".." / "export.csv")
    assert dataset.name == "export.csv"


@pytest.mark.parametrize("data", [b"", b"\n\n \r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0" * 3], ids=repr)
def test_a_file_without_text_is_refused(tmp_path: Path, data: bytes) -> None:
    assert refused(file_of(tmp_path, data)).sentence.startswith(("The file is empty", "The file holds no text"))


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    (dataset,) = open_datasets(file_of(tmp_path, b"id,name,amount\n"))
    converted = convert(dataset, tmp_path / "raw")
    assert (converted.rows, converted.columns) == (0, ("id", "name", "amount"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7\n1 0 obj\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"<html><table><tr><td>id</td></tr></table></html>", "web page"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><Workbook/>", "web page or XML"),
        (b'[{"id": 1}]', "JSON"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Office 97-2003"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (bytes(range(256)) * 8, "control characters"),
        (b"a,b\n" + b"\0" * 400, "control characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("name", ["export.csv", "export.xlsx"])
def test_another_kind_of_file_is_named(tmp_path: Path, data: bytes, words: str, name: str) -> None:
    assert words in refused(file_of(tmp_path, data, name)).sentence


def test_a_kind_is_known_inside_gzip_too(tmp_path: Path) -> None:
    assert "PDF" in refused(file_of(tmp_path, gzip.compress(b"%PDF-1.7\n"), "export.csv.gz")).sentence


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"id,name\n" + os.urandom(500).hex().encode())
    assert "cut short or damaged" in refused(file_of(tmp_path, whole[:-20], "cut.csv.gz")).sentence
    assert (
        "cut short or damaged" in refused(file_of(tmp_path, whole[:50] + b"\0" * 50 + whole[100:], "x.csv.gz")).sentence
    )


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(b"id,name\n" + b"1,x\n" * (12 << 20))
    assert len(bomb) < 1 << 20
    assert "out of all proportion" in refused(file_of(tmp_path, bomb, "bomb.csv.gz")).sentence


def test_a_hundred_thousand_columns_are_refused(tmp_path: Path) -> None:
    header = ",".join(f"c{number}" for number in range(100_000))
    assert "more than 5000 are refused" in refused(file_of(tmp_path, f"{header}\n1,2\n".encode())).sentence


def test_a_first_line_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        file.writelines(b"x" * (1 << 20) for _ in range(100))
    assert "No record can be read" in refused(path).sentence


def test_a_name_of_a_column_above_the_limit_is_refused(tmp_path: Path) -> None:
    assert (
        "name of a column has 2000 characters" in refused(file_of(tmp_path, b"id," + b"n" * 2000 + b"\n1,2\n")).sentence
    )


# --- workbooks ---------------------------------------------------------------------------------------


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "some.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("deals.csv", "id\n1\n")
    assert "ZIP archive, not a workbook" in refused(path).sentence


@pytest.mark.parametrize(("entry", "words"), [("content.xml", "OpenDocument"), ("xl/workbook.bin", "binary workbook")])
def test_other_kinds_of_workbooks_are_named(tmp_path: Path, entry: str, words: str) -> None:
    path = tmp_path / "some.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "x")
    assert words in refused(path).sentence


def test_a_cut_workbook_is_refused(tmp_path: Path) -> None:
    assert "damaged" in refused(file_of(tmp_path, workbook_bytes()[:-40], "cut.xlsx")).sentence


def test_a_workbook_with_broken_parts_is_refused(tmp_path: Path) -> None:
    whole = workbook_bytes()
    for position in range(200, len(whole) - 200, 97):
        damaged = whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :]
        path = file_of(tmp_path, damaged, "damaged.xlsx")
        with contextlib.suppress(FileError):
            open_datasets(path)
    workbook_with(path, "<worksheet><sheetData><row><c")
    assert "cannot be read" in refused(path).sentence


def test_a_bomb_that_unpacks_a_thousandfold_is_refused(tmp_path: Path) -> None:
    path = workbook_with(tmp_path / "bomb.xlsx", SHEET_HEAD.encode() + b" " * (64 << 20) + SHEET_TAIL.encode())
    assert path.stat().st_size < 1 << 18
    assert "zip bomb" in refused(path).sentence


def test_a_bomb_in_many_parts_is_refused(tmp_path: Path) -> None:
    part = os.urandom(1 << 17).hex().encode() * 8
    extra = {f"xl/worksheets/sheet{number}.xml": part for number in range(2, 12)}
    path = workbook_with(tmp_path / "bomb.xlsx", SHEET_HEAD + SHEET_TAIL, extra)
    assert "unpacks to more than 16 MB" in refused(path, Limits(unpacked_bytes=16 << 20)).sentence


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = workbook_with(tmp_path / "bomb.xlsx", SHEET_HEAD.encode() + b" " * (64 << 20) + SHEET_TAIL.encode())
    data, size = path.read_bytes(), (len(SHEET_HEAD) + len(SHEET_TAIL) + (64 << 20)).to_bytes(4, "little")
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, (100).to_bytes(4, "little")))
    assert "zip bomb" in refused(path).sentence


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    path = workbook_with(tmp_path / "many.xlsx", SHEET_HEAD + SHEET_TAIL, {f"x/{at}.txt": b"" for at in range(50)})
    assert "parts" in refused(path, Limits(entries=50)).sentence


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
        "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c\nr = 'XFD1048576'><v>2</v></c></row>",
        '<row r="1"><c r="A1"><v>1</v></c><c r="ZZZZZZ4294967295"><v>2</v></c></row>',
        '<row r="1">' + "<c><v>1</v></c>" * 16_000 + '</row><row r="1048576"><c><v>2</v></c></row>',
    ],
    ids=["corners", "spelled otherwise", "beyond any sheet", "without addresses"],
)
def test_two_cells_in_opposite_corners_do_not_exhaust_the_machine(tmp_path: Path, cells: str) -> None:
    path = workbook_with(tmp_path / "corners.xlsx", SHEET_HEAD + cells + SHEET_TAIL)
    assert "cells are refused" in refused(path).sentence


def test_cells_without_addresses_are_fine_in_a_sheet_of_usual_size(tmp_path: Path) -> None:
    row = "<row>" + "<c><v>1</v></c>" * 20 + "</row>"
    head = '<row><c t="inlineStr"><is><t>id</t></is></c></row>'
    path = workbook_with(tmp_path / "plain.xlsx", SHEET_HEAD + head + row * 40_000 + SHEET_TAIL)
    (dataset,) = open_datasets(path, ReadOptions(header=True))
    assert len(dataset.columns) == 20


# --- while writing -----------------------------------------------------------------------------------


def test_nothing_is_left_when_the_file_changes_while_it_is_read(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"id,name\n1,x\n2\n")
    (dataset,) = open_datasets(path)
    file_of(tmp_path, b"id,name\n1,x\n2\n3,y\n")
    with pytest.raises(FileError, match="changed while it was read"):
        convert(dataset, tmp_path / "raw")
    assert [found.name for found in tmp_path.iterdir()] == ["export.csv"]


def test_an_earlier_raw_file_survives_a_conversion_that_fails(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"id,name\n1,x\n")
    (dataset,) = open_datasets(path)
    before = convert(dataset, tmp_path / "raw").path.read_bytes()
    path.unlink()
    with pytest.raises(FileError, match="no such file"):
        convert(dataset, tmp_path / "raw")
    assert (tmp_path / "raw").read_bytes() == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A device on which every write fails for want of space, under the names that a conversion writes to."""
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full, a device that is always full")
    return Path("/dev/full")


def full(folder: Path, device: Path, name: str) -> None:
    (folder / name).symlink_to(device)


@pytest.mark.parametrize("part", ["raw.part", "raw.problems.csv.part"])
def test_a_full_disk_is_told_and_nothing_is_left(tmp_path: Path, small_disk: Path, part: str) -> None:
    path = file_of(tmp_path, b"id,name\n" + b"1,x\n2\n" * 90_000)
    (dataset,) = open_datasets(path)
    full(tmp_path, small_disk, part)
    with pytest.raises(StorageFull, match="The disk is full") as caught:
        convert(dataset, tmp_path / "raw")
    assert caught.value.exit_code == 4
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.ENOSPC
    assert [found.name for found in tmp_path.iterdir()] == ["export.csv"]


def test_a_target_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    (dataset,) = open_datasets(file_of(tmp_path, b"id,name\n1,x\n"))
    with pytest.raises(FileError, match="no such file"):
        convert(dataset, tmp_path / "gone" / "raw")
