"""What every record needs beyond names: the live rows, a currency, an id; and what the files say of each other."""

from __future__ import annotations

from collections.abc import Sequence

from connector.model.schema import ENTITIES
from connector.normalise.currency import CODES
from connector.normalise.propose_drafts import Draft
from connector.normalise.propose_entities import looks_like_id
from connector.normalise.propose_keys import identify
from connector.normalise.propose_kinds import SPECIAL


def complete(draft: Draft) -> None:
    """Add what the kind of the file asks for."""
    special = SPECIAL.get(draft.entity)
    if special is not None:
        special(draft)
    _only_live_rows(draft)
    _currency(draft)
    identify(draft)


def _only_live_rows(draft: Draft) -> None:
    """Replicas keep superseded versions of a row and flag the live one."""
    facts = draft.sample.columns.get("_fivetran_active")
    if facts is not None and facts.is_boolean and draft.entity != "deal_stage_history" and "id" in draft.chosen:
        live = [value for value in facts.counts if value.lower() == "true"]
        draft.where.append({"column": facts.name, "in": live or ["true"]})


def _currency(draft: Draft) -> None:
    """A sign beside the amounts or a code in the header says the currency when no column does."""
    entity = ENTITIES[draft.entity]
    if "currency" in draft.chosen or "currency" not in entity.columns or not entity.has_money:
        return
    for target in list(draft.chosen):
        facts = draft.facts(target)
        if facts is None or target.startswith("custom.") or entity.columns[target].kind != "money":
            continue
        code = facts.symbol or _code_in_header(facts.name)
        if code:
            draft.fill_constant("currency", code, f"the amounts in {facts.name!r} are in {code}")
            return


def _code_in_header(header: str) -> str:
    found = [word for word in header.replace("(", " ").replace(")", " ").split() if word in CODES]
    return found[-1] if found else ""


def _known(drafts: Sequence[Draft], entity: str) -> set[str]:
    """Ids and names of the records of an entity."""
    return {value for draft in drafts if draft.entity == entity for by in ("id", "name") for value in draft.values(by)}


def managers(drafts: Sequence[Draft]) -> None:
    """A manager who is no person of the owners' file leads a team: the manager's name is the team's."""
    people = _known(drafts, "owner")
    for draft in [draft for draft in drafts if draft.entity == "owner"]:
        facts = draft.facts("manager_id")
        if (
            facts is None
            or "team_id" in draft.chosen
            or looks_like_id(facts.name, facts)
            or len(set(facts.counts) & people) >= facts.distinct / 2
        ):
            continue
        if facts.filled and facts.distinct <= facts.filled * 0.7:
            del draft.chosen["manager_id"]
            draft.fill("team_id", facts.name, 0.75, "a manager who is not in the file stands for a team")


def prospects(drafts: Sequence[Draft]) -> None:
    """The company that a lead names is an account only when the accounts say so."""
    known = _known(drafts, "account")
    for draft in [draft for draft in drafts if draft.entity == "lead"]:
        facts = draft.facts("account_id")
        if (
            facts is not None
            and not looks_like_id(facts.name, facts)
            and len(set(facts.counts) & known) < facts.distinct / 2
        ):
            del draft.chosen["account_id"]
