"""``workspace brand`` and ``variants`` as a person uses them, down to the files that come out."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from tests.cli.test_commands import DEALS, Shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    (tmp_path / "deals.csv").write_text(DEALS, encoding="utf-8")
    Image.new("RGB", (300, 80), "#7A1F4E").save(tmp_path / "logo.png")
    made = Shell(tmp_path, monkeypatch, capsys)
    assert made("import", "deals.csv", "-w", "acme", "--yes")[0] == 0
    return made


def report(shell: Shell, *options: str) -> dict[str, object]:
    code, _, err = shell("report", "total_sales", "-w", "acme", "--out", "r.json", *options)
    assert code == 0, err
    held: dict[str, object] = json.loads((shell.folder / "r.json").read_text(encoding="utf-8"))
    return held


def test_a_brand_stands_on_the_page_and_in_the_pdf(shell: Shell) -> None:
    code, out, _ = shell(
        "workspace", "brand", "-w", "acme", "--name", "Рога и копыта", "--logo", "logo.png", "--primary", "#7A1F4E"
    )
    assert code == 0
    assert "Рога и копыта" in out
    assert shell("report", "total_sales", "-w", "acme", "--range", "all_time", "--out", "r.html")[0] == 0
    page = (shell.folder / "r.html").read_text(encoding="utf-8")
    assert "#7A1F4E" in page
    assert "Рога и копыта" in page
    assert shell("report", "total_sales", "-w", "acme", "--range", "all_time", "--out", "r.pdf")[0] == 0
    pdf = PdfReader(io.BytesIO((shell.folder / "r.pdf").read_bytes()))
    assert "Рога и копыта" in pdf.pages[0].extract_text()
    assert len(pdf.pages[0].images) == 1
    assert "5,000.00" in pdf.pages[0].extract_text()
    code, out, _ = shell("workspace", "brand", "-w", "acme", "--reset")
    assert code == 0
    assert "Puente" in out
    assert "Рога" not in out


def test_a_brand_that_cannot_be_is_refused_with_what_could(shell: Shell) -> None:
    code, _, err = shell("workspace", "brand", "-w", "acme", "--primary", "#FFEE00")
    assert code == 2
    assert "4.5 is needed" in err
    assert "--primary '#" in err
    (shell.folder / "logo.svg").write_text("<svg/>")
    code, _, err = shell("workspace", "brand", "-w", "acme", "--logo", "logo.svg")
    assert code == 2
    assert "scripts" in err
    for wrong in ([], ["-w", "acme", "--default"], ["-w", "acme"], ["-w", "acme", "--show", "--name", "x"]):
        assert shell("workspace", "brand", *wrong)[0] == 2
    code, out, _ = shell("workspace", "brand", "-w", "acme", "--show")
    assert (code, out.count("Puente")) == (0, 6)


def test_a_variant_is_saved_used_changed_reset_deleted_and_restored(shell: Shell) -> None:
    variants = ("total_sales", "By month", "-w", "acme")
    options = ("--range", "2024-02-01..2024-02-29", "--language", "pt", "--chart", "by_month=line")
    assert shell("variants", "save", *variants, *options, "--filter", "owner = 'Bo'")[0] == 0
    held = report(shell, "--variant", "by MONTH")
    assert (held["language"], held["title"]) == ("pt", "Vendas totais")
    assert (held["first_day"], held["last_day"]) == ("2024-02-01", "2024-02-29")
    assert report(shell, "--variant", "By month", "--language", "ru")["language"] == "ru", "what is said now goes first"
    code, out, _ = shell("variants", "save", *variants, "--group", "by_owner:owner=lead_source")
    assert (code, out.strip()) == (0, "Changed the variant By month.")
    _, out, _ = shell("variants", "show", *variants)
    for words in ("owner = 'Bo'", "lead_source instead of owner", "pt", "line", "2024-02-01..2024-02-29"):
        assert words in out
    assert shell("variants", "clone", "total_sales", "By month", "For all", "-w", "acme", "--for-all")[0] == 0
    assert shell("variants", "reset", *variants)[0] == 0
    assert report(shell, "--variant", "By month")["language"] == "en"
    assert report(shell, "--variant", "For all")["language"] == "pt"
    assert shell("variants", "delete", *variants)[0] == 0
    assert shell("report", "total_sales", "-w", "acme", "--variant", "By month", "--out", "r.json")[0] == 2
    _, out, _ = shell("variants", "list", "-w", "acme")
    assert "deleted" in out
    assert "everyone" in out
    assert shell("variants", "restore", *variants)[0] == 0
    assert report(shell, "--variant", "By month")["language"] == "en"
    assert shell("variants", "delete", *variants)[0] == 0
    code, out, _ = shell("variants", "clean", "-w", "acme", "--days", "0")
    assert (code, out.strip()) == (0, "Removed for good: 1")
    assert shell("variants", "restore", *variants)[0] == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--group", "nope:owner=team"], "no block 'nope'"),
        (["--group", "by_owner=team"], "Write BLOCK:OLD=NEW"),
        (["--chart", "by_month"], "Write BLOCK=KIND"),
        (["--chart", "by_month=heatmap"], "cannot be drawn as"),
        (["--filter", "nope = 3"], "nope"),
        (["--filter", "owner ="], "filter"),
        (["--range", "someday"], "someday"),
        (["--time-zone", "Mars/Olympus"], "Mars/Olympus"),
        (["--currency", "dollars"], "currency"),
        (["--param", "x"], "no parameter"),
    ],
)
def test_a_variant_that_could_not_run_is_not_saved(shell: Shell, options: list[str], words: str) -> None:
    code, _, err = shell("variants", "save", "total_sales", "v", "-w", "acme", *options)
    assert code == 2
    assert words in err
    assert "total_sales" not in shell("variants", "list", "-w", "acme")[1]


def test_a_variant_of_a_report_that_does_not_exist(shell: Shell) -> None:
    assert shell("variants", "save", "nope", "v", "-w", "acme")[0] == 2
    assert shell("variants", "save", "total_sales", "v", "-w", "nobody")[0] == 2
    assert shell("variants", "show", "total_sales", "v", "-w", "acme")[0] == 2
