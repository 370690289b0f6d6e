"""Create, list, check and revoke the API keys of a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connector.store.store import ApiKey, Store

UNNAMED: Final = "API key"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. ``text`` is shown this once; only its hash is kept."""

    id: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """What a valid key opens: one workspace, by name."""

    key_id: str
    workspace: str


def create_key(store: Store, workspace: str, label: str, now: datetime) -> NewKey:
    """Make a key that may ask for the figures of one workspace. Raises UnknownName, UserError."""
    key, text = store.add_api_key(store.workspace(workspace), label or UNNAMED, now)
    return NewKey(key.id, key.label, text)


def list_keys(store: Store, workspace: str) -> list[ApiKey]:
    """Return the keys of a workspace, revoked ones too, oldest first. Raises UnknownName."""
    return store.api_keys(store.workspace(workspace))


def revoke_key(store: Store, workspace: str, key_id: str, now: datetime) -> None:
    """Make a key useless for good; the requests it is used for next are refused. Raises UnknownName."""
    store.revoke_api_key(store.workspace(workspace), key_id, now)


def check_key(store: Store, text: str, now: datetime) -> KeyHolder | None:
    """Return what a key opens; None when it is unknown or revoked. Notes the time of use."""
    key = store.check_api_key(text, now)
    return None if key is None else KeyHolder(key.id, store.workspace_of(key.workspace_id).name)
