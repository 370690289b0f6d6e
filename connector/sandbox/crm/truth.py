"""What the CRM holds at this moment, for tests to compare a store with."""

from __future__ import annotations

from dataclasses import dataclass

from connector.sandbox.crm.crm import Crm


@dataclass(frozen=True, slots=True)
class Truth:
    """One kind of record as it stands. Values that are not set or cleared are left out."""

    live: dict[str, dict[str, str]]
    archived: dict[str, dict[str, str]]
    merged: dict[str, str]
    """Record that went into another one to the record in which it lives on."""
    links: dict[str, dict[str, tuple[str, ...]]]
    """Kind at the other end to id to the ids it is linked to, sorted."""


def truth(crm: Crm, kind: str) -> Truth:
    """Return the state of one kind of record; later changes of the CRM do not show in it."""
    with crm.lock:
        shelf = crm.shelf(kind)
        merged = {loser: shelf.final(loser) for loser in shelf.survivors}
        return Truth(
            live={record.id: {k: v for k, v in record.values.items() if v} for record in shelf.live()},
            archived={record.id: {k: v for k, v in record.values.items() if v} for record in shelf.archived()},
            merged={loser: final for loser, final in merged.items() if final in shelf.held},
            links={to: _links(crm, kind, to) for to in crm.shelves},
        )


def snapshot(crm: Crm) -> dict[str, Truth]:
    """Return the state of every kind of record."""
    with crm.lock:
        return {kind: truth(crm, kind) for kind in crm.shelves}


def _links(crm: Crm, kind: str, to_kind: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    live, others = crm.shelves[kind].held, crm.shelves[to_kind].held
    for record_id, to_id, _ in crm.links.pairs(kind, to_kind):
        if record_id in live and to_id in others:
            found.setdefault(record_id, []).append(to_id)
    return {record_id: tuple(sorted(ids)) for record_id, ids in found.items()}
