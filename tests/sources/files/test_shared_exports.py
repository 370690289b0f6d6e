"""Other people's exports, every one of them, read as Python's own csv module reads them."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.sources.files.dataset import TextLayout
from connector.sources.files.reader import convert, open_datasets
from tests.sources.files.test_problem_rows import rows_of

WITHOUT_HEADER = "adventureworks_quota"


def records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that hold anything, with the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    for cells in reader:
        if any(cells):
            yield line, cells
        line = reader.line_num + 1


@pytest.fixture
def exports(shared_dir: Path) -> list[Path]:
    return sorted((shared_dir / "data").rglob("*.csv"))


@pytest.mark.conformance
def test_every_public_export_is_read_cell_by_cell(exports: list[Path], tmp_path: Path) -> None:
    assert len(exports) > 100
    for path in exports:
        (dataset,) = open_datasets(path)
        layout = dataset.layout
        assert isinstance(layout, TextLayout)
        text = path.read_bytes()[layout.encoding.mark :].decode(layout.encoding.name)
        expected = list(records(text, layout.grammar.separator.decode()))
        assert layout.header_line == (None if WITHOUT_HEADER in path.parts else 1), path
        if layout.header_line:
            names = [re.sub(r" \(\d\)$", "", name) for name in dataset.columns]
            assert names == [name.strip() for name in expected.pop(0)[1]], path
        converted = convert(dataset, tmp_path / "raw")
        assert (converted.problems, converted.footer_lines) == (0, 0), path
        assert rows_of(converted) == {line: tuple(cell or None for cell in cells) for line, cells in expected}, path
