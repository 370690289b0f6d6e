"""Links: shown once, hashed, each of one workspace and one question, revocable."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from connector.errors import UnknownName
from connector.store import models
from connector.store.store import Store, Workspace
from tests.store.conftest import NOW

QUESTION = {"metrics": ["total_sales"], "filters": ["owner = 'Ana'"], "limit": None}


def test_a_link_leads_to_its_question_until_it_is_revoked(store: Store, workspace: Workspace) -> None:
    link, token = store.add_link(workspace, "board", QUESTION, NOW)
    assert token.startswith("puente_link_")
    assert len(token) >= len("puente_link_") + 43  # 256 bits
    found = store.check_link(token, NOW)
    assert found is not None
    assert (found.id, found.workspace, dict(found.question)) == (link.id, "Acme", QUESTION)
    store.revoke_link(workspace, link.id, NOW)
    assert store.check_link(token, NOW) is None
    store.revoke_link(workspace, link.id, NOW + timedelta(days=1))
    assert [each.revoked_at for each in store.links(workspace)] == [NOW]


def test_what_is_no_link_leads_nowhere(store: Store, workspace: Workspace) -> None:
    _, token = store.add_link(workspace, "board", QUESTION, NOW)
    _, key = store.add_api_key([workspace], "laptop", NOW)
    for wrong in ("", "puente_link_", token[:-1], token + "x", token.lower(), key, "' OR 1=1 --", "\x00", "\ud800"):
        assert store.check_link(wrong, NOW) is None
    assert store.check_api_key(token, NOW) is None, "a link is no key"


def test_the_state_holds_no_token(store: Store, workspace: Workspace) -> None:
    _, token = store.add_link(workspace, "board", QUESTION, NOW)
    with store._state.reading() as state:
        (row,) = state.execute(sa.select(models.links)).all()
    assert not any(token.removeprefix("puente_link_") in str(value) for value in row)


def test_use_is_noted_every_few_minutes(store: Store, workspace: Workspace) -> None:
    _, token = store.add_link(workspace, "board", QUESTION, NOW)
    noted = []
    for minutes in (0, 4, 6):
        store.check_link(token, NOW + timedelta(minutes=minutes))
        (link,) = store.links(workspace)
        assert link.last_used_at is not None
        noted.append((link.last_used_at - NOW) // timedelta(minutes=1))
    assert noted == [0, 0, 6]


def test_a_link_belongs_to_its_workspace(store: Store, workspace: Workspace) -> None:
    other = store.create_workspace("Beta", NOW)
    link, token = store.add_link(workspace, "board", QUESTION, NOW)
    assert store.links(other) == []
    with pytest.raises(UnknownName, match="no link"):
        store.revoke_link(other, link.id, NOW)
    assert store.check_link(token, NOW) is not None
    store.remove_workspace(workspace, NOW)
    assert store.check_link(token, NOW) is None
