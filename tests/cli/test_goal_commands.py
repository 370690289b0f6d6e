"""``goals``: typed and imported goals, whom they find, what they refuse, and that nothing of them is lost."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tests.cli.test_commands import Shell, shell  # noqa: F401  the fixture

PEOPLE = (
    "Owner ID,Owner Name,Email,Team,Department\n"
    "1,Ana Ruiz,ana@acme.example,East,Sales\n2,Bo Li,bo@acme.example,West,Sales\n"
    "3,Cy,cy@acme.example,West,Online\n4,Cy,cy2@acme.example,West,Online\n"
)
DEALS = (
    "id,owner,amount,stage,created,closed\n1,1,2000,Won,2024-01-01,2024-02-01\n"
    "2,2,3000,Won,2024-01-01,2024-02-02\n3,1,500,Lost,2024-01-05,2024-02-05\n"
)
MAPPING = """
version: 1
workspace: {currency: USD}
stages:
  - {name: Won, kind: won}
  - {name: Lost, kind: lost}
files:
  - file: people.csv
    records:
      - entity: owner
        columns: {id: Owner ID, name: Owner Name, email: Email, department: Department, team_id: Team}
      - entity: team
        columns: {id: Team, name: Team}
  - file: deals.csv
    records:
      - entity: deal
        columns: {id: id, amount: amount, stage_id: stage, created_at: created, closed_at: closed, owner_id: owner}
