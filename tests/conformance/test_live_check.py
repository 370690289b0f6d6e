"""``make live-check`` against the sandbox, so that its first use on a live account is not its first at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.actions.connect import ConnectRequest
from connector.actions.google_access import connect_google
from connector.sandbox.google.identity import OWNER
from connector.sandbox.google.start import start_google
from connector.store.store import Store
from tests.google.judge import Judge
from tests.live_check.__main__ import NOTHING, main
from tests.live_check.checks import CHECKS

pytestmark = pytest.mark.conformance


def test_every_check_runs_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PUENTE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PUENTE_ALLOWED_HOSTS", "127.0.0.1")
    with start_google() as google:
        google.tokens.delegated = {OWNER.email}
        google.witness = judge = Judge()
        options = {"base_url": google.url, "subject": OWNER.email, "rate": "1000"}
        with Store(tmp_path) as store:
            request = ConnectRequest("acme", "google", json.dumps(google.key_file()), options=options)
            connect_google(store, request, frozenset({"127.0.0.1"}), datetime.now(UTC))
        assert main(["-w", "acme"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [name for name, _ in CHECKS if not any(line.startswith(f"{name}: ") for line in lines)] == []
        assert not [line for line in lines if "could not be tried" in line]
        assert lines[-2].count("refused: ") == 7
        assert lines[-2].endswith("cells written: ['kept'], and ought to be ['kept']")
        assert len(next(iter(google.books)).sheets) == 1
        judge.check()
    (record,) = (tmp_path / "live-check").iterdir()
    taken = json.loads(record.read_text(encoding="utf-8"))["interactions"]
    assert len(taken) > 30
    assert "ya29." not in record.read_text(encoding="utf-8")


def test_without_an_account_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PUENTE_DATA_DIR", str(tmp_path))
    assert main([]) == 0
    assert main(["-w", "acme"]) == 0
    assert capsys.readouterr().out.count(NOTHING) == 2
