"""Columns that the schema has no place for: kept as the customer's own when somebody could group or add by them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from connector.normalise.propose_drafts import Draft, date_options
from connector.normalise.propose_entities import looks_like_id
from connector.normalise.propose_folding import tokens_of, unaccented
from connector.normalise.propose_headers import lexicon
from connector.normalise.propose_values import CATEGORIES, CLEAR, Facts

REPEATED: Final = 0.8
"""Share of different values above which a text tells rows apart instead of grouping them."""
SHORT: Final = 60
LONGEST_NAME: Final = 40

_LATIN: Final = dict(
    zip(
        "абвгдезийклмнопрстуфхцчшщъыьэюяёіїєґ",
        "a b v g d e zh i y k l m n o p r s t u f h ts ch sh sch _ y _ e yu ya e i yi e g".replace("_", "").split(" "),
        strict=False,
    )
)
_NOT_MEASURES: Final = frozenset(
    {
        "phone", "telefono", "telefone", "телефон", "movil", "mobile", "celular", "fax", "zip", "postal", "code", "код",
        "codigo", "inn", "инн", "cpf", "cnpj", "nif", "latitude", "longitude",
    }
)  # fmt: skip
"""Words of columns whose numbers name something."""


def slug(header: str, taken: set[str]) -> str:
    """Return a name for a custom column: lower-case Latin letters, digits and ``_``; unlike every taken one."""
    header = header.removesuffix("__c")
    latin = "".join(_LATIN.get(char, char) for char in unaccented(header))
    name = re.sub(r"[^a-z0-9]+", "_", latin).strip("_")[:LONGEST_NAME].strip("_")
    if not name or not name[0].isalpha():
        name = f"c_{name}".rstrip("_")
    base, count = name, 1
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name


def custom_kind(header: str, facts: Facts) -> tuple[str, str]:
    """Return the type of a custom column and the reason, or "" and why the column is left out."""
    if lexicon().is_ignored(header):
        return "", "a technical column"
    if lexicon().is_personal(header):
        return "", "about one person"
    if not facts.filled:
        return "", "empty in the sample"
    if facts.is_constant:
        return "", "the same in every row"
    if looks_like_id(header, facts) or facts.urls >= CLEAR or facts.emails >= CLEAR:
        return "", "ids, addresses or links"
    if facts.is_boolean:
        return "boolean", "yes or no"
    if facts.dates >= CLEAR or facts.date_style:
        return ("instant" if facts.has_time else "date"), "dates"
    if facts.numbers >= CLEAR:
        if set(tokens_of(header)) & _NOT_MEASURES:
            return "", "numbers that name something"
        return "number", "numbers"
    return _text(facts)


def _text(facts: Facts) -> tuple[str, str]:
    if facts.distinct > CATEGORIES or facts.distinct > REPEATED * facts.filled:
        return "", "a text that is different in nearly every row"
    if facts.mean_length > SHORT:
        return "", "long texts"
    return "text", f"{facts.distinct} different values"


@dataclass
class CustomNames:
    """Names of custom columns, so that one header has one name in all files of an entity and no two share one."""

    kinds: dict[tuple[str, str], str] = field(default_factory=dict)
    """(entity, folded header) to the type it has in the first file where it is useful."""
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    """(entity, name) to the folded header."""

    def note(self, draft: Draft, header: str) -> None:
        """Learn what a left-over column would be before any is named."""
        kind, _ = custom_kind(header, draft.sample.columns[header])
        if kind:
            self.kinds.setdefault((draft.entity, _folded(header)), kind)

    def add(self, draft: Draft, header: str) -> str:
        """Keep a column as a custom one of the draft's entity, or return why not.

        A column that is constant or empty here is kept all the same where another file of the entity has use for it.
        """
        facts, folded = draft.sample.columns[header], _folded(header)
        kind, reason = custom_kind(header, facts)
        common = self.kinds.get((draft.entity, folded), "")
        if not kind and facts.distinct <= 1 and common:
            kind, reason = common, "as in another file"
        if not kind or (common and kind != common):
            return reason if not kind else f"not {common}, as in another file"
        name = self._name(draft, header, folded)
        options = date_options(facts) if kind in ("date", "instant") else {}
        label = header.removesuffix("__c")
        draft.fill(name, header, 0.5, f"no column of the schema; {reason}", **options, type=kind, label=label)
        return ""

    def _name(self, draft: Draft, header: str, folded: str) -> str:
        used = {
            name for (entity, name), other in self.names.items()
            if entity == draft.entity and (other != folded or f"custom.{name}" in draft.chosen)
        }  # fmt: skip
        name = slug(header, used)
        self.names[draft.entity, name] = folded
        return f"custom.{name}"


def _folded(header: str) -> str:
    return " ".join(tokens_of(header))
