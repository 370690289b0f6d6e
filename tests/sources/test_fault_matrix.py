"""Every stream of every source under every fault of the sandbox; the committed matrix says what was found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.sandbox.http.faults import FAULTS, parse_faults
from tests.conftest import ROOT
from tests.sources.suite.hubspot import HUBSPOT
from tests.sources.suite.matrix import (
    NEVER,
    TRIALS,
    WHOLE,
    Endings,
    Trial,
    WholeTrial,
    document,
    groups,
    lines_of,
    two_runs,
    whole_syncs,
)
from tests.sources.suite.vendor import Vendor

pytestmark = pytest.mark.conformance

VENDORS = (HUBSPOT,)


def path_of(vendor: Vendor) -> Path:
    return ROOT / "connector" / "sources" / vendor.name / "FAULTS.md"


@pytest.fixture(scope="module", params=VENDORS, ids=lambda vendor: vendor.name)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    found: Vendor = request.param
    return found


@pytest.fixture(scope="module")
def calm(vendor: Vendor, tmp_path_factory: pytest.TempPathFactory) -> Endings:
    """The two runs without any fault."""
    return two_runs(tmp_path_factory.mktemp("calm"), vendor, None)


@pytest.fixture(scope="module")
def calm_tables(vendor: Vendor, tmp_path_factory: pytest.TempPathFactory) -> dict[bool, dict[str, list[str]]]:
    """The tables of two syncs without any fault, of the few streams and of all."""
    return {
        whole: whole_syncs(tmp_path_factory.mktemp("tables"), vendor, None, whole=whole).tables
        for whole in (False, True)
    }


class Matrix:
    """What this run has found so far."""

    def __init__(self) -> None:
        self.cells: dict[str, dict[str, str]] = {}
        self.whole: dict[str, str] = {}


@pytest.fixture(scope="module")
def matrix(vendor: Vendor, write_matrix: bool) -> Iterator[Matrix]:
    """Collect what is found; at the end write it, when told to. Rows that were not tried stay as they were."""
    found = Matrix()
    if write_matrix:
        shown = lines_of(path_of(vendor))
        found.whole = {row[0]: row[1] for row in shown.get("Whole syncs", ())}
        for title, streams in groups(vendor).items():
            for words, *cells in shown.get(title, ()):
                found.cells.setdefault(words, {}).update(zip(streams, cells, strict=True))
    yield found
    if write_matrix:
        path_of(vendor).write_text(document(vendor, found.cells, found.whole), encoding="utf-8")


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.words)
def test_every_stream_ends_with_the_rows_of_a_calm_run(
    vendor: Vendor, trial: Trial, calm: Endings, matrix: Matrix, write_matrix: bool, tmp_path: Path
) -> None:
    ended = two_runs(tmp_path, vendor, trial)
    assert ended.wrong == (), "not as the vendor has them"
    told = [part.stream for part in vendor.parts if not (trial.changes and part.kind)]
    assert [stream for stream in told if ended.rows[stream] != calm.rows[stream]] == []
    assert set(ended.cells.values()) != {NEVER}, "the fault never fell"
    matrix.cells[trial.words] = dict(ended.cells)
    if not write_matrix:
        shown = lines_of(path_of(vendor))
        for title, streams in groups(vendor).items():
            assert [trial.words, *(ended.cells[stream] for stream in streams)] in shown.get(title, [])


@pytest.mark.parametrize("trial", WHOLE, ids=lambda trial: trial.words.split(":")[0])
def test_whole_syncs_publish_the_tables_of_calm_ones(
    vendor: Vendor,
    trial: WholeTrial,
    calm_tables: dict[bool, dict[str, list[str]]],
    matrix: Matrix,
    write_matrix: bool,
    tmp_path: Path,
) -> None:
    ended = whole_syncs(tmp_path, vendor, trial, whole=trial.whole)
    assert ended.tables == (ended.afresh if trial.changes else calm_tables[trial.whole])
    assert all(ended.tables.values())
    assert ended.fell, "a fault never fell"
    matrix.whole[trial.words] = ended.cell
    if not write_matrix:
        assert [trial.words, ended.cell] in lines_of(path_of(vendor)).get("Whole syncs", [])


def test_every_fault_of_the_sandbox_is_tried() -> None:
    assert {trial.fault for trial in TRIALS} == set(FAULTS)
    assert len({trial.words for trial in TRIALS}) == len(TRIALS)


def test_every_fault_of_the_sandbox_falls_upon_a_whole_sync_alone() -> None:
    alone = [parse_faults(trial.faults) for trial in WHOLE]
    assert {faults[0].name for faults in alone if len(faults) == 1} == set(FAULTS)
    assert len({trial.words for trial in WHOLE}) == len(WHOLE)


def test_the_document_has_no_other_rows(vendor: Vendor, write_matrix: bool) -> None:
    if write_matrix:
        pytest.skip("it is being written")
    shown = lines_of(path_of(vendor))
    assert list(shown) == [*groups(vendor), "Whole syncs"]
    for title, streams in groups(vendor).items():
        assert [row[0] for row in shown[title]] == [trial.words for trial in TRIALS]
        assert {len(row) for row in shown[title]} == {len(streams) + 1}
    assert [row[0] for row in shown["Whole syncs"]] == [trial.words for trial in WHOLE]
