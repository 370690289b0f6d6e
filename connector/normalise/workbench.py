"""What the steps of a build share: connection, mapping, and what has been read, merged and written so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from connector.model.imports import RawImport
from connector.normalise.extract import Contribution
from connector.normalise.mapping import Mapping
from connector.normalise.merge import Part, Relation
from connector.normalise.versions import Settled


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How a build runs. ``system`` is what ``source_system`` holds; ``progress`` is told each step.

    ``keyed`` names datasets of one import each, in whose column ``id`` no value stands twice.
    """

    system: str = "file"
    memory_limit: str = "400MB"
    threads: int | None = None
    progress: Callable[[str], None] | None = None
    keyed: frozenset[str] = frozenset()


@dataclass(slots=True)
class Workbench:
    """State of one build, handed from step to step."""

    connection: duckdb.DuckDBPyConnection
    mapping: Mapping
    imports: Sequence[RawImport]
    data_dir: Path
    staging: Path
    options: BuildOptions
    contributions: list[Contribution] = field(default_factory=list)
    settled: dict[int, Settled] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    """Entity to the view that holds its rows so far."""
    written: dict[str, str] = field(default_factory=dict)
    """Entity to the SQL that reads its staged file."""
    rows: dict[str, int] = field(default_factory=dict)

    def tell(self, step: str) -> None:
        """Report a step to whoever waits."""
        if self.options.progress is not None:
            self.options.progress(step)

    def create(self, entity: str, sql: str, columns: tuple[str, ...], parts: tuple[Part, ...] = ()) -> None:
        """Create the view of an entity's rows, or the next one over the view it had."""
        known = self.relations.get(entity)
        name = f"merged_{entity}" if known is None else f"{known.name}_next"
        self.connection.execute(f"CREATE TEMP VIEW {name} AS {sql}")
        self.relations[entity] = Relation(name, columns, parts)
