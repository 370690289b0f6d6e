"""What the sample values of a column look like: dates, numbers, identifiers, categories ..."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from connector.model.schema import Column
from connector.normalise.currency import CODES, signs
from connector.normalise.words import FALSE, MISSING, TRUE

Row = dict[str, str | None] | Sequence[str | None]
Style = Literal["", "DMY", "MDY", "compact", "epoch_s", "epoch_ms"]

LOOKED_AT: Final = 200
"""Distinct values that are classified; more would not change the picture."""
CLEAR: Final = 0.9
"""Share of the values that must agree before a column counts as dates, numbers ..."""
LONGEST: Final = 500
"""Characters of a value that are looked at; a cell may hold megabytes."""
CATEGORIES: Final = 200
"""More distinct values than this are not a dimension that anybody groups by."""

_TIME = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]\.?m\.?)?(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?"
_ISO: Final = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.IGNORECASE)
_PARTS: Final = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}|\d{{2}}){_TIME}", re.IGNORECASE)
_NAMED: Final = re.compile(
    rf"(?:\d{{1,2}}[ .-]+(?:de )?[^\W\d_]{{3,10}}\.?[ ,.-]+(?:de )?(?:\d{{4}}|\d{{2}})(?: г\.?)?"
    rf"|[^\W\d_]{{3,10}}\.? \d{{1,2}},? \d{{4}}){_TIME}",
    re.IGNORECASE,
)
_COMPACT: Final = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_EPOCH: Final = re.compile(r"(?:1[0-9]|9)\d{8}(?:\d{3})?")
_NUMBER: Final = re.compile(r"[-+]?(?:\d{1,3}(?:[ ,.'’]\d{3})+|\d+)?(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_UNITS: Final = re.compile(r"^\(|\)$|[\s\u00a0\u202f]*(?:[$€£¥₽₴₸₹%]|R\$|US\$|[A-Z]{3}|руб\.?|р\.)[\s\u00a0\u202f]*")
_CODE: Final = re.compile(r"[A-Z]{3}")
_SIGNS: Final = sorted(signs("USD").items(), key=lambda pair: -len(pair[0]))
_NOT_MONEY: Final = re.compile(r"[\d\s.,'’()+-]+")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL: Final = re.compile(r"(?:https?://|www\.|/)\S+", re.IGNORECASE)
_OPAQUE: Final = re.compile(r"(?=\S*\d)[A-Za-z0-9+/=_{}-]{12,}")


@dataclass(frozen=True, slots=True)
class DatasetSample:
    """The first rows of one dataset.

    ``name`` is the stable name that a mapping matches (``deals.csv``, ``book.xlsx#Deals``); ``rows`` hold
    texts or None, as tuples in the order of ``columns`` or as dicts by column. ``distinct`` may hold, for
    columns with few values, all of the whole file: a stage that the first rows lack is then not forgotten.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Row]
    distinct: Mapping[str, Collection[str | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """Sample values of one column, counted once."""

    name: str
    rows: int
    counts: Counter[str]

    @cached_property
    def filled(self) -> int:
        return self.counts.total()

    @cached_property
    def distinct(self) -> int:
        return len(self.counts)

    @cached_property
    def looked_at(self) -> list[str]:
        return list(self.counts)[:LOOKED_AT]

    @property
    def is_unique(self) -> bool:
        return self.distinct == self.filled

    @property
    def is_constant(self) -> bool:
        return self.distinct <= 1

    def share(self, test: re.Pattern[str]) -> float:
        values = self.looked_at
        return sum(1 for value in values if test.fullmatch(value)) / len(values) if values else 0.0

    @cached_property
    def dates(self) -> float:
        """Share of the values that are calendar dates, with or without a time."""
        values = self.looked_at
        return sum(1 for value in values if is_date(value)) / len(values) if values else 0.0

    @cached_property
    def numbers(self) -> float:
        values = self.looked_at
        return sum(1 for value in values if number(value) is not None) / len(values) if values else 0.0

    @cached_property
    def emails(self) -> float:
        return self.share(_EMAIL)

    @cached_property
    def urls(self) -> float:
        return self.share(_URL)

    @cached_property
    def opaque(self) -> float:
        """Share of long texts without meaning for a reader: hashes and record ids."""
        return self.share(_OPAQUE)

    @cached_property
    def is_boolean(self) -> bool:
        known = {value.lower() for value in self.looked_at}
        return bool(known) and known <= TRUE | FALSE and len(known) <= 4

    @cached_property
    def mean_length(self) -> float:
        return sum(map(len, self.looked_at)) / max(len(self.looked_at), 1)

    @cached_property
    def has_time(self) -> bool:
        return any(":" in value for value in self.looked_at)

    @cached_property
    def largest(self) -> float:
        parsed = [value for value in map(number, self.looked_at) if value is not None]
        return max(parsed, default=0.0)

    @cached_property
    def date_style(self) -> Style:
        """The order of day and month, or the encoding, only where the values prove it."""
        pairs = [(int(m.group(1)), int(m.group(2))) for m in map(_PARTS.fullmatch, self.looked_at) if m]
        if pairs:
            day_first = any(first > 12 for first, _ in pairs)
            month_first = any(second > 12 for _, second in pairs)
            return "" if day_first == month_first else "DMY" if day_first else "MDY"
        if self.looked_at and self.share(_COMPACT) == 1:
            return "compact"
        if self.looked_at and self.share(_EPOCH) == 1:
            return "epoch_ms" if len(self.looked_at[0]) > 11 else "epoch_s"
        return ""

    @cached_property
    def symbol(self) -> str:
        """ISO code of the one currency sign or code that stands beside every number, else empty."""
        found = {_symbol(value) for value in self.looked_at}
        return found.pop() if len(found) == 1 else ""


def is_date(value: str) -> bool:
    if match := _ISO.fullmatch(value):
        return int(match.group(2)) <= 12 and int(match.group(3)) <= 31
    if match := _PARTS.fullmatch(value):
        first, second = int(match.group(1)), int(match.group(2))
        return 0 < min(first, second) <= 12 and max(first, second) <= 31
    return _NAMED.fullmatch(value) is not None


def number(value: str) -> float | None:
    """Read a number in any usual style, roughly: enough to compare magnitudes, not to add up."""
    bare = _UNITS.sub("", value.strip())
    if not bare or not any(char.isdigit() for char in bare) or not _NUMBER.fullmatch(bare):
        return None
    compact = re.sub(r"[ '’]", "", bare)
    if "," in compact and "." in compact:
        compact = compact.replace("," if compact.rfind(".") > compact.rfind(",") else ".", "")
    compact = compact.replace(",", ".")
    if compact.count(".") > 1:
        compact = compact.replace(".", "")
    return float(compact)


def _symbol(value: str) -> str:
    beside = _NOT_MONEY.sub("", value)
    if beside in CODES:
        return beside
    return next((code for sign, code in _SIGNS if sign == beside.lower()), "")


@dataclass(frozen=True)
class Sample:
    """A dataset with the facts of each of its columns."""

    name: str
    rows: int
    columns: dict[str, Facts]
    cells: dict[str, list[str]] = field(repr=False)
    """Trimmed texts by column, in row order; "" where there is none."""

    @classmethod
    def of(cls, dataset: DatasetSample) -> Sample:
        names = [name for name in dict.fromkeys(dataset.columns) if name != "_line"]
        cells = {name: _column(dataset, name) for name in names}
        facts = {name: _facts(name, texts, dataset.distinct.get(name, ())) for name, texts in cells.items()}
        return cls(dataset.name, len(dataset.rows), facts, cells)


def _column(dataset: DatasetSample, name: str) -> list[str]:
    index = list(dataset.columns).index(name)
    found = [
        row.get(name) if isinstance(row, dict) else row[index] if index < len(row) else None for row in dataset.rows
    ]
    trimmed = {value: _text(value) for value in set(found)}
    return [trimmed[value] for value in found]


def _text(value: str | None) -> str:
    text = "" if value is None else value[:LONGEST].strip()
    return "" if text.lower() in MISSING else text


def _facts(name: str, texts: list[str], distinct: Collection[str | None]) -> Facts:
    counts = Counter(texts)
    for text in sorted(set(map(_text, distinct))):
        counts.setdefault(text, 1)
    counts.pop("", None)
    return Facts(name, len(texts), counts)


def fit(column: Column, facts: Facts) -> float:
    """How well the values suit a column of the schema, 0..1."""
    if not facts.filled:
        return 0.85
    match column.kind:
        case "date" | "instant":
            if facts.date_style in ("compact", "epoch_s", "epoch_ms"):
                return 0.95
            return 1.0 if facts.dates >= CLEAR else 0.9 if facts.dates >= 0.6 else 0.1
        case "money" | "number" | "integer":
            return 1.0 if facts.numbers >= CLEAR else 0.8 if facts.numbers >= 0.6 else 0.1
        case "boolean":
            return 1.0 if facts.is_boolean else 0.2
        case "currency":
            return 1.0 if facts.share(_CODE) >= CLEAR or facts.symbol else 0.3 if facts.numbers >= CLEAR else 0.6
        case "key":
            return 1.0 if facts.is_unique else max(0.2, 0.9 * facts.distinct / facts.filled)
        case "ref":
            return 0.2 if facts.dates >= CLEAR else 1.0
        case "enum":
            return 0.3 if facts.dates >= CLEAR or facts.distinct > CATEGORIES // 4 else 1.0
        case _:
            return _text_fit(column.name, facts)


def _text_fit(name: str, facts: Facts) -> float:
    if facts.dates >= CLEAR:
        return 0.2
    if name == "domain":
        # Links into one system's API are no web sites of customers.
        return 0.2 if facts.filled and any("/api/" in value for value in facts.looked_at) else 1.0
    if name == "email":
        return 1.0 if facts.emails >= 0.6 or facts.opaque >= 0.6 else 0.5
    if name in ("full_name", "industry", "country", "region", "source", "job_title") and facts.numbers >= CLEAR:
        return 0.3
    return 1.0
