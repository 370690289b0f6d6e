"""What files of one kind need: names in two parts, one date for two, a status by its words, a constant type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from connector.model.schema import ENTITIES
from connector.normalise.propose_drafts import MICROS, Chosen, Draft
from connector.normalise.propose_entities import looks_like_id
from connector.normalise.propose_folding import tokens_of
from connector.normalise.propose_headers import lexicon
from connector.normalise.propose_stages import outcome
from connector.normalise.words import TRUE, enumerated, key, stage_kind

ONE_CLOSE_DATE: Final = frozenset(
    {
        "closedate", "closingdate", "closetime", "<deal>closedate", "fechacierre", "fechacierre<deal>",
        "datafechamento", "датазакрытия", "датазакрытия<deal>",
    }
)  # fmt: skip
"""Names of a date that is the expected close while the deal is open and the real one afterwards."""

METRIC_OF_GOALS: Final = "total_sales"
SOURCES: Final = {"facebook": "facebook", "fb": "facebook", "meta": "facebook", "google": "google", "adwords": "google",
                  "yandex": "yandex", "linkedin": "linkedin", "bing": "bing", "tiktok": "tiktok"}  # fmt: skip
ACTIVITY_TYPES: Final = {"call": "call", "llamada": "call", "ligacao": "call", "chamada": "call", "звонки": "call",
                         "meeting": "meeting", "event": "meeting", "reunion": "meeting", "reuniao": "meeting",
                         "встречи": "meeting", "task": "task", "tarea": "task", "tarefa": "task", "задачи": "task",
                         "email": "email", "note": "note", "visit": "visit", "visita": "visit"}  # fmt: skip


def _full_name(draft: Draft, target: str) -> None:
    """First and last name in two columns make the name."""
    parts = [draft.extras[part] for part in ("first_name", "last_name") if part in draft.extras]
    if target in draft.chosen or not parts:
        return
    if len(parts) == 1 or any("{" in part or "}" in part for part in parts):
        draft.fill(target, parts[0], 0.7, "the only part of the name")
        return
    text = " ".join("{" + part + "}" for part in parts)
    draft.chosen[target] = Chosen({"text": text}, tuple(parts), 0.9, "first and last name together")


def _deal(draft: Draft) -> None:
    _stage_or_status(draft)
    closed = draft.chosen.get("closed_at")
    if closed is None:
        _won_and_lost_times(draft)
    elif (
        "expected_close_date" not in draft.chosen
        and _folded(closed.columns[0]) in ONE_CLOSE_DATE
        and _open_has_date(draft)
    ):
        reason = "serves as the expected date while the deal is open"
        draft.chosen["expected_close_date"] = replace(closed, confidence=0.85, reason=reason)
    if "name" not in draft.chosen and (facts := draft.facts("id")) is not None and not facts.is_unique:
        draft.chosen["name"] = draft.chosen.pop("id")


def _folded(header: str) -> str:
    return "".join(lexicon().marked(tokens_of(header.rsplit(" - ", maxsplit=1)[-1])))


def _stage_or_status(draft: Draft) -> None:
    """A status column that holds more than open, won and lost is the stage."""
    facts = draft.facts("status")
    if facts is None:
        return
    if "stage_id" not in draft.chosen and {stage_kind(value) for value in facts.looked_at} - {"open"}:
        known = enumerated(ENTITIES["deal"].columns["status"].values)
        if any(key(value) not in known for value in facts.looked_at):
            draft.chosen["stage_id"] = replace(draft.chosen.pop("status"), rule={"column": facts.name})


def _open_has_date(draft: Draft) -> bool:
    """Whether open deals carry the close date too; unknown counts as yes."""
    dates = draft.sample.cells[draft.column("closed_at") or ""]
    states = draft.sample.cells.get(draft.column("status") or draft.column("stage_id") or "", [])
    kinds = {state: stage_kind(state) for state in set(states)}
    open_rows = [
        bool(date)
        for row, (date, state) in enumerate(zip(dates, states, strict=False))
        if (outcome(draft, row) or kinds[state]) == "open"
    ]
    return not open_rows or any(open_rows)


def _won_and_lost_times(draft: Draft) -> None:
    columns = tuple(draft.extras[name] for name in ("won_at", "lost_at") if name in draft.extras)
    if len(columns) == 2:
        reason = "a deal is closed when it is won or lost"
        draft.chosen["closed_at"] = Chosen({"columns": list(columns)}, columns, 0.9, reason)
    elif columns:
        draft.fill("closed_at", columns[0], 0.8, "the day the deal was closed")


def _lead(draft: Draft) -> None:
    """Statuses that no list knows are read by their words."""
    column = next((pick for pick in draft.sample.columns if _means(pick, "lead", "status")), None)
    if column is None or draft.column("status") not in (None, column):
        return
    facts = draft.sample.columns[column]
    known = enumerated(ENTITIES["lead"].columns["status"].values)
    aliases = {value: _lead_status(value) for value in facts.looked_at if key(value) not in known}
    if facts.distinct <= 50 and (aliases or "status" in draft.chosen):
        rule = {"aliases": aliases} if aliases else {}
        draft.fill("status", column, 0.8 if aliases else 0.95, "the state of the lead", **rule)


def _means(header: str, entity: str, target: str) -> bool:
    return any((meaning.entity, meaning.column) == (entity, target) for meaning in lexicon().meanings(header))


def _lead_status(value: str) -> str:
    text = value.lower()
    if any(
        word in text for word in ("unqual", "disqual", "not converted", "descal", "desqual", "неквал", "junk", "спам")
    ):
        return "unqualified"
    if stage_kind(value) in ("lost", "unqualified"):
        return "unqualified"
    if stage_kind(value) == "won" or "conver" in text or "конверт" in text:
        return "converted"
    if any(word in text for word in ("qualif", "calific", "квалиф")):
        return "qualified"
    return "new" if any(word in text for word in ("new", "nuev", "novo", "нов", "not contacted")) else "working"


def _activity(draft: Draft) -> None:
    _salesforce_links(draft)
    if "type" not in draft.chosen:
        words = [word.removesuffix("s") for word in tokens_of(draft.sample.name)] + list(tokens_of(draft.sample.name))
        kind = next((ACTIVITY_TYPES[word] for word in words if word in ACTIVITY_TYPES), None)
        if kind is not None:
            draft.fill_constant("type", kind, "from the name of the file")


SALESFORCE_KEYS: Final = {"contact_id": ("003", "lead_id", "00Q"), "deal_id": ("006", "account_id", "001")}


def _salesforce_links(draft: Draft) -> None:
    """WhoId and WhatId point to several kinds of record; the first three characters tell which."""
    for target, (prefix, second, other) in SALESFORCE_KEYS.items():
        facts = draft.facts(target)
        if facts is None or _folded(facts.name) not in ("whoid", "whatid") or facts.opaque < 0.9:
            continue
        for name, start in ((target, prefix), (second, other)):
            if name == target or name not in draft.chosen:
                when = [{"column": facts.name, "starts_with": start}]
                draft.fill(name, facts.name, 0.9, f"Salesforce ids that start with {start}", when=when)


def _contact(draft: Draft) -> None:
    _full_name(draft, "full_name")


def _owner(draft: Draft) -> None:
    _full_name(draft, "name")
    _id_is_name(draft)


def _id_is_name(draft: Draft) -> None:
    """A file of people or things without an id column: what they are called is both."""
    facts = draft.facts("id")
    if facts is not None and "name" not in draft.chosen and facts.numbers < 0.5 and facts.opaque < 0.5 and facts.filled:
        draft.chosen["name"] = replace(draft.chosen["id"], confidence=0.8, reason="the id is a readable name")


def _goal(draft: Draft) -> None:
    scope = draft.facts("scope_id")
    if "scope_type" not in draft.chosen:
        marked = lexicon().marked(tokens_of(scope.name)) if scope is not None else ()
        kinds = ENTITIES["goal"].columns["scope_type"].values
        kind = next((word.strip("<>") for word in marked if word.strip("<>") in kinds), None)
        draft.fill_constant("scope_type", kind or ("company" if scope is None else "owner"), "whose goal it is")
    if "metric_id" not in draft.chosen:
        draft.fill_constant("metric_id", METRIC_OF_GOALS, "the file does not say which metric the goal is for")
    start = draft.facts("period_start")
    if start is not None and "period_end" not in draft.chosen:
        months = 3 if any(word.startswith(("quarter", "trimestre", "квартал")) for word in tokens_of(start.name)) else 1
        rule = {**draft.chosen["period_start"].rule, "add": {"months": months, "days": -1}}
        draft.chosen["period_end"] = Chosen(rule, (start.name,), 0.6, "the last day of the period that begins there")


def _stage(draft: Draft) -> None:
    """Two check boxes of a list of stages make its kind."""
    won, closed = draft.extras.get("is_won"), draft.extras.get("is_closed")
    _id_is_name(draft)
    if "kind" in draft.chosen or won is None or closed is None or any("{" in name for name in (won, closed)):
        return
    seen = {(row[closed], row[won]) for row in draft.rows((closed, won))}
    kinds = {(True, True): "won", (True, False): "lost", (False, True): "won", (False, False): "open"}
    aliases = {
        f"{first} {second}".strip(): kinds[first.lower() in TRUE, second.lower() in TRUE]
        for first, second in sorted(seen)
    }
    rule = {"text": f"{{{closed}}} {{{won}}}", "aliases": aliases}
    draft.chosen["kind"] = Chosen(rule, (closed, won), 0.85, "closed and won together")


def _survey(draft: Draft) -> None:
    asked = draft.facts("account_id")
    if (
        asked is not None
        and "contact_id" not in draft.chosen
        and looks_like_id(asked.name, asked)
        and asked.distinct > asked.filled * 0.5
    ):
        draft.chosen["contact_id"] = replace(draft.chosen.pop("account_id"), reason="a person who answered")
    facts = draft.facts("score")
    if "kind" in draft.chosen or facts is None:
        return
    words = " ".join(tokens_of(facts.name) + tokens_of(draft.sample.name))
    if "csat" in words or "satisf" in words or "удовлетвор" in words:
        kind = "csat"
    elif "effort" in words or "ces" in words.split():
        kind = "ces"
    else:
        kind = "nps" if facts.largest > 5 or "recom" in words or "nps" in words or "рекоменд" in words else "csat"
    draft.fill_constant("kind", kind, "from the question and the range of the answers")


def _cost(draft: Draft) -> None:
    words = tokens_of(draft.sample.name)
    headers = {word for column in draft.sample.columns for word in tokens_of(column)}
    source = next((SOURCES[word] for word in words if word in SOURCES), "google" if MICROS in headers else None)
    if source is not None and "source" not in draft.chosen:
        draft.fill_constant("source", source, "from the names of the file and its columns")
    if "kind" in draft.chosen or not (source or headers & {"impressions", "clicks", "campaign", "reach"}):
        return
    draft.fill_constant("kind", "marketing", "a file of an advertising system")
    # The account of an advertising system is not a customer.
    draft.chosen.pop("account_id", None)
    own = next((name for name in draft.sample.columns if tokens_of(name) == ("id",)), None)
    if "campaign_id" not in draft.chosen and own is not None and "campaign" in words:
        draft.fill("campaign_id", own, 0.8, "the id in a file of campaigns")


SPECIAL: Final[dict[str, Callable[[Draft], None]]] = {
    "deal": _deal, "lead": _lead, "activity": _activity, "contact": _contact, "owner": _owner, "goal": _goal,
    "survey_response": _survey, "cost": _cost, "product": _id_is_name, "team": _id_is_name, "account": _id_is_name,
    "pipeline": _id_is_name, "stage": _stage, "campaign": _id_is_name,
}  # fmt: skip
