"""What happens in a CRM while somebody reads it: records change, go away or come late, a field is removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.record import Kind, Record


def change_some(crm: Crm, kind: str, count: int) -> list[str]:
    """Change some live records and return their ids."""
    return _touch(crm, kind, count, None)


def commit_late(crm: Crm, kind: str, count: int, seconds: float) -> list[str]:
    """Let changes appear that say they were made some seconds ago."""
    then = datetime.fromtimestamp(crm.now_ms() / 1000, UTC) - timedelta(seconds=seconds)
    return _touch(crm, kind, count, then)


def delete_some(crm: Crm, kind: str, count: int) -> list[str]:
    """Archive some live records, and return their ids."""
    with crm.lock:
        chosen = _some(crm, kind, count)
        for record in chosen:
            crm.archive(kind, record.id)
    return [record.id for record in chosen]


def remove_field(crm: Crm, kind: str, name: str = "") -> str:
    """Remove a field, the last one of the account's own where no name is given, and return its name."""
    with crm.lock:
        own = [field.name for field in crm.fields[kind].all() if field.custom]
        name = name or (own[-1] if own else "")
        if name and name in crm.fields[kind]:
            crm.remove_field(kind, name)
        return name


def _touch(crm: Crm, kind: str, count: int, at: datetime | None) -> list[str]:
    """Write a text nobody had before into a text field of some records."""
    with crm.lock:
        chosen = _some(crm, kind, count)
        name = _text_field(crm, crm.shelves[kind].kind)
        if not chosen or not name:
            return []
        mark = f"incident {crm.shelves[kind].revision}"
        crm.edit_many(kind, {record.id: {name: f"{mark}.{place}"} for place, record in enumerate(chosen)}, at=at)
    return [record.id for record in chosen]


def _some(crm: Crm, kind: str, count: int) -> list[Record]:
    live = crm.shelf(kind).live()
    dice = Random(f"{kind}:{crm.shelves[kind].revision}")  # noqa: S311 - the same accidents every time
    return dice.sample(live, min(count, len(live)))


def _text_field(crm: Crm, kind: Kind) -> str:
    """Return a text field in which any text makes sense: one of the account's own, else a name."""
    kept = {kind.identity, kind.created, kind.modified, kind.merged}
    found = [one for one in crm.fields[kind.name].all() if one.type == "string" and one.name not in kept]
    return next((one.name for one in sorted(found, key=_preference)), "")


def _preference(field: Field) -> tuple[bool, bool]:
    return (not field.custom, "name" not in field.name and "title" not in field.name)
