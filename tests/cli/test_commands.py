"""The command line as a person uses it: what it prints, where errors go, which code it ends with."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from connector.app import Commands
from connector.cli.main import COMMANDS, run
from connector.cli.session import split_list

DEALS = (
    "id,owner,amount,stage,created,closed\n"
    "1,Ana,2000,Won,2024-01-01,2024-02-01\n"
    "2,Bo,3000,Won,2024-01-01,2024-02-02\n"
    '3,Bo,500,"Demo, second",2024-01-05,\n'
)


class Shell:
    """Runs commands in one process, each with a session of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.setenv("PUENTE_DATA_DIR", str(folder / "data"))
        monkeypatch.setenv("PUENTE_LOG_LEVEL", "error")
        monkeypatch.setenv("COLUMNS", "160")
        monkeypatch.chdir(folder)

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["connector", *arguments])
        code = run(Commands())
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    (tmp_path / "deals.csv").write_text(DEALS, encoding="utf-8")
    return Shell(tmp_path, monkeypatch, capsys)


def test_an_analyst_with_one_file_gets_numbers_and_a_report_without_a_mapping(shell: Shell) -> None:
    code, out, _ = shell("import", "deals.csv", "-w", "acme", "--yes")
    assert code == 0
    assert "deal.amount" in out
    code, out, _ = shell("query", "-w", "acme", "-m", "total_sales,deals_won", "-d", "owner", "--format", "json")
    assert code == 0
    assert json.loads(out)["rows"] == [["Bo", 3000, 1], ["Ana", 2000, 1]]
    code, out, _ = shell("query", "-w", "acme", "-m", "total_sales", "-d", "owner")
    assert "$5,000.00" in out
    assert "Data through" in out
    assert shell("report", "total_sales", "-w", "acme", "--range", "all_time", "--out", "sales.xlsx")[0] == 0
    assert (shell.folder / "sales.xlsx").stat().st_size > 5000
    code, out, _ = shell("workspace", "show", "acme")
    assert code == 0
    assert "deals.csv" in out


def test_rejected_rows_end_with_code_3_and_name_the_reject_file(shell: Shell) -> None:
    (shell.folder / "deals.csv").write_text(DEALS + "4,Cy,ten,Won,2024-01-01,2024-02-02\n", encoding="utf-8")
    record = "{entity: deal, columns: {id: id, amount: amount, stage_id: stage}}"
    mapping = f"version: 1\nfiles:\n  - file: deals.csv\n    records: [{record}]\n"
    (shell.folder / "m.yaml").write_text(mapping, encoding="utf-8")
    code, out, err = shell("import", "deals.csv", "-w", "acme", "--mapping", "m.yaml")
    assert code == 3
    assert "line 5" in out
    assert "rejects" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("import", "none.csv", "-w", "acme"), "There is no such file"),
        (("query", "-w", "acme", "-m", "total_sales"), "no workspace 'acme'"),
        (("templates", "lint", "none"), "no template here"),
        (("keys", "list", "-w", "acme"), "no workspace"),
        (("workspace", "create", "  "), "name"),
        (("report", "nothing", "-w", "acme", "--out", "a.xlsx"), "no template 'nothing'"),
        (("report", "total_sales", "-w", "acme", "--out", "a.doc"), "ending"),
        (("query", "-w", "acme", "-m", "x", "--param", "odd"), "no parameter"),
    ],
)
def test_a_mistake_is_one_sentence_on_standard_error_and_code_2(
    shell: Shell, arguments: tuple[str, ...], says: str
) -> None:
    code, out, err = shell(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_every_command_has_help_with_a_sentence(shell: Shell) -> None:
    for name in COMMANDS:
        code, out, _ = shell(name, "--help")
        assert code == 0
        assert "Usage:" in out


def test_a_key_is_shown_once_and_listed_without_its_text(shell: Shell) -> None:
    shell("workspace", "create", "acme")
    _, out, _ = shell("keys", "create", "-w", "acme", "--label", "notebook")
    key = out.strip()
    assert key.startswith("puente_")
    _, listed, _ = shell("keys", "list", "-w", "acme")
    assert "notebook" in listed
    assert key not in listed


def test_formulas_stay_whole_where_lists_are_split() -> None:
    texts = ("a,x=GREATEST(SUM(deal.amount), 0)", "y=COUNT(deal.id WHERE deal.source IN ('a,b', 'c'))")
    assert split_list(texts) == ("a", "x=GREATEST(SUM(deal.amount), 0)", texts[1])
