"""Compare what a vendor counts now with what is published."""

from __future__ import annotations

from datetime import datetime

from connector.actions.sync import System, stored_rows
from connector.actions.tie_out import TieOut, tie_out
from connector.errors import UserError, quote
from connector.sources.stream import Reading
from connector.store.store import Connection, Store


def totals(store: Store, workspace: str, connection: Connection, system: System, now: datetime) -> list[TieOut]:
    """Return every count of the vendor beside ours. Raises UserError before the first sync, and the vendor's errors."""
    held = store.workspace(workspace)
    manifest = store.manifest(held)
    if connection.id not in manifest.profiles:
        raise UserError(f"Nothing of {quote(connection.name)} is published yet.", remedy="Run sync first.")
    through = manifest.profiles[connection.id].data_through
    known = stored_rows(store, held, connection)
    reading = Reading(now, "changes", known, system.source.properties())
    with store.reader(held) as reader:
        cause = f"changed since the last sync (data through {through[:16]})"
        return tie_out(reader, connection, system.source.counts(reading), cause, known.live)
