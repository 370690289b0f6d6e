"""Which entity a file feeds, and which of its columns is what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from connector.model.schema import ENTITIES, Column
from connector.normalise.propose_folding import tokens_of
from connector.normalise.propose_headers import EXTRA, QUESTION_NAME, Meaning, lexicon
from connector.normalise.propose_values import Facts, Sample, fit

ACCEPTED: Final = 0.5
"""A column is taken when name and values together score at least this."""
RECOGNISED: Final = 1.5
"""A file is taken as an entity from this evidence on; two unmistakable columns, or one and the file's name."""
NAMED_FILE: Final = 2.5
"""Evidence of a file name; each further word of the phrase adds half of it."""
AGAINST_NAME: Final = 1.5
"""Evidence that a file must have beyond the usual for an entity that its name does not speak of."""
FOREIGN: Final = 3.0
"""Evidence asked for in addition for each column that only files of another kind have."""
OWN_ID: Final = 1.5
"""Evidence of a unique column called "<entity> id"."""
OWN_PREFIX: Final = 3.0
"""Evidence of headers such as "Deal - Title"."""

NEEDS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "deal": (("stage_id", "status", "amount", "closed_at", "expected_close_date", "pipeline_id"),),
    "lead": (("status", "source", "created_at", "converted_at", "dedupe_key", "score", "mql_at", "campaign_id"),),
    "lead_status_history": (("lead_id",), ("to_status",), ("changed_at",)),
    "pipeline": (("name",),),
    "stage": (("name", "id"), ("position", "probability", "pipeline_id", "kind")),
    "deal_stage_history": (("deal_id",), ("stage_id",), ("entered_at",)),
    "deal_contact": (("deal_id",), ("contact_id",)),
    "deal_line": (("deal_id",), ("product_id", "quantity", "unit_price", "amount")),
    "product": (("name", "sku", "id"), ("list_price", "category", "unit_cost", "sku", "name")),
    "activity": (
        ("type", "subject", "direction"),
        ("due_at", "started_at", "completed_at", "created_at", "status"),
    ),
    "proposal": (("deal_id", "account_id"), ("sent_at", "accepted_at", "amount")),
    "booking": (("placed_at",), ("deal_id", "asset_id", "owner_id")),
    "contract": (("signed_at",), ("account_id", "deal_id", "amount")),
    "invoice": (("amount", "status"), ("issued_at", "due_at", "number")),
    "payment": (("amount",), ("received_at", "expected_at")),
    "asset": (("name", "id"), ("price", "area_sqm", "project")),
    "campaign": (("name", "id"), ("type", "status", "start_date", "budget", "channel", "end_date", "target_revenue")),
    "campaign_member": (("campaign_id",), ("contact_id", "lead_id")),
    "touch": (("touched_at",), ("contact_id", "deal_id", "account_id"), ("channel", "source", "campaign_id")),
    "web_daily": (("date",), ("sessions", "users", "page_views")),
    "web_key_event_daily": (("date",), ("event_name",), ("key_events",)),
    "cost": (("date",), ("amount",)),
    "subscription": (("mrr", "renewal_due_on", "cancelled_on"), ("started_on", "account_id")),
    "service_case": (("status", "priority", "topic", "channel", "opened_at"),),
    "survey_response": (("score",),),
    "goal": (("target_value",), ("period_start", "scope_id")),
    "funnel_norm": (("per_sale",), ("indicator",)),
    "calendar_day": (("date",), ("is_working_day",)),
    "fx_rate": (("rate",), ("from_currency", "to_currency")),
    "balance": (("date",), ("amount",), ("bank_account", "kind")),
    "owner": (("email", "team_id", "branch", "manager_id", "department", "role", "is_active", "name", "hired_on"),),
    "team": (("name", "id"),),
    "account": (("name", "domain"),),
    "contact": (("full_name", "email", "phone", "account_id"),),
}
"""Each group names columns of which a file of the entity must have at least one."""

NEVER_IDS: Final = frozenset({"goal", "cost", "web_daily", "web_key_event_daily", "fx_rate", "calendar_day", "balance"})
"""Entities whose row key is made by the connection: the hash of the row is their id."""


VERSIONED: Final = frozenset(
    {
        "deal", "lead", "account", "contact", "owner", "product", "campaign", "team", "stage", "pipeline",
        "service_case", "invoice", "subscription",
    }
)  # fmt: skip
"""Entities whose id may stand in several rows: versions of one record, or a deal with a row for each product."""
REPEATED_ID: Final = 0.6
OWN_NAME: Final = 0.9


