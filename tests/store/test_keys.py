"""API keys: shown once, hashed, of one workspace, revocable."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from connector.errors import UnknownName, UserError
from connector.store import models
from connector.store.store import Store, Workspace
from tests.store.conftest import NOW


def test_a_key_opens_its_workspace_until_it_is_revoked(store: Store, workspace: Workspace) -> None:
    key, text = store.add_api_key(workspace, "laptop", NOW)
    assert text.startswith("puente_")
    assert len(text) >= len("puente_") + 43  # 256 bits
    found = store.check_api_key(text, NOW)
    assert found is not None
    assert store.workspace_of(found.workspace_id) == workspace
    store.revoke_api_key(workspace, key.id, NOW)
    assert store.check_api_key(text, NOW) is None
    store.revoke_api_key(workspace, key.id, NOW + timedelta(days=1))
    assert [key.revoked_at for key in store.api_keys(workspace)] == [NOW]


def test_unknown_keys_open_nothing(store: Store, workspace: Workspace) -> None:
    _, text = store.add_api_key(workspace, "laptop", NOW)
    for wrong in ("", "puente_", text[:-1], text + "x", text.upper(), "' OR 1=1 --", "\x00", "ключ"):
        assert store.check_api_key(wrong, NOW) is None


def test_the_state_holds_no_key(store: Store, workspace: Workspace) -> None:
    _, text = store.add_api_key(workspace, "laptop", NOW)
    with store._state.reading() as state:
        (row,) = state.execute(sa.select(models.api_keys)).all()
    assert not any(text.removeprefix("puente_") in str(value) for value in row)


def test_keys_differ(store: Store, workspace: Workspace) -> None:
    texts = {store.add_api_key(workspace, "same label", NOW)[1] for _ in range(20)}
    assert len(texts) == 20


def test_use_is_noted_every_few_minutes(store: Store, workspace: Workspace) -> None:
    _, text = store.add_api_key(workspace, "laptop", NOW)
    noted = []
    for minutes in (0, 1, 4, 6, 7, 20):
        store.check_api_key(text, NOW + timedelta(minutes=minutes))
        (key,) = store.api_keys(workspace)
        assert key.last_used_at is not None
        noted.append((key.last_used_at - NOW) // timedelta(minutes=1))
    assert noted == [0, 0, 0, 6, 6, 20]


def test_a_key_of_another_workspace_cannot_be_revoked(store: Store, workspace: Workspace) -> None:
    other = store.create_workspace("Beta", NOW)
    key, text = store.add_api_key(workspace, "laptop", NOW)
    with pytest.raises(UnknownName, match="no key"):
        store.revoke_api_key(other, key.id, NOW)
    assert store.check_api_key(text, NOW) is not None
    assert store.api_keys(other) == []


def test_a_label_is_checked(store: Store, workspace: Workspace) -> None:
    with pytest.raises(UserError, match="name of a key is empty"):
        store.add_api_key(workspace, " ", NOW)
