"""The DuckDB connection that a build works with: bounded, spilling to its own folder, closed to the outside."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from connector.errors import MappingError, StorageFull, TryLater, quote
from connector.model.quoting import literal, literals
from connector.normalise.cells import MACROS
from connector.normalise.mapping import Mapping

SCRATCH: Final = ".normalise"
"""Folder below the staging directory for what does not fit into memory."""

WIDE: Final = 400
"""Columns from which a relation takes more memory than a limit meant for tables: one block of 2,048 rows of a text
column is 32 kB, and every step of a query holds some."""
_WIDE_KILOBYTES: Final = 400
"""What one column of a wide relation needs in all, on one thread."""

_FULL_WORDS: Final = ("no space left on device", "disk quota exceeded", "file too large", "max_temp_directory_size")
_LEAST_MEGABYTES: Final = 256


def roomy(memory_limit: str, threads: int | None, columns: int) -> tuple[str, int | None]:
    """Return the limits to work with on so many columns: one thread and at least what these need where they are many.

    The engine reserves it and touches little of it: 2,040 columns were folded in 420 MB of real memory.
    """
    megabytes = _megabytes(memory_limit)
    if columns < WIDE or megabytes is None:
        return memory_limit, threads
    return f"{max(megabytes, columns * _WIDE_KILOBYTES // 1000)}MB", 1


def half_of(memory_limit: str) -> str:
    """Return what the engine may use beside a sync: half, not below 256 MB where it may use that much.

    What a sync has read stays with the process, and the engine is no slower with half.
    """
    megabytes = _megabytes(memory_limit)
    return (
        memory_limit
        if megabytes is None or megabytes <= _LEAST_MEGABYTES
        else f"{max(megabytes // 2, _LEAST_MEGABYTES)}MB"
    )


def _megabytes(memory_limit: str) -> int | None:
    found = re.fullmatch(r"(\d+) ?([MG])i?B", memory_limit)
    return int(found[1]) * (1000 if found[2] == "G" else 1) if found else None


@contextmanager
def open_engine(
    data_dir: Path, staging: Path, memory_limit: str, threads: int | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that can read below ``data_dir`` and write below ``staging`` and nothing else.

    Raises :class:`StorageFull` when the disk is full and :class:`TryLater` when memory does not suffice.
    """
    scratch = staging / SCRATCH
    scratch.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {"memory_limit": memory_limit, "temp_directory": str(scratch)}
    if threads is not None:
        config["threads"] = threads
    try:
        with duckdb.connect(config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET preserve_insertion_order = false")
            # A long IN list would become a join that is computed for every row, also inside a CASE that never asks.
            connection.execute("SET disabled_optimizers = 'in_clause'")
            connection.execute(f"SET allowed_directories = [{literals((data_dir.resolve(), staging.resolve()))}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            connection.execute(MACROS)
            yield connection
    except duckdb.OutOfMemoryException as error:
        _raise_if_full(error, staging)
        raise TryLater(
            f"{memory_limit} of memory are not enough for this import.",
            remedy="Raise the memory limit in the settings and import again; nothing was changed.",
        ) from error
    except (duckdb.IOException, OSError) as error:
        _raise_if_full(error, staging)
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _raise_if_full(error: Exception, staging: Path) -> None:
    if any(words in str(error).lower() for words in _FULL_WORDS):
        raise StorageFull(
            "the disk or quota is full; nothing was changed.",
            place=str(staging),
            remedy="Free some space and import again.",
        ) from error


def check_expressions(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """Try every regular expression of the mapping. Raises :class:`MappingError` for one that cannot be used."""
    for entry in mapping.files:
        rules = [rule for record in entry.records for rule in record.columns.values()]
        tests = [*entry.where, *(test for record in entry.records for test in record.where)]
        tests += [test for rule in rules for test in rule.when]
        for test in tests:
            if test.comparison != "matches":
                continue
            try:
                connection.execute(f"SELECT regexp_matches('', {literal(test.values[0])})")
            except duckdb.Error as error:
                raise MappingError(
                    f"{quote(test.values[0])} is no regular expression that can be used.",
                    place=f"mapping, line {test.line}" if test.line else "mapping",
                ) from error
