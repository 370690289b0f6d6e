"""How the dates and numbers of each column are written, decided from all values of all its imports.

``03/04/2024`` and ``1.234`` mean nothing by themselves. What decides, in this order: the mapping; the other
values of the column, in all imports that one entry of the mapping covers (in each import by itself when they
contradict each other); the other columns of the file; a convention, which is reported as an assumption.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb

from connector.model.quoting import literal
from connector.normalise import moments, numbers
from connector.normalise.mapping import RecordMapping
from connector.normalise.raw import Source
from connector.normalise.values import Style, Value

US_ZONES: Final = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix",
                   "America/Detroit", "America/Anchorage", "America/Boise", "Pacific/Honolulu", "US/")  # fmt: skip
"""Zones of people who write the month first."""

_TIMES: Final = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S", ", %I:%M:%S %p")


@dataclass(slots=True)
class Counts:
    """What the values of one column of one import look like."""

    bare: bool = False
    """Counted over the cells as they are, not over cleaned text."""
    total: int = 0
    good: int = 0
    """Values that the cheap cast reads."""
    zoned: int = 0
    utc: int = 0
    unclear: int = 0
    facts: dict[str, int] = field(default_factory=dict)
    example: str = ""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A column that could be read in two ways, and how it was read."""

    file: str
    column: str
    reading: str


Key = tuple[int, str]
"""Rank of an import and name of an entity column."""


class Styles:
    """The styles of one record's columns, per import; built by :func:`decide`."""

    def __init__(self) -> None:
        self.by_key: dict[Key, Style] = {}
        self.counts: dict[Key, Counts] = {}
        self.assumptions: list[Assumption] = []

    def of(self, source: Source, value: Value) -> Style:
        """Style of a column in an import."""
        return self.by_key.get((source.rank, value.name), Style(mode="plain"))

    def may_lack_id(self, source: Source) -> bool:
        """Whether some row has no id."""
        counts = self.counts.get((source.rank, "id"))
        return counts is not None and counts.good < counts.total

    def may_fail(self, source: Source, value: Value) -> bool:
        """Whether some value of the column may be refused."""
        if value.shape == "listed":
            counts = self.counts[source.rank, value.name]
            return counts.good < counts.total
        style = self.of(source, value)
        return value.shape != "text" and (style.mode == "canonical" or value.rule.scale is not None or style.explicit)


def decide(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], record: RecordMapping, values: Sequence[Value]
) -> Styles:
    """Read every typed column once, cheaply, and those that are not plain a second time."""
    styles = Styles()
    typed = [value for value in values if value.shape in ("number", "moment")]
    listed = [value for value in values if value.shape == "listed"]
    keys = [value for value in values if value.name == "id"]
    for source in sources:
        first = _count(connection, source, record, [*keys, *typed, *listed], bare=True)
        odd = [
            value for value in typed if first[value.name].good < first[value.name].total or first[value.name].unclear
        ]
        second = _count(connection, source, record, odd, bare=False) if odd else {}
        for value in [*keys, *typed, *listed]:
            styles.counts[source.rank, value.name] = second.get(value.name, first[value.name])
        if keys:
            clean = first["id"].bare and first["id"].good == first["id"].total
            styles.by_key[source.rank, "id"] = Style("plain", clean)
    for value in typed:
        if value.shape == "number":
            _decide_numbers(styles, sources, value, typed)
        else:
            _decide_moments(connection, styles, sources, record, value, typed)
    return styles


def _count(
    connection: duckdb.DuckDBPyConnection, source: Source, record: RecordMapping, values: Sequence[Value], *, bare: bool
) -> dict[str, Counts]:
    """Count in one pass. ``bare`` looks at the cells as they are, which is cheap and enough for well-kept files."""
    texts: dict[str, str] = {}
    columns = []
    for value in values:  # columns made of the same cells are counted once
        cell = (value.bare(source) if bare else None) or value.text(source)
        text = texts.setdefault(cell, f"x{len(texts)}")
        facts = _first_facts(value, text) | ({} if bare else _facts(value, text))
        columns += [(value.name, fact, sql) for fact, sql in facts.items()]
    found = {value.name: Counts(bare and value.bare(source) is not None) for value in values}
    if not columns:
        return found
    named = ", ".join(f"{cell} AS {text}" for cell, text in texts.items())
    scan = f"SELECT {named} FROM {source.relation()} WHERE {source.where(record)}"
    listed = ", ".join(sql for _, _, sql in columns)
    row = connection.execute(f"SELECT {listed} FROM ({scan})").fetchone() or ()
    for (name, fact, _), number in zip(columns, row, strict=True):
        _note(found[name], fact, number)
    return found


