"""Every bad input of the first job, as a person meets it: a sentence, the place, the remedy, nothing half done."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.cli.test_commands import DEALS, Shell, shell  # noqa: F401  the fixture

HEAD = "version: 1\nworkspace: {currency: USD}\nfiles:\n  - file: deals.csv\n    records:\n"
COLUMNS = "id: id, name: owner, amount: amount, stage_id: stage, created_at: created, closed_at: closed"


def write(shell: Shell, text: str, columns: str = COLUMNS) -> None:  # noqa: F811
    (shell.folder / "deals.csv").write_text(text, encoding="utf-8")
    (shell.folder / "m.yaml").write_text(
        f"{HEAD}      - entity: deal\n        columns: {{{columns}}}\n", encoding="utf-8"
    )


def imported(shell: Shell) -> tuple[int, str, str]:  # noqa: F811
    return shell("import", "deals.csv", "-w", "acme", "--mapping", "m.yaml")


def nothing_is_there(shell: Shell) -> bool:  # noqa: F811
    code, out, _ = shell("workspace", "list")
    return code == 0 and "acme" not in out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "deals.csv"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, "deals.csv"),
    ],
)
def test_a_file_that_is_no_table_is_refused(shell: Shell, content: bytes, says: str) -> None:  # noqa: F811
    (shell.folder / "deals.csv").write_bytes(content)
    code, _, err = shell("import", "deals.csv", "-w", "acme", "--yes")
    assert code == 2
    assert says in err
    assert "Traceback" not in err
    assert nothing_is_there(shell)


def test_two_columns_for_one_are_refused(shell: Shell) -> None:  # noqa: F811
    write(shell, DEALS, COLUMNS + ", amount: stage")
    code, _, err = imported(shell)
    assert code == 2
    assert "amount" in err
    assert "line" in err
    assert nothing_is_there(shell)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("9,Cy,100,Won,2024-02-31,2024-03-01", "created", "impossible date"),
        ("9,Cy,lots,Won,2024-02-01,2024-03-01", "amount", "not a number"),
    ],
)
def test_a_row_that_cannot_be_read_is_kept_aside(shell: Shell, row: str, column: str, reason: str) -> None:  # noqa: F811
    write(shell, f"{DEALS}{row}\n")
    code, out, err = imported(shell)
    assert code == 3
    assert f"deals.csv, line 5, {column}: {reason}" in out
    rejects = list((shell.folder / "data" / "rejects").rglob("*.csv"))
    assert [entry["line"] for entry in csv.DictReader(rejects[0].read_text(encoding="utf-8").splitlines())] == ["5"]
    assert rejects[0].name in err
    asked = shell("query", "-w", "acme", "-m", "deals_won", "--range", "all_time", "--format", "json")
    assert json.loads(asked[1])["rows"] == [[2]]


def test_an_unknown_currency_is_named(shell: Shell) -> None:  # noqa: F811
    write(shell, DEALS.replace("owner,", "owner,cur,").replace("Ana,", "Ana,USD,").replace("Bo,", "Bo,XQZ,"),
          COLUMNS + ", currency: cur")  # fmt: skip
    code, out, _ = imported(shell)
    assert code == 3
    assert "unknown currency" in out
    assert "XQZ" in (next((shell.folder / "data" / "rejects").rglob("*.csv"))).read_text(encoding="utf-8")


def test_a_formula_in_a_name_stays_text(shell: Shell) -> None:  # noqa: F811
    hostile = '=HYPERLINK(""http://evil"",""x"")'
    write(shell, DEALS.replace("Ana", f'"{hostile}"'), COLUMNS.replace("name: owner", "name: owner, owner_id: owner"))
    assert imported(shell)[0] == 0
    assert shell("report", "total_sales", "-w", "acme", "--range", "all_time", "--out", "sales.xlsx")[0] == 0
    book = openpyxl.load_workbook(shell.folder / "sales.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if "evil" in str(cell.value)]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}
    _, out, _ = shell("query", "-w", "acme", "-m", "total_sales", "-d", "owner", "--format", "csv")
    assert "\n=HYPERLINK" not in out
    assert '\n"=HYPERLINK' not in out


def test_a_huge_cell_costs_its_row_only(shell: Shell) -> None:  # noqa: F811
    write(shell, f"{DEALS}9,{'x' * 40_000_000},5,Won,2024-01-01,2024-01-02\n10,Di,7,Won,2024-01-01,2024-01-02\n")
    code, out, _ = imported(shell)
    assert code == 3
    assert "line 5" in out
    assert len(out) < 20_000


def test_a_zip_bomb_is_refused_before_it_goes_off(shell: Shell) -> None:  # noqa: F811
    with zipfile.ZipFile(shell.folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        bomb.writestr("xl/workbook.xml", "<workbook/>")
        with bomb.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(1200):
                sheet.write(b"0" * 1_000_000)
    code, _, err = shell("import", "bomb.xlsx", "-w", "acme", "--yes")
    assert code == 2
    assert "bomb.xlsx" in err
    assert nothing_is_there(shell)


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "total_sales/../../x"])
def test_a_path_in_a_name_leads_nowhere(shell: Shell, name: str) -> None:  # noqa: F811
    write(shell, DEALS)
    imported(shell)
    code, _, err = shell("report", name, "-w", "acme", "--out", "a.xlsx")
    assert code == 2
    assert "Traceback" not in err
    assert shell("workspace", "create", "../up")[0] == 0
    assert not any(path.name == "up" for path in shell.folder.parent.rglob("*"))


def test_a_template_with_an_unknown_metric_is_told_where(shell: Shell) -> None:  # noqa: F811
    source = Path(__file__).parents[2] / "sheets_templates" / "total_sales" / "template.yaml"
    folder = shell.folder / "mine"
    folder.mkdir()
    text = source.read_text(encoding="utf-8").replace("total_sales", "total_sails")
    (folder / "template.yaml").write_text(text, encoding="utf-8")
    code, _, err = shell("templates", "lint", str(folder / "template.yaml"))
    assert code == 2
    assert "total_sails" in err


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("-m", "nps", "--filter", "stage = Won"), ("nps", "stage")),
        (("-m", "x=__import__('os').system('id')"), ("x",)),
        (("-m", "x=SUM(deal.amount); DROP TABLE deal"), ("x",)),
        (("-m", "x=SUM(read_csv('/etc/passwd'))"), ("x",)),
        (("-m", "x=SUM(deal.amount) OVER ()"), ("x",)),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(
    shell: Shell,  # noqa: F811
    arguments: tuple[str, ...],
    names: tuple[str, ...],
) -> None:
    write(shell, DEALS)
    imported(shell)
    code, out, err = shell("query", "-w", "acme", *arguments)
    assert (code, out) == (2, "")
    assert all(name in err for name in names)
    assert "Traceback" not in err
