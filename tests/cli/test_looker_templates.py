"""``templates ... --to looker`` as a person uses it: from the sheet to the links of many clients."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.test_commands import Shell

REPORT = "0f3a1b2c-1111-2222-3333-444455556666"
ADDRESS = f"https://datastudio.google.com/u/0/reporting/{REPORT}/page/p_x"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setenv("PUENTE_LOOKER_CONNECTOR", "AKfycbw_x")
    made = Shell(tmp_path, monkeypatch, capsys)
    for name in ("acme", "Globex"):
        assert made("workspace", "create", name)[0] == 0
    return made


def test_from_the_sheet_to_the_links(shell: Shell) -> None:
    code, _, err = shell("workspace", "brand", "-w", "acme", "--primary", "#7A1F4E")
    assert code == 0, err
    shown = ("templates", "show", "executive_summary", "--to", "looker")
    code, out, _ = shell(*shown, "--language", "pt")
    assert code == 0
    assert out.startswith("# Resumo executivo\n")
    assert shell(*shown, "-w", "acme", "--out", "build.html")[0] == 0
    assert "#7A1F4E" in (shell.folder / "build.html").read_text(encoding="utf-8")
    code, out, _ = shell("templates", "publish", "executive_summary", "--to", "looker", "--report-id", ADDRESS)
    assert code == 0
    assert f"Registered {REPORT} as the master report of executive_summary" in out
    code, out, _ = shell("templates", "list", "pipeline", "--to", "looker")
    assert code == 0
    assert "pipeline_review" in out
    assert "sales_overview" not in out
    copied = ("templates", "copy", "executive_summary", "--to", "looker")
    code, out, _ = shell(*copied, "-w", "acme", "--explain", "--sources")
    assert code == 0
    title, link, *sources = out.splitlines()
    assert title == "Executive summary · acme"
    assert link.startswith(f"https://datastudio.google.com/reporting/create?c.reportId={REPORT}&c.mode=edit&")
    assert "&c.explain=true&" in link
    assert [line.partition(":")[0] for line in sources] == ["sales", "pipeline"]
    code, out, err = shell(*copied, "--all", "--currency", "EUR", "--hide-personal", "--out", "links.csv")
    assert code == 0, err
    with (shell.folder / "links.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["workspace"] for row in rows] == ["Globex", "acme"]
    assert all("currency=EUR" in row["link"] and "personal=hide" in row["link"] for row in rows)


REFUSED = [
    (("copy", "executive_summary", "--to", "looker"), "Name one of --workspace and --all."),
    (("copy", "executive_summary", "--to", "looker", "-w", "acme"), "No master report of executive_summary"),
    (("copy", "executive_summary", "-w", "acme"), "--to"),
    (("copy", "nonsense", "--to", "looker", "-w", "acme"), "no report 'nonsense' for Looker Studio"),
    (("publish", "executive_summary", "--to", "looker"), "Name one of --report-id and --forget."),
    (("publish", "executive_summary", "--to", "looker", "--report-id", "x"), "no report of Looker Studio"),
    (("show", "executive_summary", "--to", "looker", "--out", "x.pdf"), "no kind of build sheet"),
    (("show", "executive_summary", "--to", "looker", "-w", "nobody"), "no workspace 'nobody'"),
    (("show", "total_sales", "--out", "x.html"), "go with --to looker"),
    (("show", "total_sales", "--to", "looker"), "no report 'total_sales' for Looker Studio"),
]


def test_what_cannot_be_done_is_said(shell: Shell) -> None:
    for arguments, words in REFUSED:
        code, _, err = shell("templates", *arguments)
        assert code == 2, arguments
        assert words in err


def test_a_master_is_forgotten_and_errors_are_translated(shell: Shell) -> None:
    published = ("templates", "publish", "sales_overview", "--to", "looker")
    assert shell(*published, "--report-id", ADDRESS)[0] == 0
    assert "is forgotten" in shell(*published, "--forget")[1]
    assert "There was no master report." in shell(*published, "--forget")[1]
    code, _, err = shell("--language", "es", "templates", "copy", "sales_overview", "--to", "looker", "-w", "acme")
    assert code == 2
    assert "No hay ningún informe maestro de sales_overview" in err
    assert "Constrúyalo una vez" in err