def _note(counts: Counts, fact: str, found: Any) -> None:
    if fact in ("total", "good", "zoned", "utc", "unclear"):
        setattr(counts, fact, found or 0)
    elif fact == "example":
        counts.example = found or ""
    else:
        counts.facts[fact] = found or 0


def _first_facts(value: Value, text: str) -> dict[str, str]:
    total = {"total": f"count({text})"}
    if value.shape == "number":
        good = numbers.is_plain(text, value.kind)
        unclear = f"count(*) FILTER (WHERE {numbers.is_ambiguous(text)})"
        return total | {"good": f"count(*) FILTER (WHERE {good})", "unclear": unclear}
    if value.shape == "moment":
        return total | {
            "good": moments.iso_count(text),
            "zoned": f"count(*) FILTER (WHERE {moments.may_have_zone(text)})",
            "utc": f"count(*) FILTER (WHERE {moments.is_utc(text)})",
        }
    if value.name == "id":
        clean = f"filled({text}) = {text}" if value.rule.column is not None else f"{text} IS NOT NULL"
        return {"total": "count(*)", "good": f"count(*) FILTER (WHERE {clean})"}
    return total | {"good": f"count({value.typed(value.canonical(text, Style()), Style())})"}


def _facts(value: Value, text: str) -> dict[str, str]:
    """Evidence about decimal sign or day order in the values that are not plain."""
    if value.shape == "number":
        return numbers.evidence(text)
    parts = f"regexp_extract({text}, {literal(moments.parts_pattern())}, ['a', 'b', 'y'])"
    first, second = f"try_cast({parts}.a AS INTEGER)", f"try_cast({parts}.b AS INTEGER)"
    return {
        "parts": f"count(*) FILTER (WHERE {parts}.a <> '')",
        "day_first": f"count(*) FILTER (WHERE {first} BETWEEN 13 AND 31 AND {second} <= 12)",
        "month_first": f"count(*) FILTER (WHERE {second} BETWEEN 13 AND 31 AND {first} <= 12)",
        "year_first": f"count(*) FILTER (WHERE {first} > 31)",
        "example": f"min({text}) FILTER (WHERE {parts}.a <> '')",
    }


def _pooled(styles: Styles, sources: Iterable[Source], value: Value, fact: str) -> int:
    return sum(styles.counts[source.rank, value.name].facts.get(fact, 0) for source in sources)


def _assume(styles: Styles, source: Source, value: Value, reading: str) -> None:
    note = Assumption(source.entry.file, value.rule.named(), reading)
    if note not in styles.assumptions:
        styles.assumptions.append(note)


# --- numbers ------------------------------------------------------------------------------------------------


def _decide_numbers(styles: Styles, sources: Sequence[Source], value: Value, typed: Sequence[Value]) -> None:
    for source in sources:
        counts = styles.counts[source.rank, value.name]
        if value.decimal is not None:
            sign: numbers.DecimalSign = "," if value.decimal == "," else "."
        else:
            sign = _decimal_sign(styles, sources, source, value, typed)
        plain = counts.good == counts.total and sign == "."
        styles.by_key[source.rank, value.name] = Style("plain" if plain else "canonical", counts.bare, decimal=sign)


def _decimal_sign(
    styles: Styles, sources: Sequence[Source], source: Source, value: Value, typed: Sequence[Value]
) -> numbers.DecimalSign:
    counts = styles.counts[source.rank, value.name]
    for points, commas in (
        (_pooled(styles, sources, value, "point"), _pooled(styles, sources, value, "comma")),
        (counts.facts.get("point", 0), counts.facts.get("comma", 0)),
    ):
        if bool(points) != bool(commas):
            return "." if points else ","
    if counts.facts.get("point") and counts.facts.get("comma"):
        return "both"
    siblings = [other for other in typed if other.shape == "number" and other.name != value.name]
    points = sum(_pooled(styles, sources, other, "point") for other in siblings)
    commas = sum(_pooled(styles, sources, other, "comma") for other in siblings)
    if bool(points) != bool(commas):
        return "." if points else ","
    if counts.facts.get("ambiguous"):
        _assume(styles, source, value, "numbers such as 1.234 are read with a point before the decimals")
    return "."


