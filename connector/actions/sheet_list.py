"""The spreadsheets that Puente writes: listed, looked into, let go of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.actions.google_access import DOCS, open_google
from connector.actions.sheet_layouts import layout_of
from connector.actions.sheet_runs import found_file
from connector.actions.sheets import SheetMeans, chosen
from connector.deliver.sheets.state import inspect
from connector.store.sheets import SheetBinding
from connector.store.store import Store


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """One entry of the list. ``state`` is an English sentence; empty moments mean never."""

    workspace: str
    what: str
    title: str
    last_good_at: datetime | None
    state: str
    address: str


def list_sheets(store: Store, spreadsheet: str = "", workspace: str = "") -> list[SheetEntry]:
    """Return what Puente writes, oldest first. Asks nothing of Google. Raises UnknownName."""
    names = {each.id: each.name for each in store.workspaces()}
    bases = _bases(store)
    return [
        SheetEntry(
            names.get(each.workspace_id, ""), _what(each.kind, each.settings), each.title, each.last_good_at,
            _state(each), f"{bases.get(each.connection_id, DOCS)}/spreadsheets/d/{each.spreadsheet_id}/edit",
        )
        for each in chosen(store, spreadsheet, workspace)
    ]  # fmt: skip


def _bases(store: Store) -> dict[str, str]:
    """Return the addresses that stand in for Google, by connection."""
    accounts = {one.id: store.account(one) for each in store.workspaces() for one in store.connections(each)}
    given = {number: account.options.get("base_url", "") for number, account in accounts.items() if account}
    return {number: base.rstrip("/") for number, base in given.items() if base}


def _what(kind: str, settings: Mapping[str, Any]) -> str:
    if kind == "query":
        return str(settings.get("title") or ", ".join(settings.get("metrics", ())))
    variant = settings.get("variant", "")
    return f"{settings.get('template', '')} ({variant})" if variant else str(settings.get("template", ""))


def _state(binding: SheetBinding) -> str:
    if binding.problem is not None:
        return f"{binding.problem.sentence} {binding.problem.remedy}".strip()
    return " ".join(binding.notice) or "good"


def inspect_sheet(store: Store, spreadsheet: str, workspace: str, means: SheetMeans, now: datetime) -> list[str]:
    """Look into a spreadsheet and return in English what people did to Puente's parts of it, and whether it is current.

    Nothing is written. Raises as a refresh does.
    """
    lines: list[str] = []
    for binding in chosen(store, spreadsheet, workspace):
        owner = store.workspace_of(binding.workspace_id)
        connection = next(one for one in store.connections(owner) if one.id == binding.connection_id)
        layout = layout_of(store, owner, binding, now, means.max_rows)
        with open_google(store, connection, means.allowed_hosts, means.clock) as google:
            found_file(google, binding.spreadsheet_id)
            state = inspect(google.sheets, binding.spreadsheet_id, layout)
        lines += [each.foreseen for each in state.findings]
    return list(dict.fromkeys(lines))


def forget_sheets(store: Store, spreadsheet: str, workspace: str = "") -> list[str]:
    """Forget everything that is written into a spreadsheet; return the titles. Raises UnknownName, UserError."""
    bindings = chosen(store, spreadsheet, workspace)
    for binding in bindings:
        store.forget_sheet(binding)
    return [binding.title for binding in bindings]
