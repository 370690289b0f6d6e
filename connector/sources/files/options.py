"""How a file is to be read, where its owner says so, and how much of it one reading may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

NAMED_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}
"""Words that may stand for a separator."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the owner of a file says about it; None means: find out. The names are the READ keys of a mapping."""

    encoding: str | None = None
    separator: str | None = None
    """One to four characters, or a word of ``NAMED_SEPARATORS``."""
    quote: str | None = None
    """One ASCII character; the empty text means that nothing is quoted."""
    header: bool | None = None
    columns: tuple[str, ...] = ()
    """Names for the columns, in the order of the file, instead of those of its header."""
    skip_rows: int = 0
    """Physical lines, or rows of a sheet, to pass over before the header."""
    comment: str | None = None
    """A line that begins with this text is passed over."""


OptionsFor = ReadOptions | Callable[[str], ReadOptions] | None
"""Options for every dataset of a file, or a function from a dataset's name to its options."""


def options_for(choice: OptionsFor, dataset: str) -> ReadOptions:
    """Return the options of one dataset."""
    if choice is None:
        return ReadOptions()
    return choice if isinstance(choice, ReadOptions) else choice(dataset)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take. Beyond a row's limit the row is reported, beyond a file's the file is refused."""

    cell_bytes: int = 1 << 20
    record_bytes: int = 64 << 20
    """Longest record, and longest line, that is looked at as a whole."""
    header_chars: int = 1_000
    first_record_bytes: int = 8 << 20
    """Longest beginning of a file that is searched for the end of its first record."""
    columns: int = 5_000
    unpacked_bytes: int = 2 << 30
    """Largest sum of the parts of a workbook once unpacked."""
    gzip_bytes: int = 64 << 30
    """Largest text inside a .gz file."""
    ratio: int = 250
    """Largest growth when unpacking; judged only once ``ratio_floor`` bytes are unpacked."""
    ratio_floor: int = 32 << 20
    entries: int = 10_000
    """Most parts inside a workbook."""
    sheet_cells: int = 32_000_000
    """Largest rectangle that encloses the cells of a sheet; the reader holds all of it in memory."""
    block_bytes: int = 8 << 20
    """Text read at once; with it goes the memory that reading takes."""
    tail_bytes: int = 1 << 16
    """End of a file that is always read row by row, because footers stand there."""
