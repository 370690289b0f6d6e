"""What a store holds beside what the CRM holds: every difference, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.links import LinkType
from connector.sandbox.crm.record import Record, to_ms
from connector.sandbox.crm.truth import truth

Rows = list[tuple[Any, ...]]
Ask = Callable[..., Rows]
"""Answers a query (text, entities that it names) from the published rows."""

ENTITY = {
    "companies": ("account", "true"),
    "contacts": ("contact", "true"),
    "leads": ("lead", "true"),
    "deals": ("deal", "true"),
    "tickets": ("service_case", "true"),
    "line_items": ("deal_line", "true"),
    "calls": ("activity", "type = 'call'"),
    "notes": ("activity", "type = 'note'"),
}
"""Kind of record to the entity that its records become, and what tells them from others there."""

VALUES = {
    "companies": {"name": "name"},
    "contacts": {"full_name": "firstname", "email": "email"},
    "leads": {"custom['name']": "hs_lead_name"},
    "deals": {"name": "dealname", "amount": "amount", "stage_id": "dealstage", "pipeline_id": "pipeline"},
    "tickets": {"description": "subject"},
    "line_items": {"amount": "amount"},
    "calls": {"subject": "hs_call_title"},
    "notes": {},
}
"""Column to the property that it holds."""

OWNERS_OF_LINKS = {
    "contacts": {"account_id": "companies"},
    "leads": {"contact_id": "contacts", "converted_deal_id": "deals"},
    "deals": {"account_id": "companies", "contact_id": "contacts"},
    "tickets": {"contact_id": "contacts", "account_id": "companies"},
    "line_items": {"deal_id": "deals"},
    "calls": {"contact_id": "contacts", "deal_id": "deals"},
    "notes": {"account_id": "companies"},
}
"""Column that refers to another record, to the kind of that: of several links the main one, else the lowest id."""

PARTS = {
    "deal_stage_history": ("deal_id", "deal"),
    "deal_history": ("deal_id", "deal"),
    "deal_contact": ("deal_id", "deal"),
    "lead_status_history": ("lead_id", "lead"),
}
"""Entities whose rows are part of a record: column and entity of that record."""


def differences(crm: Crm, ask: Ask, *, linked: Callable[[Record], bool]) -> list[str]:
    """Return what the published rows and the CRM disagree about.

    ``linked`` says of a live record whether its links must be right already.
    """
    return [
        text for kind in ENTITY for text in (*_records(crm, ask, kind, linked), *_links(crm, ask, kind, linked))
    ] + [
        *_people(crm, ask, linked),
        *_visits(crm, ask),
    ]


def _records(crm: Crm, ask: Ask, kind: str, linked: Callable[[Record], bool]) -> Iterator[str]:
    """Compare ids and values of live records, and what became of those that are gone."""
    entity, condition = ENTITY[kind]
    columns = ", ".join(VALUES[kind]) or "NULL"
    live = {
        row[0]: tuple(map(_plain, row[1:])) if VALUES[kind] else ()
        for row in ask(f"SELECT id, {columns} FROM {entity} WHERE is_deleted IS NOT TRUE AND {condition}", entity)
    }
    expected = {record.id: _values(kind, record) for record in crm.shelf(kind).live() if _has_row(crm, kind, record)}
    if kind == "line_items":  # whether a line has a row hangs on its links
        unsure = {record.id for record in crm.shelf(kind).live() if not linked(record)}
        expected = {each: values for each, values in expected.items() if each not in unsure}
        live = {each: values for each, values in live.items() if each not in unsure}
    yield from _compared(kind, expected, live)
    if kind == "line_items":  # a line whose deal is gone leaves no row, archived or not
        return
    gone = dict(ask(f"SELECT id, merged_into_id FROM {entity} WHERE is_deleted AND {condition}", entity))
    known = truth(crm, kind)
    for each in known.archived:
        if each not in gone or gone[each] is not None:
            yield f"{kind} {each} is archived; here {gone.get(each, 'it is not')}"
    for loser, survivor in known.merged.items():
        # An archived record that was so before the first load is known by its id alone: not what it has swallowed.
        unheard = survivor in known.archived and loser not in gone
        if _end(loser, gone) != survivor and not unheard:
            yield f"{kind} {loser} was merged into {survivor}; here it ends at {_end(loser, gone)}"


def _has_row(crm: Crm, kind: str, record: Record) -> bool:
    return kind != "line_items" or bool(_living(crm, kind, record.id, "deals"))


def _values(kind: str, record: Record) -> tuple[Any, ...]:
    texts = [record.values.get(name) or None for name in VALUES[kind].values()]
    return tuple(
        None if text is None else Decimal(text).normalize() if name == "amount" else text
        for name, text in zip(VALUES[kind].values(), texts, strict=True)
    )


def _end(loser: str, gone: Mapping[str, str | None]) -> str | None:
    """Follow a chain of merges to the record that is there; None where a link is missing."""
    for _ in range(len(gone) + 1):
        if loser not in gone:
            return loser
        following = gone[loser]
        if following is None:
            break
        loser = following
    return loser


# --- links ----------------------------------------------------------------------------------------------------------


def _links(crm: Crm, ask: Ask, kind: str, linked: Callable[[Record], bool]) -> Iterator[str]:
    entity, condition = ENTITY[kind]
    for column, to_kind in OWNERS_OF_LINKS.get(kind, {}).items():
        query = f"SELECT id, {column} FROM {entity} WHERE is_deleted IS NOT TRUE AND {condition}"
        found = dict(ask(query, entity))
        expected = {
            record.id: _main(_living(crm, kind, record.id, to_kind))
            for record in crm.shelf(kind).live()
            if linked(record) and _has_row(crm, kind, record)
        }
        yield from _compared(f"{kind}.{column}", expected, {each: found.get(each) for each in expected})


def _people(crm: Crm, ask: Ask, linked: Callable[[Record], bool]) -> Iterator[str]:
    """Compare the people of deals, with their roles."""
    found = defaultdict(set)
    query = "SELECT deal_id, contact_id, role FROM deal_contact WHERE is_deleted IS NOT TRUE"
    for deal, contact, role in ask(query, "deal_contact"):
        found[deal].add((contact, role))
    expected = {
        deal.id: {(each, _role(types)) for each, types in _living(crm, "deals", deal.id, "contacts").items()}
        for deal in crm.shelf("deals").live()
        if linked(deal)
    }
    yield from _compared("people of deal", expected, {deal: found[deal] for deal in expected})


def _living(crm: Crm, kind: str, record_id: str, to_kind: str) -> dict[str, tuple[LinkType, ...]]:
    held = crm.shelf(to_kind).held
    linked = crm.links.of(kind, record_id, to_kind)
    return {each: types for each, types in linked.items() if each in held and held[each].archived_ms is None}


def _main(linked: Mapping[str, tuple[LinkType, ...]]) -> str | None:
    ranked = [(all(held.label != "Primary" for held in types), int(each), each) for each, types in linked.items()]
    return min(ranked)[2] if ranked else None


def _role(types: tuple[LinkType, ...]) -> str | None:
    return min((held.label for held in types if held.label and held.label != "Primary"), default=None)


# --- histories ------------------------------------------------------------------------------------------------------


def _visits(crm: Crm, ask: Ask) -> Iterator[str]:
    """Compare the stages that live deals have been in, and when they came there."""
    found = defaultdict(list)
    query = (
        "SELECT deal_id, stage_id, entered_at, from_stage_id FROM deal_stage_history"
        " WHERE is_deleted IS NOT TRUE ORDER BY deal_id, entered_at"
    )
    for deal, stage, entered_at, before in ask(query, "deal_stage_history"):
        found[deal].append((stage, to_ms(_moment(entered_at)), before))
    expected = {deal.id: _moves(deal) for deal in crm.shelf("deals").live()}
    yield from _compared("visits of deal", expected, {deal: found[deal] for deal in expected})


def _moves(deal: Record) -> list[tuple[str, int, str | None]]:
    moves: list[tuple[str, int, str | None]] = []
    for version in reversed(deal.versions("dealstage")):
        before = moves[-1][0] if moves else None
        if version.value != before:
            moves.append((version.value, version.at_ms, before))
    return moves


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


# --- whole by itself ------------------------------------------------------------------------------------------------


def flaws(ask: Ask) -> list[str]:
    """Return what makes published rows contradict each other, whatever the CRM holds."""
    found = []
    for entity in sorted({*PARTS, *(entity for entity, _ in ENTITY.values())}):
        for (each,) in ask(f"SELECT id FROM {entity} GROUP BY id HAVING count(*) > 1", entity):
            found.append(f"{entity} {each} is there twice")
    for part, (column, whole) in PARTS.items():
        query = f"SELECT id, {column} FROM {part} p ANTI JOIN {whole} w ON w.id = p.{column}"
        found += [
            f"{part} {each} belongs to {whole} {missing}, which is not there"
            for each, missing in ask(query, part, whole)
        ]
    for entity in sorted({entity for entity, _ in ENTITY.values()}):
        query = f"SELECT id FROM {entity} WHERE merged_into_id IS NOT NULL AND is_deleted IS NOT TRUE"
        found += [f"{entity} {each} was merged and is live" for (each,) in ask(query, entity)]
    query = """SELECT d.id, d.stage_id, max_by(v.stage_id, v.entered_at) FROM deal d LEFT JOIN deal_stage_history v
        ON v.deal_id = d.id WHERE d.is_deleted IS NOT TRUE GROUP BY ALL
        HAVING max_by(v.stage_id, v.entered_at) IS DISTINCT FROM d.stage_id"""
    asked = ask(query, "deal", "deal_stage_history")
    return found + [f"deal {each} is in {stage}; its last visit is to {last}" for each, stage, last in asked]


def _compared(what: str, expected: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for each in sorted(expected.keys() | found.keys()):
        theirs, ours = expected.get(each, "not there"), found.get(each, "not there")
        if theirs != ours:
            yield f"{what} {each}: {theirs!r} in the CRM, {ours!r} here"


def _plain(value: Any) -> Any:
    return value.normalize() if isinstance(value, Decimal) else value
