"""Create, list, check and revoke links: each an address that answers one question, for programs that send no key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from connector.actions.direct import TableRequest
from connector.actions.query import MAX_ROWS, query
from connector.actions.sheet_settings import Question, kept_question, question
from connector.deliver.files.csv_file import FirstLine
from connector.store.store import Link, Store

UNNAMED: Final = "link"


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """What a link is made for. ``filters`` are the texts of the question's filter, which holds them read."""

    table: TableRequest
    filters: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link just made. ``token`` is shown this once; only its hash is kept."""

    id: str
    label: str
    token: str
    rows: int
    """Rows that it answers with now."""


@dataclass(frozen=True, slots=True)
class OpenLink:
    """What a valid link opens: one question to one workspace."""

    link_id: str
    workspace: str
    table: TableRequest


def create_link(
    store: Store, workspace: str, request: LinkRequest, now: datetime, *, max_rows: int = MAX_ROWS
) -> NewLink:
    """Make a link that answers a question for whoever knows its address, and nothing else.

    The question is asked once, so that a mistake is told now. Raises UnknownName, QueryError, UserError.
    """
    table = query(store, workspace, request.table.question, now, max_rows=max_rows)
    kept = _kept(request)
    link, token = store.add_link(store.workspace(workspace), request.label or UNNAMED, kept, now)
    return NewLink(link.id, link.label, token, len(table.rows))


def list_links(store: Store, workspace: str) -> list[Link]:
    """Return the links of a workspace, revoked ones too, oldest first. Raises UnknownName."""
    return store.links(store.workspace(workspace))


def told_question(link: Link) -> str:
    """Return the question of a link in short: metrics, dimensions, filters and days, as the options name them."""
    asked = link.question
    parts = [
        ", ".join(asked["metrics"]), ", ".join(asked["dimensions"]), " and ".join(asked["filters"]),
        asked["date_range"],
    ]  # fmt: skip
    return " / ".join(part for part in parts if part)


def revoke_link(store: Store, workspace: str, link_id: str, now: datetime) -> None:
    """Make a link useless for good. Raises UnknownName."""
    store.revoke_link(store.workspace(workspace), link_id, now)


def check_link(store: Store, token: str, now: datetime) -> OpenLink | None:
    """Return what a link opens; None when it is unknown or revoked. Notes the time of use.

    Raises QueryError where a newer Puente no longer reads its filter.
    """
    link = store.check_link(token, now)
    return None if link is None else OpenLink(link.id, link.workspace, _table(link.question))


def _kept(request: LinkRequest) -> dict[str, Any]:
    table = request.table
    asked = kept_question(Question(table.question, request.filters))
    return asked | {"language": table.question.language, "first_line": table.first_line, "marked": table.marked}


def _table(kept: Mapping[str, Any]) -> TableRequest:
    asked = question(kept, kept["language"]).query
    first_line: FirstLine = "label" if kept["first_line"] == "label" else "id"
    return TableRequest(replace(asked, totals=False), "csv", first_line, bool(kept["marked"]))
