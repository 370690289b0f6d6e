"""Sealed secrets: they open in their row only, with their key only, and show nothing."""

from __future__ import annotations

import base64
import multiprocessing
import stat
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import SettingsError, UserError
from connector.store.vault import SETTING, Vault, load_vault

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
SECRET = {"token": "pat-eu1-áé-7f3a"}


def text_of(key: bytes) -> str:
    return base64.b64encode(key).decode()


@given(data=st.dictionaries(st.text(), st.text(), max_size=4), row=st.text(max_size=20))
def test_what_was_sealed_opens_in_its_row(data: dict[str, str], row: str) -> None:
    vault = Vault({"a": OLD}, "a")
    assert vault.open(row, vault.seal(row, data)) == data


def test_two_seals_of_one_secret_differ_and_show_nothing() -> None:
    vault = Vault({"a": OLD}, "a")
    first, second = vault.seal("1", SECRET), vault.seal("1", SECRET)
    assert first != second
    assert "pat" not in first
    assert "pat" not in base64.urlsafe_b64decode(first.split(":")[2]).decode("latin-1")


def test_a_secret_moved_to_another_row_is_refused() -> None:
    vault = Vault({"a": OLD}, "a")
    with pytest.raises(UserError, match=r"belongs to another connection.*Connect again"):
        vault.open("2", vault.seal("1", SECRET))


def test_no_changed_character_opens() -> None:
    vault = Vault({"a": OLD}, "a")
    sealed = vault.seal("1", SECRET)
    for place in range(len(sealed)):
        if sealed[place] == "=":
            continue
        other = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        try:
            assert vault.open("1", other) == SECRET, "a changed text opened to something else"
        except UserError:
            continue
        # Unused bits of the last base64 character are the only ones that mean nothing.
        assert base64.urlsafe_b64decode(other.split(":")[2]) == base64.urlsafe_b64decode(sealed.split(":")[2])


@pytest.mark.parametrize("text", ["", "v1", "v1:a", "v1:a:", "v1:a:###", "v2:a:AAAA", "v1:a:AAAA", "v1:á:AAAA"])
def test_what_is_no_sealed_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(UserError, match="cannot be opened"):
        Vault({"a": OLD}, "a").open("1", text)


def test_an_old_key_still_opens_and_a_missing_one_is_named() -> None:
    sealed = Vault({"old": OLD}, "old").seal("1", SECRET)
    both = Vault({"new": NEW, "old": OLD}, "new")
    assert both.open("1", sealed) == SECRET
    assert not both.is_current(sealed)
    assert both.is_current(both.seal("1", SECRET))
    with pytest.raises(UserError, match=f"key 'old', which is not here.*{SETTING}"):
        Vault({"new": NEW}, "new").open("1", sealed)


def test_the_id_of_another_key_does_not_open() -> None:
    sealed = Vault({"a": OLD}, "a").seal("1", SECRET)
    with pytest.raises(UserError, match="cannot be opened"):
        Vault({"a": OLD, "b": OLD}, "a").open("1", sealed.replace("v1:a:", "v1:b:"))


def test_a_vault_prints_without_its_keys() -> None:
    assert repr(Vault({"a": OLD}, "a")) == "Vault(a)"


def test_the_first_key_of_the_setting_seals(tmp_path: Path) -> None:
    vault = load_vault(f" new:{text_of(NEW)}, old:{text_of(OLD)} ", tmp_path / "vault.key")
    assert vault.current == "new"
    assert vault.open("1", Vault({"old": OLD}, "old").seal("1", SECRET)) == SECRET
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "secret-without-id",
        f"a:{text_of(OLD)},",
        f"a:{text_of(OLD[:16])}",
        f"a:{text_of(OLD)},a:{text_of(NEW)}",
        f"á:{text_of(OLD)}",
        "a:se!cret",
    ],
)
def test_a_wrong_setting_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"Vault key \d cannot be used.*openssl") as caught:
        load_vault(text, tmp_path / "vault.key")
    assert text_of(OLD) not in str(caught.value)
    assert "secret-without-id" not in str(caught.value)


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "vault.key"
    sealed = load_vault("", path).seal("1", SECRET)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_vault("", path).open("1", sealed) == SECRET
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["vault.key", "vault.key.lock"]


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    load_vault("", path)
    path.chmod(0o644)
    with pytest.raises(SettingsError, match=r"other users.*chmod 600"):
        load_vault("", path)


def test_a_damaged_key_file_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    path.write_bytes(b"k1:\xff\xfe")
    path.chmod(0o600)
    with pytest.raises(SettingsError, match=r"vault\.key"):
        load_vault("", path)
    assert path.read_bytes() == b"k1:\xff\xfe"


ROUNDS = 12


def _seal_in_process(folder: str, results: multiprocessing.Queue[list[str]], start: Barrier) -> None:
    sealed = []
    for number in range(ROUNDS):
        start.wait(60)
        sealed.append(load_vault("", Path(folder) / f"{number}.key").seal("1", SECRET))
    results.put(sealed)


def test_processes_that_start_together_make_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[list[str]] = context.Queue()
    start = context.Barrier(3)
    workers = [context.Process(target=_seal_in_process, args=(str(tmp_path), results, start)) for _ in range(3)]
    for worker in workers:
        worker.start()
    sealed = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    results.close()
    results.join_thread()
    for number, texts in enumerate(zip(*sealed, strict=True)):
        vault = load_vault("", tmp_path / f"{number}.key")
        assert [vault.open("1", text) for text in texts] == [SECRET] * 3