"""


@pytest.fixture
def acme(shell: Shell) -> Shell:  # noqa: F811
    """A workspace with four people in two teams; two of them are called Cy."""
    (shell.folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (shell.folder / "deals.csv").write_text(DEALS, encoding="utf-8")
    (shell.folder / "acme.yaml").write_text(MAPPING, encoding="utf-8")
    code, _, err = shell("import", "people.csv", "deals.csv", "-w", "acme", "--mapping", "acme.yaml")
    assert code == 0, err
    return shell


def listed(acme: Shell) -> list[tuple[str, str, str, str]]:
    """The typed goals, as export writes them."""
    code, _, err = acme("goals", "export", "-w", "acme", "--out", "out.csv")
    assert code == 0, err
    with (acme.folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["metric", "for", "period", "target"]
    return [tuple(row) for row in rows[1:]]  # type: ignore[misc]


def ask(acme: Shell, *arguments: str) -> list[list[object]]:
    code, out, err = acme("query", "-w", "acme", "--format", "json", *arguments)
    assert code == 0, err
    return list(json.loads(out)["rows"])


def set_goal(acme: Shell, *arguments: str) -> tuple[int, str, str]:
    return acme("goals", "set", "-w", "acme", "-m", "total_sales", *arguments)


def test_goals_of_a_team_a_person_and_the_company_meet_what_was_reached(acme: Shell) -> None:
    assert set_goal(acme, "--for", "team:east", "--month", "2024-02", "4,000")[0] == 0
    assert set_goal(acme, "--for", "owner:bo@acme.example", "--month", "2024-02", "6000")[0] == 0
    assert acme("goals", "set", "-w", "acme", "-m", "win_rate", "--quarter", "2024-Q1", "50%")[0] == 0
    february = ("--from", "2024-02-01", "--to", "2024-02-29", "-m", "goal_target,goal_attainment")
    assert ask(acme, *february, "-d", "team") == [["West", 6000, 0.5], ["East", 4000, 0.5]]
    assert ask(acme, *february) == [[10_000, 0.5]]
    rate = ask(acme, *february, "--param", "metric=win_rate")[0]
    assert rate == [0.5, pytest.approx(4 / 3)]


def test_the_same_goal_again_is_replaced_and_another_period_stands_beside_it(acme: Shell) -> None:
    set_goal(acme, "--month", "2024-02", "10")
    code, out, _ = set_goal(acme, "--month", "2024-02", "20")
    assert (code, "1 changed" in out) == (0, True)
    set_goal(acme, "--from", "2024-02-05", "--to", "2024-02-09", "7")
    assert "2 as before" in set_goal(acme, "--month", "2024-02", "20")[1]
    assert listed(acme) == [
        ("total_sales", "company", "2024-02", "20"), ("total_sales", "company", "2024-02-05..2024-02-09", "7"),
    ]  # fmt: skip


def test_another_import_leaves_typed_goals_and_what_they_point_at(acme: Shell) -> None:
    set_goal(acme, "--for", "owner:Ana Ruiz", "--month", "2024-02", "4000")
    before = ask(acme, "-m", "goal_target", "-d", "owner", "--range", "all_time")
    (acme.folder / "deals.csv").write_text(DEALS + "4,1,900,Won,2024-01-05,2024-02-09\n", encoding="utf-8")
    assert acme("import", "deals.csv", "-w", "acme", "--yes")[0] == 0
    assert ask(acme, "-m", "goal_target", "-d", "owner", "--range", "all_time") == before == [["Ana Ruiz", 4000]]
    assert ask(acme, "-m", "sales_goal_attainment", "--from", "2024-02-01", "--to", "2024-02-29") == [[1.475]]
    (acme.folder / "other.csv").write_text("id,name,email\n1,Zoe,zoe@acme.example\n", encoding="utf-8")
    (acme.folder / "other.yaml").write_text(
        "version: 1\nworkspace: {currency: USD}\nfiles:\n  - file: other.csv\n    records:\n"
        "      - entity: owner\n        columns: {id: id, name: name, email: email}\n", encoding="utf-8",
    )  # fmt: skip
    code, _, err = acme("import", "other.csv", "-w", "acme", "--mapping", "other.yaml", "--connection", "second")
    assert code == 0, err
    assert ask(acme, "-m", "goal_target", "-d", "owner", "--range", "all_time") == [["Ana Ruiz", 4000]]
    assert set_goal(acme, "--for", "owner:Zoe", "--month", "2024-02", "5000")[0] == 0
    found = ask(acme, "-m", "goal_target", "-d", "owner", "--range", "all_time")
    assert found == [["Zoe", 5000], ["Ana Ruiz", 4000]]
    assert ("total_sales", "owner:Zoe", "2024-02", "5000") in listed(acme)


def test_a_goal_alone_changes_no_key_and_no_setting(acme: Shell) -> None:
    asked = ("query", "-w", "acme", "-m", "total_sales", "-d", "owner", "--format", "json")
    before = json.loads(acme(*asked)[1])
    set_goal(acme, "--month", "2024-02", "10")
    after = json.loads(acme(*asked)[1])
    same = [name for name in before if name != "freshness"]
    assert [before[name] for name in same] == [after[name] for name in same]
    by_id = ("-m", "total_sales", "--filter", "owner = 1")
    assert ask(acme, *by_id) == [[2000]], "the id of a person stays what it was"


def test_goals_are_removed_by_what_they_are_for(acme: Shell) -> None:
    set_goal(acme, "--month", "2024-02", "10")
    set_goal(acme, "--month", "2024-03", "10")
    set_goal(acme, "--for", "team:East", "--month", "2024-02", "5")
    code, out, _ = acme("goals", "remove", "-w", "acme", "--month", "2024-02", "--yes")
    assert (code, "2 removed" in out) == (0, True)
    assert listed(acme) == [("total_sales", "company", "2024-03", "10")]
    code, _, err = acme("goals", "remove", "-w", "acme", "--month", "2024-02", "--yes")
    assert (code, "No typed goal fits" in err) == (2, True)
    assert acme("goals", "remove", "-w", "acme", "--yes")[0] == 0
    assert listed(acme) == []
    assert "No goals" in acme("goals", "list", "-w", "acme")[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("--for", "owner:Cy", "--month", "2024-02", "5"),
            ("Several fit", "cy@acme.example", "cy2@acme.example", "id 3"),
        ),
        (("--for", "owner:Anna Ruiz", "--month", "2024-02", "5"), ("no owner 'Anna Ruiz'", "Did you mean 'Ana Ruiz'")),
        (("--for", "team:North", "--month", "2024-02", "5"), ("no team 'North'", "'East', 'West'")),
        (("--for", "East", "--month", "2024-02", "5"), ("does not say whose goal", "team:NAME")),
        (("--month", "2024-13", "5"), ("no period of a goal", "2026-Q4")),
        (("--month", "2024-02", "--year", "2024", "5"), ("Several periods",)),
        (("5",), ("no period",)),
        (("--from", "2024-02-01", "5"), ("no period of a goal",)),
        (("--month", "2024-02", "much"), ("no target", "such as 100000")),
    ],
)
def test_a_goal_that_cannot_be_read_is_refused_with_what_to_write(
    acme: Shell, arguments: tuple[str, ...], says: tuple[str, ...]
) -> None:
    code, _, err = set_goal(acme, *arguments)
    assert code == 2
    assert all(text in err for text in says), err
    assert listed(acme) == []


@pytest.mark.parametrize(
    ("metric", "target", "says"),
    [("total_sale", "5", "Did you mean total_sales"), ("goal_target", "5", "itself about goals"),
     ("win_rate", "35", "write 35%")],
)  # fmt: skip
def test_a_metric_that_can_have_no_goal_is_refused(acme: Shell, metric: str, target: str, says: str) -> None:
    code, _, err = acme("goals", "set", "-w", "acme", "-m", metric, "--month", "2024-02", target)
    assert (code, says in err) == (2, True), err


def test_goals_in_a_workspace_that_is_not_there_are_refused(shell: Shell) -> None:  # noqa: F811
    assert shell("goals", "set", "-w", "acme", "-m", "total_sales", "--month", "2024-02", "5")[0] == 2
    assert shell("goals", "list", "-w", "acme")[0] == 2
    assert "acme" not in shell("workspace", "list")[1]


# --- files


GOALS = (
    "metric,owner,team,department,period,target\n"
    'total_sales,,East,,2024-02,"4,000"\ndeals_won,ana@acme.example,,,2024-Q1,12\n'
    "win_rate,,,Sales,FY2024,40%\ntotal_sales,,,,2024,99000\n"
)


def test_a_file_of_goals_is_read_whole_and_written_back(acme: Shell) -> None:
    (acme.folder / "goals.csv").write_text(GOALS, encoding="utf-8")
    code, out, err = acme("goals", "import", "goals.csv", "-w", "acme")
    assert (code, "4 added" in out) == (0, True), err
    wanted = {
        ("total_sales", "team:East", "2024-02", "4000"), ("deals_won", "owner:Ana Ruiz", "2024-Q1", "12"),
        ("win_rate", "department:Sales", "2024", "0.4"), ("total_sales", "company", "2024", "99000"),
    }  # fmt: skip
    assert set(listed(acme)) == wanted
    for name in ("out.csv", "out.xlsx"):
        assert acme("goals", "export", "-w", "acme", "--out", name)[0] == 0
        code, out, err = acme("goals", "import", name, "-w", "acme", "--replace")
        assert (code, "4 as before" in out) == (0, True), err
    assert set(listed(acme)) == wanted


def test_a_workbook_with_dates_for_months_is_read(acme: Shell) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Indicator", "Equipo", "Desde", "Hasta", "Plan"])
    sheet.append(["total_sales", "West", date(2024, 2, 1), date(2024, 2, 29), 1234.5])
    book.save(acme.folder / "plan.xlsx")
    code, _, err = acme("goals", "import", "plan.xlsx", "-w", "acme")
    assert code == 0, err
    assert listed(acme) == [("total_sales", "team:West", "2024-02", "1234.5")]


def test_what_a_file_does_not_name_stays_unless_it_replaces_all(acme: Shell) -> None:
    set_goal(acme, "--month", "2024-01", "1")
    (acme.folder / "goals.csv").write_text("metric,period,target\ntotal_sales,2024-02,2\n", encoding="utf-8")
    acme("goals", "import", "goals.csv", "-w", "acme")
    assert len(listed(acme)) == 2
    code, out, _ = acme("goals", "import", "goals.csv", "-w", "acme", "--replace")
    assert (code, "1 removed" in out) == (0, True)
    assert listed(acme) == [("total_sales", "company", "2024-02", "2")]


def test_every_wrong_row_of_a_file_is_named_and_nothing_is_written(acme: Shell) -> None:
    set_goal(acme, "--month", "2024-01", "1")
    text = GOALS + "totl_sales,,,,2024-02,5\ntotal_sales,Cy,,,2024-02,5\ntotal_sales,,,,February,5\n"
    text += "total_sales,,,,2024-03,plenty\ntotal_sales,Bo Li,West,,2024-03,5\ntotal_sales,,,,2024,98000\n"
    (acme.folder / "goals.csv").write_text(text, encoding="utf-8")
    code, _, err = acme("goals", "import", "goals.csv", "-w", "acme")
    assert code == 2
    for says in (
        "6 of 10 rows", "line 6, column 'metric': There is no metric 'totl_sales'",
        "line 7, column 'owner': Several fit",
        "line 8, column 'period': 'February' is no period", "line 9, column 'target': 'plenty' is no target",
        "line 10: 'owner' and 'team' are both filled", "line 11: the goal of line 5 again", "Nothing was changed",
    ):  # fmt: skip
        assert says in err, says
    assert listed(acme) == [("total_sales", "company", "2024-01", "1")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("metric,target\ntotal_sales,5\n", "'period' is missing"),
        ("period,target\n2024-02,5\n", "'metric' is missing"),
        ("metric,period,target,colour\ntotal_sales,2024-02,5,red\n", "'colour' is not known"),
        ("metric,kpi,period,target\na,b,2024-02,5\n", "says the same as 'metric'"),
        ("", "empty"),
    ],
)
def test_a_file_without_the_columns_of_goals_is_refused(acme: Shell, text: str, says: str) -> None:
    (acme.folder / "goals.csv").write_text(text, encoding="utf-8")
    code, _, err = acme("goals", "import", "goals.csv", "-w", "acme")
    assert (code, says in err) == (2, True), err
    assert listed(acme) == []


def test_goals_are_written_as_csv_or_xlsx_only(acme: Shell) -> None:
    code, _, err = acme("goals", "export", "-w", "acme", "--out", "goals.pdf")
    assert (code, "neither CSV nor XLSX" in err) == (2, True)
    code, _, err = acme("goals", "export", "-w", "acme", "--out", str(Path("missing") / "goals.csv"))
    assert (code, "cannot be written" in err) == (2, True)


def test_targets_are_shown_as_the_reader_writes_them(acme: Shell) -> None:
    acme("goals", "set", "-w", "acme", "--metric", "total_sales", "--month", "2026-11", "100000.50")
    acme("goals", "set", "-w", "acme", "--metric", "win_rate", "--month", "2026-11", "35%")
    acme("goals", "set", "-w", "acme", "--metric", "deals_won", "--month", "2026-11", "1200")
    english = acme("goals", "list", "-w", "acme")[1]
    assert all(text in english for text in ("$100,000.50", "35.00%", " 1,200 "))
    russian = acme("--language", "ru", "goals", "list", "-w", "acme")[1].replace("\u00a0", " ").replace("\u202f", " ")
    assert all(text in russian for text in ("100 000,50 $", "35,00 %", " 1 200 "))
