"""`mapping show`, `use` and `check` on the rows of a connected account, and of a workspace that has none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actions.test_sync import Office, ours, truth
from tests.cli.test_commands import Shell

ACCOUNT = ("-w", "acme", "--connection", "hubspot")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "data")
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


def test_a_mapping_of_an_account_is_shown_changed_checked_and_used(office: Office, shell: Shell) -> None:
    office.connect()
    office.sync()
    before = office.store.manifest(office.store.workspace("acme"))
    code, text, _ = shell("mapping", "show", *ACCOUNT)
    assert code == 0
    mine = shell.folder / "mine.yaml"
    assert "\nworkspace:\n" in text
    mine.write_text(text.replace("\nworkspace:\n", "\nworkspace:\n  week_start: sunday\n", 1), encoding="utf-8")
    assert shell("mapping", "check", "mine.yaml", *ACCOUNT)[0] == 0
    code, out, err = shell("mapping", "use", "mine.yaml", *ACCOUNT)
    assert (code, err) == (0, "")
    assert "now in acme" in out
    after = office.store.manifest(office.store.workspace("acme"))
    (profile,) = after.profiles.values()
    assert profile.week_start == "sunday"
    assert profile.data_through == before.profile().data_through
    assert (after.generation, after.raw) == (before.generation + 1, before.raw)
    assert ours(office) == truth(office)
    assert office.rows("SELECT DISTINCT source_system FROM deal", "deal") == [("hubspot",)]
    assert shell("mapping", "show", *ACCOUNT)[1] == mine.read_text(encoding="utf-8")
    code, out, _ = shell("mapping", "use", "mine.yaml", *ACCOUNT)
    assert (code, out) == (0, "Nothing new: acme is read by this mapping already.\n")


def test_a_mapping_that_does_not_fit_an_account_changes_nothing(office: Office, shell: Shell) -> None:
    office.connect()
    office.sync()
    before = office.store.manifest(office.store.workspace("acme"))
    text = shell("mapping", "show", *ACCOUNT)[1]
    (shell.folder / "odd.yaml").write_text(text.replace("properties.amount", "properties.amuont"), encoding="utf-8")
    for name in ("check", "use"):
        code, _, err = shell("mapping", name, "odd.yaml", *ACCOUNT)
        assert code == 2
        assert "amuont" in err
    assert office.store.manifest(office.store.workspace("acme")) == before
    assert shell("mapping", "show", *ACCOUNT)[1] == text


def test_a_connection_without_rows_or_without_a_name_is_told_apart(office: Office, shell: Shell) -> None:
    office.connect()
    (shell.folder / "mine.yaml").write_text("version: 1\nfiles: {}\n", encoding="utf-8")
    for arguments in (("show",), ("use", "mine.yaml")):
        code, _, err = shell("mapping", *arguments, "-w", "acme")
        assert code == 2
        assert "no connection 'files'" in err
        assert "--connection: 'hubspot'" in err
        code, _, err = shell("mapping", *arguments, *ACCOUNT)
        assert code == 2
        assert "run a sync first" in err