# --- dates --------------------------------------------------------------------------------------------------


def _decide_moments(
    connection: duckdb.DuckDBPyConnection,
    styles: Styles,
    sources: Sequence[Source],
    record: RecordMapping,
    value: Value,
    typed: Sequence[Value],
) -> None:
    for source in sources:
        counts = styles.counts[source.rank, value.name]
        if value.dates is not None and "%" in value.dates:
            style = Style("format", strptime=value.dates, explicit=True)
        elif value.dates == "ISO":
            style = Style("plain", counts.bare, explicit=True)
        elif counts.good == counts.total:
            utc = counts.utc == counts.total > 0
            style = Style("plain", counts.bare, zoned=counts.zoned > 0, utc=utc, sure=True)
        else:
            order = _order(styles, sources, source, value, typed)
            strptime = _one_format(connection, source, record, value, counts, order)
            style = Style("format" if strptime else "canonical", order=order, strptime=strptime)
        styles.by_key[source.rank, value.name] = style


def _order(
    styles: Styles, sources: Sequence[Source], source: Source, value: Value, typed: Sequence[Value]
) -> moments.Order:
    orders: tuple[moments.Order, ...] = ("DMY", "MDY", "YMD")
    for stated in orders:
        if value.dates == stated:
            return stated
    own = styles.counts[source.rank, value.name].facts
    pooled = {fact: _pooled(styles, sources, value, fact) for fact in ("day_first", "month_first", "year_first")}
    siblings = [other for other in typed if other.shape == "moment" and other.name != value.name]
    near = {
        fact: sum(_pooled(styles, sources, other, fact) for other in siblings) for fact in ("day_first", "month_first")
    }
    for facts in (pooled, own, near):
        found = _proven(facts)
        if found is not None:
            return found
    if own.get("day_first") and own.get("month_first"):
        order: moments.Order = "DMY" if own["day_first"] >= own["month_first"] else "MDY"
        _assume(styles, source, value, f"day and month stand in both orders; {order} is the more frequent one")
        return order
    order = "MDY" if value.zone.startswith(US_ZONES) else "DMY"
    if own.get("parts"):
        first = "the month" if order == "MDY" else "the day"
        _assume(styles, source, value, f"dates such as 03/04/2024 are read with {first} first")
    return order


def _proven(facts: dict[str, int]) -> moments.Order | None:
    proofs: dict[moments.Order, int] = {
        "DMY": facts.get("day_first", 0), "MDY": facts.get("month_first", 0), "YMD": facts.get("year_first", 0),
    }  # fmt: skip
    found = [order for order, count in proofs.items() if count]
    return found[0] if len(found) == 1 else None


def _one_format(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    record: RecordMapping,
    value: Value,
    counts: Counts,
    order: moments.Order,
) -> str:
    """The strptime format that fits every value, if there is one: an order of magnitude cheaper than patterns."""
    if order == "YMD" or counts.facts.get("parts", 0) < counts.total:
        return ""
    separators = [char for char in counts.example if not char.isdigit()][:2]
    if len(separators) < 2 or separators[0] != separators[1]:
        return ""
    year = "%Y" if len(counts.example.split(separators[0])[2].split(" ")[0].split(",")[0]) == 4 else "%y"
    parts = ("%d", "%m", year) if order == "DMY" else ("%m", "%d", year)
    formats = [separators[0].join(parts) + time for time in _TIMES]
    text = value.text(source)
    counted = ", ".join(f"count({moments.cast_format(text, one, 'date', 'UTC')})" for one in formats)
    row = connection.execute(f"SELECT {counted} FROM {source.relation()} WHERE {source.where(record)}").fetchone() or ()
    return next((one for one, fitting in zip(formats, row, strict=True) if fitting == counts.total), "")
