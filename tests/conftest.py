"""What every test may use: other people's data where it lies, and plain settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("puente", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("puente")

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run write the matrices of faults and crashes instead of comparing them."""
    parser.addoption("--write-matrix", action="store_true", help="write FAULTS.md and CRASHES.md anew (no -n)")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to write a matrix with several workers: each would write the rows that it has seen."""
    if config.getoption("--write-matrix") and config.getoption("numprocesses", None):
        raise pytest.UsageError("--write-matrix writes whole matrices: run it without -n.")


def find_shared() -> Path:
    """Return the folder with other people's data: PUENTE_SHARED, else ``shared`` beside the checkout."""
    return Path(os.environ.get("PUENTE_SHARED") or ROOT.parent / "shared").resolve()


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder with public datasets, recordings and the specification; the test skips where there is none."""
    folder = find_shared()
    if not (folder / "data").is_dir():
        pytest.skip("needs the shared material (public datasets, specification): set PUENTE_SHARED to its folder")
    return folder


@pytest.fixture(scope="session")
def write_matrix(request: pytest.FixtureRequest) -> bool:
    """Whether the committed matrices are to be written anew instead of compared."""
    return bool(request.config.getoption("--write-matrix"))


@pytest.fixture(scope="session", autouse=True)
def _away_from_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the settings and the data of whoever runs the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PUENTE_") and name != "PUENTE_SHARED"]:
            patch.delenv(name)
        patch.setenv("PUENTE_DATA_DIR", str(tmp_path_factory.mktemp("puente")))
        yield


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say a figure that a test has found, such as a share of equal answers; it is shown when the run ends."""

    def say(text: str) -> None:
        record_property("figure", text)

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the tests have found in figures, from all workers."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    pairs = [pair for report in reports for pair in getattr(report, "user_properties", ())]
    figures = list(dict.fromkeys(str(text) for name, text in pairs if name == "figure"))
    if figures:
        terminalreporter.section("figures")
        for text in figures:
            terminalreporter.write_line(text)
