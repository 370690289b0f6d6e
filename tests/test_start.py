"""Starting is cheap: the help loads no heavy library, and importing the doors none that they do not serve."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

HEAVY = {
    "alembic", "apiflask", "babel", "deltalake", "duckdb", "flask", "gunicorn", "obstore", "pandas", "psycopg",
    "pyarrow", "pydantic", "python_calamine", "rich", "sqlalchemy", "sqlglot", "vl_convert", "xlsxwriter", "yaml",
}  # fmt: skip

PROGRAM = """
import runpy, sys
sys.argv = ["connector", *sys.argv[1:]]
try:
    runpy.run_module("connector", run_name="__main__")
except SystemExit as end:
    print("exit code", end.code)
print("loaded", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def run(*arguments: str) -> tuple[str, set[str]]:
    """Run the command line in a process of its own; return its output and the top packages it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    output, _, loaded = done.stdout.rpartition("loaded ")
    return output, set(loaded.split())


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"]])
def test_the_help_loads_no_heavy_library(arguments: list[str]) -> None:
    output, loaded = run(*arguments)
    assert "exit code 0" in output
    assert "click" in loaded
    assert not loaded & HEAVY


def test_a_command_that_reads_loads_what_it_reads_with() -> None:
    assert "duckdb" in run("workspace", "list")[1]


def test_a_server_is_ready_without_what_few_requests_need() -> None:
    program = "import sys, connector.web.application, connector.web.server; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert {"connector.actions.looker", "connector.metrics.evaluate", "duckdb", "sqlalchemy"} <= loaded
    assert not loaded & {
        "alembic", "babel", "connector.actions.odata", "connector.actions.report", "connector.deliver.files.csv_file",
        "cryptography", "deltalake", "obstore", "pandas", "psycopg", "pyarrow", "requests", "xlsxwriter",
    }  # fmt: skip
