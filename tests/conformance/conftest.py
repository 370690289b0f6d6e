"""Public datasets imported with the mapping files of ``tests/datasets``, once a session each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector.actions.import_files import ImportOutcome, ImportRequest, import_files
from connector.actions.query import query
from connector.model.filter_text import parse_filters
from connector.model.query import Query
from connector.store.store import Store

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MAPPINGS = Path(__file__).resolve().parents[1] / "datasets"


class Dataset:
    """One imported dataset: ask it, and compare with what others published."""

    def __init__(self, store: Store, name: str, outcome: ImportOutcome, expected: dict[str, Any]) -> None:
        self.store = store
        self.name = name
        self.outcome = outcome
        self._expected = expected

    def ask(
        self, metrics: str, dimensions: str = "", filters: tuple[str, ...] = (), **more: Any
    ) -> list[tuple[Any, ...]]:
        """Rows of a query; metrics are separated by semicolons, dimensions by commas."""
        names = tuple(part for part in dimensions.split(",") if part)
        question = Query(tuple(metrics.split(";")), names, parse_filters(filters), **more)
        return list(query(self.store, self.name, question, NOW).rows)

    def expected(self, name: str) -> list[list[Any]]:
        """Rows of a reference answer."""
        rows: list[list[Any]] = self._expected[f"{self.name}.{name}"]["rows"]
        return rows


Load = Callable[..., Dataset]


@pytest.fixture(scope="session")
def load(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """Import a dataset: its name, its files below ``data``, its mapping file."""
    expectations = json.loads((shared_dir / "data" / "expectations.json").read_text(encoding="utf-8"))
    expected = {entry["id"]: entry for entry in expectations["expectations"]}
    store = Store(tmp_path_factory.mktemp("datasets"))
    held: dict[str, Dataset] = {}

    def loaded(name: str, *files: str, mapping: str = "") -> Dataset:
        key = mapping or name
        if key not in held:
            paths = tuple(shared_dir / "data" / file for file in files)
            request = ImportRequest(key, paths, MAPPINGS / f"{key}.yaml")
            outcome = import_files(store, request, NOW, lambda _: False)
            held[key] = Dataset(
                store, key, outcome, {k.replace(f"{name}.", f"{key}.", 1): v for k, v in expected.items()}
            )
        return held[key]

    yield loaded
    store.close()
