"""Create, list, change, check and revoke API keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connector.store.keys import PREFIX as KEY_PREFIX
from connector.store.store import ApiKey, Store

__all__ = [
    "KEY_PREFIX", "KeyHolder", "NewKey", "check_key", "close_to_key", "create_key", "list_keys", "open_with_key",
    "revoke_key",
]  # fmt: skip

UNNAMED: Final = "API key"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. ``text`` is shown this once; only its hash is kept."""

    id: str
    label: str
    text: str
    workspaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """What a valid key opens: workspaces, by name, at least one."""

    key_id: str
    workspaces: tuple[str, ...]


def create_key(store: Store, workspaces: str | Sequence[str], label: str, now: datetime) -> NewKey:
    """Make a key that may ask for the figures of one workspace, or of each of several. Raises UnknownName, UserError.

    An agency signs in to Looker Studio once and chooses the client's workspace there.
    """
    names = [workspaces] if isinstance(workspaces, str) else workspaces
    key, text = store.add_api_key([store.workspace(name) for name in names], label or UNNAMED, now)
    return NewKey(key.id, key.label, text, key.workspaces)


def list_keys(store: Store, workspace: str) -> list[ApiKey]:
    """Return the keys that open a workspace, revoked ones too, oldest first. Raises UnknownName."""
    return store.api_keys(store.workspace(workspace))


def open_with_key(store: Store, key_id: str, workspace: str) -> None:
    """Let a key that is in use open one more workspace: a new client needs no new sign-in. Raises UnknownName."""
    store.open_with_api_key(key_id, store.workspace(workspace))


def close_to_key(store: Store, key_id: str, workspace: str) -> None:
    """Let a key no longer open one of its workspaces. Raises UnknownName, and UserError for its last one."""
    store.close_to_api_key(key_id, store.workspace(workspace))


def revoke_key(store: Store, workspace: str, key_id: str, now: datetime) -> None:
    """Make a key useless for good; the requests it is used for next are refused. Raises UnknownName.

    A workspace that is named has to be one that the key opens; empty: whichever it opens.
    """
    store.revoke_api_key(store.workspace(workspace) if workspace else None, key_id, now)


def check_key(store: Store, text: str, now: datetime) -> KeyHolder | None:
    """Return what a key opens; None when it is unknown or revoked. Notes the time of use."""
    key = store.check_api_key(text, now)
    return None if key is None else KeyHolder(key.id, key.workspaces)
