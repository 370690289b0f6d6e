"""The mapping: how the columns of a customer's files become columns of the fixed schema.

These dataclasses are the mapping file without its syntax; ``mapping_reader`` reads the YAML text,
``mapping_writer`` writes it. Two mappings are equal when they mean the same: the line numbers that error
messages need take no part in comparisons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from connector.errors import Bug
from connector.model.schema import ENTITIES, Column, Kind

Comparison = Literal[
    "equals", "not_equals", "in", "not_in", "contains", "starts_with", "matches", "greater", "less", "empty", "filled"
]  # fmt: skip
Pick = Literal["first", "last", "min", "max", "sum", "count"]
OnError = Literal["reject", "empty"]

CUSTOM_KINDS: Final[tuple[Kind, ...]] = ("text", "number", "money", "date", "instant", "boolean")
"""Types that a custom column can have."""

DATE_ORDERS: Final = ("DMY", "MDY", "YMD", "ISO", "epoch_s", "epoch_ms")
"""What ``dates`` can say instead of a strptime format."""

CUSTOM_PREFIX: Final = "custom."

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a cell, as text after trimming; ``greater`` and ``less`` as numbers when both are."""

    column: str
    comparison: Comparison
    values: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Find the row of ``entity`` whose column ``by`` holds the value, and take its column ``take``."""

    entity: str
    by: str
    take: str = "id"


@dataclass(frozen=True, slots=True)
class AllowedFrom:
    """The allowed values are those that a column of an entity holds."""

    entity: str
    column: str


@dataclass(frozen=True, slots=True)
class Shift:
    """Calendar time added to a date."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class ValueRule:
    """Where the value of one entity column comes from and what is done to it, in the order of the fields.

    Exactly one of ``column``, ``columns``, ``text`` and ``constant`` is set.
    """

    column: str | None = None
    columns: tuple[str, ...] = ()
    text: str | None = None
    constant: str | None = None
    when: tuple[Condition, ...] = ()
    empty: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    dates: str | None = None
    decimal: str | None = None
    time_zone: str | None = None
    scale: Decimal | None = None
    add: Shift | None = None
    lookup: Lookup | None = None
    default: str | None = None
    allowed: tuple[str, ...] | AllowedFrom | None = None
    on_error: OnError = "reject"
    pick: Pick | None = None
    type: Kind | None = None
    label: str | None = None
    line: int = field(default=0, compare=False)

    def placeholders(self) -> tuple[str, ...]:
        """Names of the columns inside ``text``, in order."""
        found = (match.group(1) for match in _PLACEHOLDER.finditer(self.text or ""))
        return tuple(name for name in found if name is not None)

    def text_parts(self) -> Iterator[tuple[str, str]]:
        """Yield ``("text", characters)`` and ``("column", name)`` for the parts of ``text``."""
        text, end = self.text or "", 0
        for match in _PLACEHOLDER.finditer(text):
            if match.start() > end:
                yield "text", text[end : match.start()]
            yield ("column", match.group(1)) if match.group(1) is not None else ("text", match.group(0)[0])
            end = match.end()
        if end < len(text):
            yield "text", text[end:]

    def sources(self) -> tuple[str, ...]:
        """Every column of the file that gives the value; conditions not included."""
        return ((self.column,) if self.column is not None else ()) + self.columns + self.placeholders()

    def named(self) -> str:
        """The source in words, for reports about a value: a column's name where there is one."""
        return ", ".join(self.sources()) or "constant"


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """Rows of a file that make records of one entity. ``columns`` maps entity columns to rules, in file order."""

    entity: str
    columns: dict[str, ValueRule]
    where: tuple[Condition, ...] = ()
    group: bool = False
    line: int = field(default=0, compare=False)

    def kind(self, name: str) -> Kind:
        """Type of an entity column or of a custom one."""
        if name.startswith(CUSTOM_PREFIX):
            return self.columns[name].type or "text"
        return self.schema(name).kind

    def schema(self, name: str) -> Column:
        """Column of the fixed schema. Raises :class:`Bug` for one that does not exist."""
        column = ENTITIES[self.entity].columns.get(name)
        if column is None:
            raise Bug(f"{self.entity}.{name} is no column of the fixed schema")
        return column


@dataclass(frozen=True, slots=True)
class Unpivot:
    """A wide file: each of ``columns`` (or every column but ``keep``) of a row becomes a row of its own."""

    name: str
    value: str
    columns: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)

    def melted(self, available: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the available columns that become rows, in their order."""
        if self.columns:
            return tuple(column for column in available if column in self.columns)
        return tuple(column for column in available if column not in self.keep)


@dataclass(frozen=True, slots=True)
class ReadRules:
    """How to read a file, where detection is not wanted. None means detect."""

    encoding: str | None = None
    separator: str | None = None
    quote: str | None = None
    header: bool | None = None
    columns: tuple[str, ...] = ()
    skip_rows: int | None = None
    comment: str | None = None
    decimal: str | None = None
    dates: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class FileMapping:
    """What one dataset, or every dataset whose name fits the pattern ``file``, feeds."""

    file: str
    records: tuple[RecordMapping, ...]
    read: ReadRules = ReadRules()
    where: tuple[Condition, ...] = ()
    unpivot: Unpivot | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StageRule:
    """A stage as the owner declares it; None means: guessed or unknown."""

    name: str
    kind: str | None = None
    probability: float | None = None
    pipeline: str | None = None
    forecast_category: str | None = None
    norm_days: float | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Rate:
    """One exchange rate: one unit of ``source`` is worth ``rate`` units of ``target`` from ``date`` (ISO) on."""

    date: str
    source: str
    target: str
    rate: float


@dataclass(frozen=True, slots=True)
class WorkspaceRules:
    """What the owner decides for the whole workspace."""

    currency: str = "USD"
    time_zone: str = "UTC"
    week_start: str = "monday"
    fiscal_year_start: int = 1
    revenue: str = ""
    conversion: tuple[str, ...] = ()
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping file."""

    files: tuple[FileMapping, ...]
    workspace: WorkspaceRules = WorkspaceRules()
    stages: tuple[StageRule, ...] = ()

    def files_for(self, dataset: str) -> tuple[FileMapping, ...]:
        """Return the entries that apply to a dataset.

        Entries that name it exactly win over patterns, earlier patterns over later ones; entries with one
        and the same name all apply. Upper and lower case are the same.
        """
        name = dataset.casefold()
        exact = tuple(entry for entry in self.files if entry.file.casefold() == name)
        if exact:
            return exact
        for entry in self.files:
            if _pattern(entry.file).fullmatch(name):
                return tuple(other for other in self.files if other.file.casefold() == entry.file.casefold())
        return ()

    def read_rules(self, dataset: str) -> ReadRules:
        """How to read a dataset; of a workbook's sheet or of a whole workbook alike."""
        entries = self.files_for(dataset)
        return entries[0].read if entries else ReadRules()

    def fed(self) -> set[str]:
        """Entities that at least one record feeds."""
        return {record.entity for entry in self.files for record in entry.records}


def _pattern(text: str) -> re.Pattern[str]:
    """A file name in which ``*`` and ``?`` stand for other characters."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in text.casefold())
    return re.compile("".join(parts), re.DOTALL)
