"""What ``query`` says beside its figures."""

from __future__ import annotations

from tests.cli.test_commands import Shell, shell

__all__ = ["shell"]


def test_csv_keeps_to_the_figures_and_missing_rates_are_told_on_standard_error(shell: Shell) -> None:
    shell("import", "deals.csv", "-w", "acme", "--yes")
    asked = ("query", "-w", "acme", "-m", "total_sales,deals_won", "--currency", "JPY")
    code, out, err = shell(*asked, "--format", "csv")
    assert (code, out) == (0, "total_sales,deals_won\r\n,2\r\n")
    assert "without an exchange rate into JPY" in err
    code, out, _ = shell(*asked)
    assert "¥0" not in out
    assert "without an exchange rate into JPY" in out


def test_an_empty_workspace_says_what_to_do(shell: Shell) -> None:
    shell("workspace", "create", "new one")
    code, out, _ = shell("query", "-w", "new one", "-m", "total_sales")
    assert code == 0
    assert "Nothing has been imported yet. Run, with -w 'new one': import FILE, or sync for a connected system." in out
    assert "Data through" not in out
    _, out, _ = shell("--language", "es", "query", "-w", "new one", "-m", "total_sales")
    assert "Todavía no se importó nada. Ejecute, con -w 'new one': import FILE, o bien sync si hay" in out


def test_a_report_names_what_it_lacks_in_the_language(shell: Shell) -> None:
    shell("workspace", "create", "empty")
    _, _, err = shell("--language", "es", "report", "total_sales", "-w", "empty", "--out", "x.xlsx")
    assert "necesita negocios" in err


def test_a_total_over_more_rows_than_are_shown_says_so(shell: Shell) -> None:
    shell("import", "deals.csv", "-w", "acme", "--yes")
    asked = ("query", "-w", "acme", "-m", "total_sales", "-d", "owner", "--filter")
    _, out, _ = shell(*asked, "total_sales >= 2500")
    assert "$5,000.00" in out
    assert "The total counts all rows" in out
    assert "The total counts all rows" not in shell(*asked, "owner = 'Ana'")[1]


def test_a_currency_that_does_not_exist_is_refused(shell: Shell) -> None:
    shell("import", "deals.csv", "-w", "acme", "--yes")
    code, out, err = shell("query", "-w", "acme", "-m", "total_sales", "--currency", "ZZZ")
    assert (code, out) == (2, "")
    assert "'ZZZ' is no currency" in err
