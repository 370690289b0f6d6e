"""The part of the store that says who may ask: API keys and links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from connector.store import keys, links
from connector.store.keys import ApiKey, needs_note
from connector.store.links import Link
from connector.store.records import Workspace
from connector.store.state import State


class Entrance:
    """Keys and links. Every method may raise what :class:`connector.store.store.Store` says of its own."""

    _state: State

    def add_api_key(self, workspaces: Sequence[Workspace], label: str, now: datetime) -> tuple[ApiKey, str]:
        """Create a key for workspaces. Returns its record and its text, which cannot be had again."""
        with self._state.writing() as state:
            return keys.add_key(state, workspaces, label, now)

    def check_api_key(self, text: str, now: datetime) -> ApiKey | None:
        """Return the key of a text and note its use; None when it is unknown or revoked."""
        with self._state.reading() as state:
            key = keys.find_key(state, text)
        if key is not None and needs_note(key.last_used_at, now):
            with self._state.writing() as state:
                keys.note_use(state, key, now)
        return key

    def api_keys(self, workspace: Workspace) -> list[ApiKey]:
        """Return the keys that open a workspace, revoked ones too, oldest first."""
        with self._state.reading() as state:
            return keys.all_keys(state, workspace.id)

    def open_with_api_key(self, key_id: str, workspace: Workspace) -> None:
        """Let a key open one more workspace. Raises UnknownName for a key that is unknown or revoked."""
        with self._state.writing() as state:
            keys.open_workspace(state, key_id, workspace.id)

    def close_to_api_key(self, key_id: str, workspace: Workspace) -> None:
        """Let a key no longer open a workspace. Raises UnknownName, and UserError for the only one it opens."""
        with self._state.writing() as state:
            keys.close_workspace(state, key_id, workspace.id)

    def revoke_api_key(self, workspace: Workspace | None, key_id: str, now: datetime) -> None:
        """Make a key of a workspace useless, for the others that it opens as well. Raises UnknownName."""
        with self._state.writing() as state:
            keys.revoke_key(state, workspace.id if workspace else "", key_id, now)

    def add_link(
        self, workspace: Workspace, label: str, question: Mapping[str, object], now: datetime
    ) -> tuple[Link, str]:
        """Create a link to one question. Returns its record and its token, which cannot be had again."""
        with self._state.writing() as state:
            return links.add_link(state, workspace, label, question, now)

    def check_link(self, token: str, now: datetime) -> Link | None:
        """Return the link of a token and note its use; None when it is unknown or revoked."""
        with self._state.reading() as state:
            link = links.find_link(state, token)
        if link is not None and needs_note(link.last_used_at, now):
            with self._state.writing() as state:
                links.note_use(state, link, now)
        return link

    def links(self, workspace: Workspace) -> list[Link]:
        """Return the links of a workspace, revoked ones too, oldest first."""
        with self._state.reading() as state:
            return links.all_links(state, workspace.id)

    def revoke_link(self, workspace: Workspace, link_id: str, now: datetime) -> None:
        """Make a link useless for good. Raises UnknownName."""
        with self._state.writing() as state:
            links.revoke_link(state, workspace.id, link_id, now)
