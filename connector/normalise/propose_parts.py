"""Records that lie inside the file of another entity: products, customers and people in a file of deals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from connector.normalise.propose_drafts import Chosen, Draft, options_for
from connector.normalise.propose_entities import ACCEPTED, column_of, looks_like_id
from connector.normalise.propose_headers import Meaning, lexicon
from connector.normalise.propose_keys import depends_on
from connector.normalise.propose_values import fit

LINE_COLUMNS: Final = ("product_id", "quantity", "unit_price", "discount", "amount", "cost")
ABOUT_ACCOUNTS: Final = ("industry", "segment", "employees", "annual_revenue", "domain", "country", "region", "size")
PARTS: Final[tuple[tuple[str, str, str, tuple[str, ...]], ...]] = (
    ("owner_id", "owner", "name", ("email", "branch", "department", "manager_id")),
    ("account_id", "account", "name", ABOUT_ACCOUNTS),
    ("contact_id", "contact", "full_name", ("email", "phone", "job_title", "country")),
)  # fmt: skip
"""Reference of the main record, the entity it names, the column that holds the name, and what may be told of it."""

PERSONAL: Final = ("email", "phone", "job_title")
"""Columns that can only be about the person that a row names."""

MILESTONES: Final = {"mql": "mql_at", "sql": "sql_at", "sal": "sal_at", "qualified": "qualified_at",
                     "converted": "converted_at", "disqualified": "disqualified_at",
                     "unqualified": "disqualified_at"}  # fmt: skip


def parts_of(draft: Draft, fed: set[str]) -> list[Draft]:
    """Further records that the rows of a file make. ``fed`` names the entities that files of their own feed."""
    found = []
    if draft.entity == "deal" and "deal_line" not in fed:
        found.append(_lines(draft))
    if draft.entity in ("deal", "lead", "service_case", "activity", "invoice", "subscription"):
        found += [_part(draft, fed, *part) for part in PARTS]
    if draft.entity == "owner" and "team" not in fed:
        found.append(_team(draft))
    if draft.entity == "lead_status_history":
        found.append(_milestones(draft))
    return [part for part in found if part is not None]


def _offers(draft: Draft, entity: str, targets: Sequence[str]) -> list[tuple[str, Meaning]]:
    """Columns that nothing has taken yet and that mean something for another entity."""
    used = draft.used() | set(draft.extras.values())
    return [
        (header, meaning)
        for header, facts in draft.sample.columns.items()
        if header not in used
        for meaning in lexicon().meanings(header)
        if meaning.entity == entity and meaning.column in targets
        and meaning.score * fit(column_of(entity, meaning.column), facts) >= max(ACCEPTED, 0.8)
    ]  # fmt: skip


def _fill(part: Draft, offers: Sequence[tuple[str, Meaning]]) -> None:
    for header, meaning in sorted(offers, key=lambda offer: -offer[1].score):
        options = options_for(column_of(part.entity, meaning.column), part.sample.columns[header])
        taken = meaning.column in part.chosen or header in part.used()
        if not taken and options is not None:
            part.fill(
                meaning.column, header, round(meaning.score * 0.9, 2), f"known as {meaning.known_as!r}", **options
            )


def _lines(draft: Draft) -> Draft | None:
    key = draft.chosen.get("id")
    part = Draft(draft.sample, "deal_line", is_main=False)
    _fill(part, _offers(draft, "deal_line", LINE_COLUMNS))
    if key is None or key.confidence < 0.5 or "product_id" not in part.chosen:
        return None
    reason = "one line for the product of the deal"
    unique = (facts := draft.facts("id")) is not None and facts.is_unique
    head = {"deal_id": replace(key, reason=reason)}
    if unique:
        head = {"id": replace(key, reason=reason), **head}
        if "amount" not in part.chosen and "amount" in draft.chosen:
            part.chosen["amount"] = replace(
                draft.chosen["amount"], reason="the only product of the deal has its amount"
            )
    part.chosen = head | part.chosen
    if "currency" in draft.chosen:
        part.chosen["currency"] = draft.chosen["currency"]
    part.where.append({"column": part.chosen["product_id"].columns[0], "filled": True})
    return part


def _part(
    draft: Draft, fed: set[str], reference: str, entity: str, name: str, targets: tuple[str, ...]
) -> Draft | None:
    """What a file tells of the owner, account or contact that it refers to."""
    column = draft.column(reference)
    if entity in fed or column is None or not draft.sample.columns[column].filled:
        return None
    part = Draft(draft.sample, entity, is_main=False)
    confidence = draft.chosen[reference].confidence
    part.fill("id", column, confidence, f"no file of its own: the {entity} is what {reference} says")
    facts = draft.sample.columns[column]
    readable = not looks_like_id(column, facts) and facts.numbers < 0.5
    if readable:
        part.fill(name, column, confidence, f"the name of the {entity}")
    if entity == "contact" and facts.emails >= 0.6:
        part.fill("email", column, confidence, "an e-mail address")
    own = lexicon().marked
    offers = [
        (header, meaning)
        for header, meaning in _offers(draft, entity, targets)
        if (entity == "contact" and meaning.column in PERSONAL)
        or depends_on(draft, header, column)
        or f"<{entity}>" in own(tuple(meaning.known_as.split()))
    ]
    _fill(part, offers)
    if entity == "owner" and "team_id" in draft.chosen and depends_on(draft, draft.column("team_id") or column, column):
        part.chosen["team_id"] = draft.chosen["team_id"]
    if len(part.chosen) < 3 and not (entity == "contact" and readable):
        return None
    part.where.append({"column": column, "filled": True})
    return part


def _team(draft: Draft) -> Draft | None:
    team = draft.chosen.get("team_id")
    if team is None or "column" not in team.rule:
        return None
    part = Draft(draft.sample, "team", is_main=False)
    column = str(team.rule["column"])
    part.fill("id", column, team.confidence, "the team of the person")
    part.fill("name", column, team.confidence, "the name of the team")
    for target in ("department", "branch"):
        source = draft.column(target)
        if source is not None and depends_on(draft, source, column):
            part.chosen[target] = replace(draft.chosen[target], reason=f"everyone of a team has one {target}")
    part.where.append({"column": column, "filled": True})
    return part if len(part.chosen) > 2 else None


def _milestones(draft: Draft) -> Draft | None:
    """An event log of leads: the first event of each kind dates the milestone of the lead."""
    lead, event, date = draft.column("lead_id"), draft.column("to_status"), draft.chosen.get("changed_at")
    if lead is None or event is None or date is None:
        return None
    part = Draft(draft.sample, "lead", is_main=False, group=True)
    part.fill("id", lead, draft.chosen["lead_id"].confidence, "each lead of the log")
    for value in draft.sample.columns[event].looked_at:
        target = MILESTONES.get(value.strip().lower())
        if target is not None and target not in part.chosen:
            rule = {**date.rule, "when": [{"column": event, "equals": value}], "pick": "min"}
            part.chosen[target] = Chosen(rule, (*date.columns, event), 0.85, f"the first {value!r} event of the lead")
    return part if len(part.chosen) > 1 else None