@dataclass(frozen=True, slots=True)
class Pick:
    """One column of the file chosen for one column of the entity."""

    column: str
    target: str
    score: float
    """How well name and values suit, 0..1."""
    named: float
    """How well the name alone does."""
    known_as: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A file read as one entity."""

    entity: str
    picks: tuple[Pick, ...] = ()
    evidence: float = 0.0
    missing: int = 0
    """Needed groups of columns that the file lacks."""

    def column(self, target: str) -> str | None:
        """The column of the file for a column of the entity."""
        return next((pick.column for pick in self.picks if pick.target == target), None)

    def used(self) -> set[str]:
        return {pick.column for pick in self.picks}


@dataclass(frozen=True)
class Reader:
    """Reads one sample as any entity; the meanings of the headers are looked up once."""

    sample: Sample
    meanings: dict[str, tuple[Meaning, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, sample: Sample) -> Reader:
        meanings = {name: _meanings(name) for name in sample.columns if not lexicon().is_ignored(name)}
        return cls(sample, meanings)

    def best(self) -> Reading | None:
        """The entity that file name, headers and values speak for, or None."""
        named, words = lexicon().file_entities(self.sample.name)
        readings = [self.as_entity(entity, named, words) for entity in self._candidates()]
        if not readings:
            return None
        best = max(readings, key=lambda reading: (not reading.missing, reading.evidence))
        foreign = sum(1 for name in self.sample.columns if lexicon().is_foreign(name))
        needed = RECOGNISED + FOREIGN * foreign + (AGAINST_NAME if named and best.entity not in named else 0.0)
        return best if best.evidence >= needed and not best.missing else None

    def _candidates(self) -> Iterable[str]:
        return dict.fromkeys(meaning.entity for found in self.meanings.values() for meaning in found)

    def as_entity(self, entity: str, named: tuple[str, ...] = (), words: int = 0) -> Reading:
        """Assign columns for one entity and weigh the evidence for it."""
        picks = self._assigned(entity)
        taken = {pick.target for pick in picks}
        missing = sum(1 for group in NEEDS.get(entity, ()) if not taken & set(group))
        evidence = sum(pick.score * self._weight(pick, entity) for pick in picks)
        if entity in named:
            evidence += NAMED_FILE * (1 + 0.5 * (words - 1)) / (1 if len(named) == 1 else 1.25)
        if any(pick.known_as == QUESTION_NAME for pick in picks):
            evidence += RECOGNISED
        if any(self._is_own_id(pick, entity) for pick in picks):
            evidence += OWN_ID
        prefixes = [lexicon().prefix_entity(name) for name in self.sample.columns]
        if prefixes.count(entity) > len(prefixes) / 2:
            evidence += OWN_PREFIX
        return Reading(entity, tuple(picks), evidence * 0.5**missing, missing)

    def _is_own_id(self, pick: Pick, entity: str) -> bool:
        facts = self.sample.columns[pick.column]
        marked = lexicon().marked(_tokens(pick.column))
        own = f"<{entity}>" in marked and {"id", "no", "code"} & set(marked)
        return pick.target in ("id", "number") and bool(own) and facts.is_unique and facts.filled > 1

    def _weight(self, pick: Pick, entity: str) -> float:
        """A name that few entities know says more; an empty column says little."""
        entities = {meaning.entity for meaning in self.meanings[pick.column]}
        weight = 1.0 / len(entities) ** 0.5
        if not self.sample.columns[pick.column].filled:
            weight *= 0.5
        return weight if entity in entities else 0.0

    def _assigned(self, entity: str) -> list[Pick]:
        """Give each column to at most one target and each target to at most one column, the best first."""
        offers = []
        for position, (name, found) in enumerate(self.meanings.items()):
            facts = self.sample.columns[name]
            for meaning in found:
                if meaning.entity != entity or is_useless(entity, meaning.column):
                    continue
                suits = fit(column_of(entity, meaning.column), facts)
                if meaning.column == "id" and entity in VERSIONED and meaning.score >= OWN_NAME:
                    suits = max(suits, REPEATED_ID)
                score = meaning.score * suits
                if score >= ACCEPTED:
                    offers.append(
                        (-score, position, Pick(name, meaning.column, score, meaning.score, meaning.known_as))
                    )
        picks: list[Pick] = []
        for _, _, offer in sorted(offers, key=lambda entry: entry[:2]):
            if all(offer.target != pick.target and offer.column != pick.column for pick in picks):
                picks.append(offer)
        return picks


def is_useless(entity: str, target: str) -> bool:
    """A key that the connection makes itself; a second creation time beside the entity's own."""
    if target == "source_created_at":
        return bool({"created_at", "opened_at"} & ENTITIES[entity].columns.keys())
    return target == "id" and entity in NEVER_IDS


def column_of(entity: str, target: str) -> Column:
    """The schema column of a target; an extra gets the kind that its name says."""
    if not target.startswith(EXTRA):
        return ENTITIES[entity].columns[target]
    return Column(
        target, "boolean" if target.startswith(EXTRA + "is_") else "instant" if target.endswith("_at") else "text"
    )


def looks_like_id(header: str, facts: Facts) -> bool:
    """Whether a column holds identifiers that nobody groups by."""
    tokens = _tokens(header)
    named = bool(tokens) and (tokens[-1] in ("id", "ids", "guid", "key") or tokens[0] == "id")
    return named or (facts.opaque >= 0.9 and facts.numbers < 0.5)


@lru_cache(maxsize=4096)
def _meanings(header: str) -> tuple[Meaning, ...]:
    return lexicon().meanings(header)


@lru_cache(maxsize=4096)
def _tokens(header: str) -> tuple[str, ...]:
    return tokens_of(header)
