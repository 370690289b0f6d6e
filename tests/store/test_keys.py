"""API keys: shown once, hashed, of one workspace or several, revocable."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from connector.errors import UnknownName, UserError
from connector.store import models
from connector.store.state import migrate
from connector.store.store import Store, Workspace
from tests.store.conftest import NOW


def test_a_key_opens_its_workspace_until_it_is_revoked(store: Store, workspace: Workspace) -> None:
    key, text = store.add_api_key([workspace], "laptop", NOW)
    assert text.startswith("puente_")
    assert len(text) >= len("puente_") + 43  # 256 bits
    found = store.check_api_key(text, NOW)
    assert found is not None
    assert found.workspaces == ("Acme",)
    store.revoke_api_key(workspace, key.id, NOW)
    assert store.check_api_key(text, NOW) is None
    store.revoke_api_key(workspace, key.id, NOW + timedelta(days=1))
    assert [key.revoked_at for key in store.api_keys(workspace)] == [NOW]


def test_unknown_keys_open_nothing(store: Store, workspace: Workspace) -> None:
    _, text = store.add_api_key([workspace], "laptop", NOW)
    for wrong in ("", "puente_", text[:-1], text + "x", text.upper(), "' OR 1=1 --", "\x00", "ключ"):
        assert store.check_api_key(wrong, NOW) is None


def test_the_state_holds_no_key(store: Store, workspace: Workspace) -> None:
    _, text = store.add_api_key([workspace], "laptop", NOW)
    with store._state.reading() as state:
        (row,) = state.execute(sa.select(models.api_keys)).all()
    assert not any(text.removeprefix("puente_") in str(value) for value in row)


def test_keys_differ(store: Store, workspace: Workspace) -> None:
    texts = {store.add_api_key([workspace], "same label", NOW)[1] for _ in range(20)}
    assert len(texts) == 20


def test_use_is_noted_every_few_minutes(store: Store, workspace: Workspace) -> None:
    _, text = store.add_api_key([workspace], "laptop", NOW)
    noted = []
    for minutes in (0, 1, 4, 6, 7, 20):
        store.check_api_key(text, NOW + timedelta(minutes=minutes))
        (key,) = store.api_keys(workspace)
        assert key.last_used_at is not None
        noted.append((key.last_used_at - NOW) // timedelta(minutes=1))
    assert noted == [0, 0, 0, 6, 6, 20]


def test_a_key_of_another_workspace_cannot_be_revoked(store: Store, workspace: Workspace) -> None:
    other = store.create_workspace("Beta", NOW)
    key, text = store.add_api_key([workspace], "laptop", NOW)
    with pytest.raises(UnknownName, match="no key"):
        store.revoke_api_key(other, key.id, NOW)
    assert store.check_api_key(text, NOW) is not None
    assert store.api_keys(other) == []


def test_a_label_is_checked(store: Store, workspace: Workspace) -> None:
    with pytest.raises(UserError, match="name of a key is empty"):
        store.add_api_key([workspace], " ", NOW)


def test_a_key_may_open_several_workspaces(store: Store, workspace: Workspace) -> None:
    other = store.create_workspace("Beta", NOW)
    key, text = store.add_api_key([other, workspace, other], "agency", NOW)
    found = store.check_api_key(text, NOW)
    assert found is not None
    assert found.workspaces == key.workspaces == ("Acme", "Beta")
    assert [each.id for each in store.api_keys(workspace)] == [each.id for each in store.api_keys(other)] == [key.id]
    store.revoke_api_key(other, key.id, NOW)
    assert store.check_api_key(text, NOW) is None, "it is revoked for all of them"


def test_a_key_in_use_opens_one_more_workspace_and_one_less(store: Store, workspace: Workspace) -> None:
    other = store.create_workspace("Beta", NOW)
    key, text = store.add_api_key([workspace], "agency", NOW)

    def opened() -> tuple[str, ...]:
        found = store.check_api_key(text, NOW)
        return found.workspaces if found else ()

    for _ in range(2):
        store.open_with_api_key(key.id, other)
        assert opened() == ("Acme", "Beta")
    store.close_to_api_key(key.id, workspace)
    assert opened() == ("Beta",)
    with pytest.raises(UserError, match="opens no other workspace"):
        store.close_to_api_key(key.id, other)
    with pytest.raises(UnknownName, match="no key"):
        store.close_to_api_key(key.id, workspace)
    store.revoke_api_key(other, key.id, NOW)
    for wrong in (key.id, "nobody"):
        with pytest.raises(UnknownName, match="no key"):
            store.open_with_api_key(wrong, workspace)
    assert opened() == ()


def test_keys_of_a_removed_workspace_keep_what_else_they_open(store: Store, workspace: Workspace) -> None:
    other = store.create_workspace("Beta", NOW)
    _, both = store.add_api_key([workspace, other], "agency", NOW)
    _, one = store.add_api_key([workspace], "laptop", NOW)
    store.remove_workspace(workspace, NOW)
    found = store.check_api_key(both, NOW)
    assert found is not None
    assert found.workspaces == ("Beta",)
    assert store.check_api_key(one, NOW) is None
    assert len(store.api_keys(other)) == 1


def test_a_key_of_an_older_version_opens_its_workspace(tmp_path: Path, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        (tmp_path / "data").mkdir()
    engine = sa.create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    migrate(engine, "0005", None)
    digest = hashlib.sha256(b"puente_of_before").hexdigest()
    with engine.begin() as old:
        insert_old(old, "workspaces", id="abc", name="From before", created_at=NOW)
        for name, sha256, revoked in (("k1", digest, None), ("k2", "k2" * 32, NOW)):
            row = {"id": name, "workspace_id": "abc", "label": name, "sha256": sha256, "revoked_at": revoked}
            insert_old(old, "api_keys", **row, created_at=NOW)
    engine.dispose()
    with Store(tmp_path / "data", database_url) as store:
        found = store.check_api_key("puente_of_before", NOW)
        assert found is not None
        assert (found.id, found.workspaces) == ("k1", ("From before",))
        listed = store.api_keys(store.workspace("From before"))
        assert [(key.id, key.revoked_at) for key in listed] == [("k1", None), ("k2", NOW)]


def insert_old(connection: sa.Connection, table: str, **row: object) -> None:
    connection.execute(sa.Table(table, sa.MetaData(), autoload_with=connection).insert().values(**row))
