"""One rule compiled to SQL: text of the cell, canonical text, typed value, and why a value is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from connector.model.quoting import literal
from connector.model.schema import Column, Kind
from connector.normalise import currency, moments, numbers, words
from connector.normalise.cells import Row, mapped, one_of, rule_text
from connector.normalise.mapping import CUSTOM_PREFIX, FileMapping, RecordMapping, ValueRule, WorkspaceRules

Shape = Literal["number", "moment", "listed", "text"]
Mode = Literal["plain", "canonical", "format"]

_SHAPES: Final[dict[Kind, Shape]] = {
    "number": "number", "money": "number", "integer": "number", "date": "moment", "instant": "moment",
    "enum": "listed", "currency": "listed", "boolean": "listed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """How the values of one column of one import are written; decided from all of them (``styles``).

    ``plain``: every value is ISO or plain decimal text and is cast as it stands. ``format``: every value fits
    the strptime format. ``canonical``: whatever else, read by day order and decimal sign.
    """

    mode: Mode = "canonical"
    bare: bool = False
    """The cells need no cleaning either."""
    decimal: numbers.DecimalSign = "."
    order: moments.Order = "DMY"
    strptime: str = ""
    explicit: bool = False
    """The format is the mapping's own, so values need not fit it."""
    zoned: bool = True
    utc: bool = False
    """Every value ends in the Z of UTC."""
    sure: bool = False
    """Every value was seen to be a moment within the years that are accepted."""


@dataclass(frozen=True, slots=True)
class Value:
    """One rule of a record, for one entity column. ``kind`` is the type that is parsed; text for a lookup."""

    name: str
    rule: ValueRule
    kind: Kind
    column: Column | None
    zone: str
    currency: str
    dates: str | None
    decimal: str | None

    @property
    def shape(self) -> Shape:
        """Family of the type."""
        return _SHAPES.get(self.kind, "text")

    @property
    def is_custom(self) -> bool:
        return self.name.startswith(CUSTOM_PREFIX)

    def text(self, row: Row) -> str:
        """SQL of the text before it is parsed; NULL means no value."""
        return rule_text(self.rule, row)

    def bare(self, row: Row) -> str | None:
        """SQL of the raw column when the rule is nothing but that column, else None."""
        plain = not (self.rule.when or self.rule.empty or self.rule.aliases)
        return row.cell(self.rule.column) if self.rule.column is not None and plain else None

    def canonical(self, text: str, style: Style) -> str:
        """SQL of the text in the form that :meth:`typed` casts."""
        if style.mode != "canonical" or self.dates in ("epoch_s", "epoch_ms"):
            return text
        if self.shape == "number":
            return numbers.plain_text(text, style.decimal)
        return moments.iso_text(text, style.order) if self.shape == "moment" else text

    def typed(self, text: str, style: Style) -> str:
        """SQL of the value of canonical text; NULL when it is none. Scale and shift included, default not."""
        if self.shape == "number":
            return numbers.cast(text, self.kind, self.rule.scale)
        if self.shape == "moment":
            value = self._moment(text, style)
            return moments.shifted(value, self.rule.add, self.kind, self.zone) if self.rule.add else value
        if self.kind == "boolean":
            return (
                f"CASE WHEN {one_of(f'lower({text})', sorted(words.TRUE))} THEN true"
                f" WHEN {one_of(f'lower({text})', sorted(words.FALSE))} THEN false END"
            )
        if self.kind == "currency":
            return self._currency(text)
        return self._enumerated(text) if self.kind == "enum" else text

    def default(self) -> str:
        """SQL of the rule's default as a value, NULL without one."""
        if self.rule.default is None:
            return "NULL"
        unscaled = replace(self, rule=replace(self.rule, scale=None, add=None), dates=None)
        return unscaled.typed(literal(self.rule.default), Style(mode="plain"))

    def reason(self, text: str, canonical: str, style: Style) -> str:
        """SQL that says why text is no value of the column."""
        if self.shape == "number":
            return numbers.reason(text, self.kind, style.decimal)
        if self.shape == "moment":
            if style.mode == "format":
                return literal(f"does not fit the date format {style.strptime}")
            return moments.reason(canonical)
        if self.kind == "enum" and self.column is not None:
            return literal(f"not one of {', '.join(self.column.values)}")
        return literal("unknown currency" if self.kind == "currency" else "neither yes nor no")

    def _moment(self, text: str, style: Style) -> str:
        if self.dates in ("epoch_s", "epoch_ms"):
            return moments.cast_epoch(text, 1_000_000 if self.dates == "epoch_s" else 1_000, self.kind, self.zone)
        if style.mode == "format":
            value = moments.cast_format(text, style.strptime, self.kind, self.zone)
            return f"coalesce({value}, {moments.cast_iso(text, self.kind, self.zone)})" if style.explicit else value
        if style.sure and (style.utc or not style.zoned):
            return moments.cast_sure(text, self.kind, self.zone, utc=style.utc)
        return moments.cast(text, self.kind, self.zone, style.zoned)

    def _currency(self, text: str) -> str:
        signs = currency.signs(self.currency)
        known = one_of(f"upper({text})", sorted(currency.CODES))
        own = literal(self.currency)
        # Nearly every row holds the workspace's own currency or a frequent one, which few comparisons settle.
        return (
            f"CASE WHEN {text} = {own} THEN {own} WHEN {one_of(text, currency.FREQUENT)} THEN {text}"
            f" WHEN {known} THEN upper({text})"
            f" ELSE {mapped(signs)}[lower({text})] END"
        )

    def _enumerated(self, text: str) -> str:
        values = self.column.values if self.column is not None else ()
        known = words.enumerated(values)
        # Files in our own words are common, and comparing is far cheaper than looking up.
        same = one_of(text, [value for value in values if known.get(words.key(value)) == value])
        found = f"CASE WHEN {same} THEN {text} ELSE {mapped(known)}[word_key({text})] END"
        return f"CASE WHEN {text} IS NOT NULL THEN coalesce({found}, 'other') END" if "other" in values else found


def compile_values(entry: FileMapping, record: RecordMapping, workspace: WorkspaceRules) -> list[Value]:
    """Compile every rule of a record, in the order of the mapping."""
    found = []
    for name, rule in record.columns.items():
        column = None if name.startswith(CUSTOM_PREFIX) else record.schema(name)
        # What is counted, or looked up, may be any text.
        kind = "text" if rule.lookup is not None or rule.pick == "count" else record.kind(name)
        zone = rule.time_zone or entry.read.time_zone or workspace.time_zone
        dates = rule.dates or entry.read.dates
        decimal = rule.decimal or entry.read.decimal
        found.append(Value(name, rule, kind, column, zone, workspace.currency, dates, decimal))
    return found
