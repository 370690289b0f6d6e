"""``keys`` and ``links`` as an agency uses them, and what they open over HTTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from connector.app import create_wsgi, open_store
from connector.model.workspace import Profile
from connector.settings import Settings, load_settings
from connector.store.store import Publication
from tests.cli.test_commands import Shell, shell
from tests.store.staged import stage

__all__ = ["shell"]
NOW = datetime(2024, 5, 15, 12, tzinfo=UTC)
DEALS = {
    "id": "'d' || i", "owner_id": "'o'", "closing_owner_id": "'o'", "status": "'won'", "amount": "1000",
    "currency": "'USD'", "created_at": "TIMESTAMPTZ '2024-01-10 12:00:00+00'",
    "closed_at": "TIMESTAMPTZ '2024-03-10 12:00:00+00'", "is_deleted": "false",
}  # fmt: skip


def publish(folder: Path, name: str, deals: int) -> None:
    """Publish won deals of 1000 each, owned by somebody whose name would be a formula."""
    with open_store(Settings(data_dir=folder / "data", threads=1)) as store:
        known = name in [workspace.name for workspace in store.workspaces()]
        workspace = store.workspace(name) if known else store.create_workspace(name, NOW)
        connection = store.connection(workspace, "exports", "file", NOW)
        with store.writing(workspace, "import", NOW) as writing:
            stage(writing.staging, "deal", DEALS, deals)
            stage(writing.staging, "owner", {"id": "'o'", "name": f"'={name}'", "is_deleted": "false"})
            writing.publish(connection, Publication(writing.staging, (), "", Profile()), NOW)


@pytest.fixture
def agency(shell: Shell) -> Shell:
    """A shell with two clients."""
    for name in ("acme", "globex"):
        publish(shell.folder, name, 2)
    return shell


def served(folder: Path) -> FlaskClient:
    return create_wsgi(load_settings({"PUENTE_DATA_DIR": str(folder / "data")}, folder / "no.env")).test_client()


def test_one_key_for_two_clients_and_a_third(agency: Shell) -> None:
    code, key, told = agency("keys", "create", "-w", "globex", "-w", "acme", "--label", "Looker Studio")
    assert (code, key.startswith("puente_")) == (0, True)
    assert "opens acme, globex." in told
    assert key.strip() not in told
    listed = agency("keys", "list", "-w", "acme")[1]
    assert "acme, globex" in listed
    assert key.strip() not in listed
    agency("workspace", "create", "initech")
    key_id = re.search(r"Key (\w+) opens", told)[1]  # type: ignore[index]
    assert agency("keys", "open", key_id, "-w", "initech")[0] == 0
    assert agency("keys", "close", key_id, "-w", "globex")[0] == 0
    client, headers = served(agency.folder), {"Authorization": f"Bearer {key.strip()}"}
    assert client.get("/v1/looker/auth", headers=headers).get_json()["workspaces"] == ["acme", "initech"]
    assert agency("keys", "revoke", key_id, "-w", "initech")[0] == 0
    assert client.get("/v1/looker/auth", headers=headers).status_code == 401


def test_a_key_is_revoked_by_its_id_alone(agency: Shell) -> None:
    told = agency("keys", "create", "-w", "globex")[2]
    key_id = re.search(r"Key (\w+) opens", told)[1]  # type: ignore[index]
    assert agency("keys", "revoke", key_id, "-w", "acme")[0] == 2
    code, out, err = agency("keys", "revoke", key_id)
    assert (code, err) == (0, "")
    assert f"Revoked {key_id}." in out
    assert agency("keys", "revoke", "nothing")[0] == 2


def test_a_link_for_importdata(agency: Shell) -> None:
    code, address, told = agency(
        "links", "create", "-w", "acme", "-m", "total_sales,n=COUNT(deal.id)", "-d", "owner",
        "--filter", "owner != 'Bo'", "--sort", "owner", "--header", "labels", "--language", "pt", "--label", "Board",
        "--service", "https://puente.example.com/",
    )  # fmt: skip
    assert code == 0
    assert "Linhas com que responde agora: 1." in told
    found = re.fullmatch(r"https://puente\.example\.com(/v1/links/(puente_link_[\w-]{43})\.csv)\n", address)
    assert found
    client = served(agency.folder)
    answer = client.get(found[1])
    assert answer.get_data(as_text=True) == "Responsável,Vendas totais,n\r\n'=acme,2000.0000,2\r\n"
    listed = agency("links", "list", "-w", "acme")[1]
    assert "Board" in listed
    assert "total_sales" in listed
    assert found[2] not in listed + told
    assert agency("links", "list", "-w", "globex")[1].count("\n") == 2
    link_id = re.search(r"Link (\w+) ", told)[1]  # type: ignore[index]
    code, _, refused = agency("links", "revoke", link_id, "-w", "globex")
    assert (code, "no link" in refused) == (2, True)
    assert agency("links", "revoke", link_id, "-w", "acme")[0] == 0
    assert client.get(found[1]).status_code == 404


def test_a_link_answers_anew_each_time(agency: Shell) -> None:
    address = agency("links", "create", "-w", "acme", "-m", "total_sales")[1]
    found = re.fullmatch(r"http://127\.0\.0\.1:8080(/v1/links/.+)\n", address)
    assert found
    client = served(agency.folder)
    first = client.get(found[1])
    assert first.get_data(as_text=True) == "total_sales\r\n2000.0000\r\n"
    assert client.get(found[1], headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    publish(agency.folder, "acme", 3)
    fresh = client.get(found[1], headers={"If-None-Match": first.headers["ETag"]})
    assert (fresh.status_code, fresh.get_data(as_text=True)) == (200, "total_sales\r\n3000.0000\r\n")


MISTAKES: list[tuple[tuple[str, ...], str]] = [
    (("keys", "create", "-w", "acme", "-w", "nobody"), "no workspace 'nobody'"),
    (("keys", "create"), "--workspace"),
    (("keys", "create", "-w", "acme", "--label", "x" * 101), "100 are allowed"),
    (("keys", "open", "nothing", "-w", "acme"), "no key 'nothing' in use"),
    (("keys", "close", "nothing", "-w", "acme"), "no key 'nothing' in this workspace"),
    (("links", "create", "-w", "acme", "-m", "nonsense"), "no metric 'nonsense'"),
    (("links", "create", "-w", "acme", "-m", "total_sales", "--filter", "owner ="), "ends where a value"),
    (("links", "create", "-w", "acme", "-m", "total_sales", "--service", "puente"), "is no address"),
    (("links", "create", "-w", "nobody", "-m", "total_sales"), "no workspace 'nobody'"),
    (("links", "revoke", "nothing", "-w", "acme"), "no link 'nothing'"),
]


def test_a_mistake_is_one_sentence_and_makes_nothing(shell: Shell) -> None:
    assert shell("workspace", "create", "acme")[0] == 0
    for arguments, says in MISTAKES:
        code, out, told = shell(*arguments)
        assert (code, out) == (2, ""), arguments
        assert says in told
    assert shell("links", "list", "-w", "acme")[1].count("\n") == 2
    assert shell("keys", "list", "-w", "acme")[1].count("\n") == 2
