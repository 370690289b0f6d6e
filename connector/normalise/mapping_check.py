"""A mapping against the files at hand: columns that are missing, columns and files that are not mapped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from typing import Final

from connector.errors import quote
from connector.normalise.document import Mistakes, nearest
from connector.normalise.mapping import FileMapping, Mapping, RecordMapping

_REMEDY: Final = "Correct the mapping or the file; nothing was changed."


def check_mapping(mapping: Mapping, datasets: Dictionary[str, Sequence[str]], place: str = "mapping") -> None:
    """Check that the files hold every column the mapping takes from them.

    ``datasets`` gives the column names of each dataset by its name. Raises :class:`MappingError` that lists every
    missing column with the names closest to it, and files none of which is mapped. Entries of the mapping
    without a file at hand are fine: that file may come later.
    """
    mistakes = Mistakes(place)
    for dataset, columns in datasets.items():
        for entry in mapping.files_for(dataset):
            _check_file(entry, dataset, tuple(columns), mistakes)
    if datasets and not any(mapping.files_for(dataset) for dataset in datasets):
        names = ", ".join(quote(entry.file) for entry in mapping.files)
        given = ", ".join(quote(dataset) for dataset in datasets)
        mistakes.add(0, f"none of the files is named in the mapping: it names {names}, the files are {given}")
    mistakes.stop(_REMEDY)


def _check_file(entry: FileMapping, dataset: str, columns: tuple[str, ...], mistakes: Mistakes) -> None:
    available = columns_of(entry, columns)
    unpivot = entry.unpivot
    if unpivot is not None:
        for name in (*unpivot.columns, *unpivot.keep):
            _check_column(name, columns, dataset, unpivot.line, mistakes)
        for name in (unpivot.name, unpivot.value):
            if name in columns and name not in unpivot.melted(columns):
                mistakes.add(unpivot.line, f"`unpivot` calls a column {quote(name)}, which {dataset} has already")
        if not unpivot.melted(columns):
            mistakes.add(unpivot.line, f"`unpivot` leaves no column of {dataset} to turn into rows")
    for name, line in _taken(entry):
        _check_column(name, available, dataset, line, mistakes)
    for record in entry.records:
        for rule in record.columns.values():
            if rule.columns and not any(name in available for name in rule.columns):
                names = ", ".join(quote(name) for name in rule.columns)
                mistakes.add(rule.line, f"{dataset} has none of the columns {names}")


def columns_of(entry: FileMapping, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Names that the rules of an entry can use for a file with these columns."""
    if entry.unpivot is None:
        return columns
    melted = set(entry.unpivot.melted(columns))
    return (*(name for name in columns if name not in melted), entry.unpivot.name, entry.unpivot.value)


def _check_column(name: str, columns: Iterable[str], dataset: str, line: int, mistakes: Mistakes) -> None:
    known = tuple(columns)
    if name not in known:
        hint = nearest(name, known) or f"; it has {', '.join(quote(column, 40) for column in known[:12])}"
        mistakes.add(line, f"{dataset} has no column {quote(name)}{hint}")


def _taken(entry: FileMapping) -> Iterator[tuple[str, int]]:
    """Every column that must exist, with the line that names it."""
    for test in entry.where:
        yield test.column, test.line
    for record in entry.records:
        for test in record.where:
            yield test.column, test.line
        for rule in record.columns.values():
            for test in rule.when:
                yield test.column, test.line
            for name in rule.sources():
                if name not in rule.columns:
                    yield name, rule.line


def unmapped_columns(mapping: Mapping, datasets: Dictionary[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return, by dataset, the columns that no rule and no condition uses; datasets without any are left out.

    A dataset that the mapping does not name at all is answered with all its columns.
    """
    found = {}
    for dataset, columns in datasets.items():
        used = {name for entry in mapping.files_for(dataset) for name in _used(entry, tuple(columns))}
        unused = tuple(name for name in columns if name not in used)
        if unused:
            found[dataset] = unused
    return found


def _used(entry: FileMapping, columns: tuple[str, ...]) -> Iterator[str]:
    yield from (name for name, _ in _taken(entry))
    if entry.unpivot is not None:
        yield from entry.unpivot.melted(columns)
    for record in entry.records:
        yield from _alternatives(record)


def _alternatives(record: RecordMapping) -> Iterator[str]:
    for rule in record.columns.values():
        yield from rule.columns


def missing_everywhere(entry: FileMapping, imports: Sequence[tuple[str, ...]]) -> list[tuple[str, int]]:
    """Return the columns (with lines) that an entry takes and that none of its imports has."""
    known = {name for columns in imports for name in columns_of(entry, columns)}
    return [(name, line) for name, line in _taken(entry) if name not in known]
