"""Records under proposal: which rule fills which column, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connector.model.schema import ENTITIES, Column
from connector.normalise.propose_entities import Pick, Reading, column_of
from connector.normalise.propose_folding import tokens_of
from connector.normalise.propose_headers import EXTRA
from connector.normalise.propose_values import Facts, Sample
from connector.normalise.words import enumerated, key

SURE: Final = 0.9
UNDERSTOOD: Final = 0.5
"""Share of the rows whose value an enumerated column must know, else the column is kept as a custom one."""
MICROS: Final = "micros"

Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One rule of a record. ``columns`` are those of the file that it reads."""

    rule: Rule
    columns: tuple[str, ...]
    confidence: float
    reason: str


@dataclass
class Draft:
    """One record of the mapping while it is being worked out."""

    sample: Sample
    entity: str
    chosen: dict[str, Chosen] = field(default_factory=dict)
    extras: dict[str, str] = field(default_factory=dict)
    """Extra (``is_won``, ``first_name``) to the column that holds it."""
    where: list[dict[str, Any]] = field(default_factory=list)
    group: bool = False
    is_main: bool = True
    """The file's own entity; custom columns belong to it."""

    def column(self, target: str) -> str | None:
        """The one file column of a target, when a plain column fills it."""
        chosen = self.chosen.get(target)
        return chosen.rule.get("column") if chosen else None

    def facts(self, target: str) -> Facts | None:
        column = self.column(target)
        return self.sample.columns[column] if column is not None else None

    def used(self) -> set[str]:
        """File columns that this record reads."""
        named = {column for chosen in self.chosen.values() for column in chosen.columns}
        return named | {str(condition["column"]) for condition in self.where}

    def fill(self, target: str, column: str, confidence: float, reason: str, **options: Any) -> None:
        """Fill a target from one column."""
        self.chosen[target] = Chosen({"column": column, **options}, (column,), confidence, reason)

    def fill_constant(self, target: str, value: str, reason: str) -> None:
        self.chosen[target] = Chosen({"constant": value}, (), 0.8, reason)

    def sort(self) -> None:
        """Put the columns in the order of the schema, the customer's own last."""
        order = {name: position for position, name in enumerate(ENTITIES[self.entity].columns)}
        self.chosen = dict(sorted(self.chosen.items(), key=lambda entry: order.get(entry[0], len(order))))

    def values(self, target: str) -> set[str]:
        """Sample values that a target gets, before any lookup."""
        chosen = self.chosen.get(target)
        if chosen is None:
            return set()
        if "column" in chosen.rule:
            return set(self.sample.columns[chosen.rule["column"]].counts)
        if "text" in chosen.rule:
            return {value for row in self.rows(chosen.columns) if (value := self.formatted(chosen.rule["text"], row))}
        return set()

    def rows(self, columns: tuple[str, ...]) -> list[dict[str, str]]:
        """The sample rows, cut to some columns."""
        cells = [self.sample.cells[column] for column in columns]
        return [dict(zip(columns, texts, strict=True)) for texts in zip(*cells, strict=True)]

    @staticmethod
    def formatted(text: str, row: Mapping[str, str]) -> str:
        for name, value in row.items():
            text = text.replace("{" + name + "}", value)
        return text.strip()


def draft_of(sample: Sample, reading: Reading) -> Draft:
    """Turn a reading into rules; columns whose values do not suit after all are left for the custom ones."""
    draft = Draft(sample, reading.entity)
    for pick in reading.picks:
        facts = sample.columns[pick.column]
        if pick.target.startswith(EXTRA):
            draft.extras[pick.target.removeprefix(EXTRA)] = pick.column
            continue
        column = column_of(reading.entity, pick.target)
        options = options_for(column, facts)
        if options is not None:
            draft.fill(pick.target, pick.column, round(pick.score, 2), reason_of(pick, facts), **options)
    return draft


def reason_of(pick: Pick, facts: Facts) -> str:
    """Say in a few words why a column was chosen."""
    known = "known as" if pick.named >= SURE else "called like"
    return f"{known} {pick.known_as!r}" + ("" if facts.filled else "; empty in the sample")


def options_for(column: Column, facts: Facts) -> Rule | None:
    """Options that the values ask for, or None when an enumerated column would lose most of them."""
    options: Rule = {}
    if column.kind in ("date", "instant"):
        options |= date_options(facts)
    if column.kind in ("money", "number", "integer"):
        options |= _scale(column, facts)
    if column.kind == "enum":
        known = enumerated(column.values)
        rows = sum(rows for value, rows in facts.counts.items() if key(value) in known)
        if facts.filled and rows < UNDERSTOOD * facts.filled:
            return None
        if rows < facts.filled:
            options["on_error"] = "empty"
    return options


def date_options(facts: Facts) -> Rule:
    """The order of day and month, where the values prove it."""
    match facts.date_style:
        case "compact":
            return {"dates": "%Y%m%d"}
        case "":
            return {}
        case style:
            return {"dates": style}


def _scale(column: Column, facts: Facts) -> Rule:
    words = tokens_of(facts.name)
    if column.name == "probability" and facts.largest > 1:
        return {"scale": 0.01}
    if column.kind == "money" and words[-1] == MICROS:
        return {"scale": 0.000001}
    if column.name.endswith("_seconds"):
        if any(word.startswith(("minut", "мин")) for word in words):
            return {"scale": 60}
        if any(word.startswith(("hour", "hora", "час")) for word in words):
            return {"scale": 3600}
    return {}
