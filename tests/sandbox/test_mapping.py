"""The demo mapping is valid and leaves no column of the exports out."""

from __future__ import annotations

from typing import Any

import pytest

from connector.normalise.mapping import FileMapping, Mapping
from connector.normalise.mapping_reader import parse_mapping
from connector.sandbox.company.facts import CLOSED_STAGES, OPEN_STAGES
from connector.sandbox.exports import LAYOUTS, MAPPING

Exports = Any


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    return parse_mapping(MAPPING.read_text("utf-8"), MAPPING.name)


def datasets(exports: Exports) -> dict[str, set[str]]:
    """Columns of every dataset, by its name."""
    found = {layout.file: set(exports.lists(layout.file)[0]) for layout in LAYOUTS}
    return found | {f"accounts.xlsx#{name}": set(exports.sheet(name)[0]) for name in ("Accounts", "Hierarchy")}


def used_columns(entry: FileMapping, header: set[str]) -> set[str]:
    rules = [rule for record in entry.records for rule in record.columns.values()]
    used = {column for rule in rules for column in rule.sources()}
    used |= {condition.column for rule in rules for condition in rule.when}
    if entry.unpivot is not None:
        used |= set(entry.unpivot.melted(tuple(header)))
        used -= {entry.unpivot.name, entry.unpivot.value}
    return used


def test_every_column_of_every_file_is_mapped(mapping: Mapping, first: Exports) -> None:
    for dataset, header in datasets(first).items():
        entries = mapping.files_for(dataset)
        assert len(entries) == 1, dataset
        assert used_columns(entries[0], header) == header, dataset


def test_every_entry_of_the_mapping_has_a_file(mapping: Mapping, first: Exports) -> None:
    matched = [entry for dataset in datasets(first) for entry in mapping.files_for(dataset)]
    assert len(matched) == len(mapping.files)


def test_the_stages_are_those_of_the_company(mapping: Mapping) -> None:
    declared = {rule.name: rule.probability for rule in mapping.stages}
    assert declared == {stage.name: stage.probability / 100 for stage in (*OPEN_STAGES, *CLOSED_STAGES)}
