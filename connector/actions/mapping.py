"""Find the mapping of an import: the one given, the one remembered, or one proposed from the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from connector.errors import FileError, MappingError, UserError, quote
from connector.model.imports import RawImport
from connector.normalise.mapping import Mapping, ReadRules
from connector.normalise.mapping_check import check_mapping
from connector.normalise.mapping_reader import parse_mapping
from connector.normalise.propose import DatasetSample, Proposal, extend, propose
from connector.sources.files.options import Limits, ReadOptions
from connector.sources.files.reader import Dataset, open_datasets
from connector.store.store import Connection, Store

LARGEST_MAPPING: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Choice:
    """One column of a file and what it is taken for; empty target: left out."""

    dataset: str
    column: str
    target: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class MappingQuestion:
    """What the person who imports is asked: a whole proposal, or the new columns only."""

    text: str
    choices: tuple[Choice, ...]
    skipped: tuple[str, ...]
    only_new: bool


Ask = Callable[[MappingQuestion], bool]
"""Shows a question and returns whether to go on. Never called when a mapping is given."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The mapping that an import uses, and the datasets it reads with it."""

    text: str
    mapping: Mapping
    datasets: tuple[Dataset, ...]
    origin: str
    """given, remembered, extended or proposed."""


def read_mapping_file(path: Path) -> str:
    """Return the text of a mapping file. Raises FileError."""
    try:
        if path.stat().st_size > LARGEST_MAPPING:
            raise FileError("The mapping file is too large.", place=str(path), remedy="Is it the right file?")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileError("The mapping file is not UTF-8 text.", place=str(path), remedy="Save it as UTF-8.") from None
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise FileError(
            f"The mapping file cannot be read: {reason}.", place=str(path), remedy="Check the name."
        ) from None


def open_files(paths: Sequence[Path], mapping: Mapping | None, limits: Limits | None) -> tuple[Dataset, ...]:
    """Look at every file, each read as the mapping says. Raises FileError; UserError when a name comes twice."""
    found: list[Dataset] = []
    for path in paths:
        found += open_datasets(path, (lambda name: _options(mapping.read_rules(name))) if mapping else None, limits)
    names = [dataset.name for dataset in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(
            f"Two files have the name {quote(twice[0])}.",
            remedy="Import them one after the other, or rename one: a file's name is how it is known next time.",
        )
    return tuple(found)


def _options(rules: ReadRules) -> ReadOptions:
    return ReadOptions(
        rules.encoding, rules.separator, rules.quote, rules.header, rules.columns, rules.skip_rows or 0, rules.comment
    )


def settle_mapping(
    paths: Sequence[Path], given: Path | None, remembered: str | None, live: Sequence[RawImport], ask: Ask,
    limits: Limits | None = None,
) -> Settled:  # fmt: skip
    """Return the mapping of an import and the files it reads. Raises MappingError, FileError, UserError.

    A mapping that is given is used as it is. A remembered one raises a question only for new columns and files.
    Without either one is proposed. ``ask`` answering no stops the import before anything is written.
    """
    if given is not None:
        text = read_mapping_file(given)
        mapping = parse_mapping(text, given.name)
        datasets = open_files(paths, mapping, limits)
        _check_named(mapping, datasets, given.name)
        return _checked(Settled(text, mapping, datasets, "given"), given.name)
    if remembered is not None:
        return _checked(_extended(paths, remembered, live, ask, limits), "the remembered mapping")
    datasets = open_files(paths, None, limits)
    proposal = propose([_sample(dataset) for dataset in datasets])
    if not proposal.mapping.get("files"):
        raise MappingError(
            "None of the files looks like something Puente knows.",
            place=", ".join(dataset.name for dataset in datasets),
            remedy="Write a mapping file (README, 'The mapping file') and name it with --mapping.",
        )
    _confirm(ask, _question(proposal, only_new=False))
    return _checked(Settled(proposal.text, parse_mapping(proposal.text, "proposal"), datasets, "proposed"), "proposal")


def _check_named(mapping: Mapping, datasets: Sequence[Dataset], place: str) -> None:
    unnamed = [dataset.name for dataset in datasets if not mapping.files_for(dataset.name)]
    if unnamed and len(unnamed) == len(datasets):
        return  # check_mapping says so, with the names the mapping has
    sheets = [name for name in unnamed if "#" not in name]
    if sheets:
        raise MappingError(
            f"The mapping does not name {', '.join(map(quote, sheets))}.",
            place=place,
            remedy="Add an entry under `files`, or leave the file out of the import.",
        )


def _extended(
    paths: Sequence[Path], remembered: str, live: Sequence[RawImport], ask: Ask, limits: Limits | None
) -> Settled:
    mapping = parse_mapping(remembered, "the remembered mapping")
    datasets = open_files(paths, mapping, limits)
    known: dict[str, set[str]] = {}
    for raw in live:
        known.setdefault(raw.dataset, set()).update(raw.columns)
    fresh = [
        dataset for dataset in datasets
        if not mapping.files_for(dataset.name) or set(dataset.columns) - known.get(dataset.name, set())
    ]  # fmt: skip
    if not fresh:
        return Settled(remembered, mapping, datasets, "remembered")
    plain: dict[str, Any] = yaml.safe_load(remembered)
    proposal = extend(plain, [_sample(dataset) for dataset in fresh], known)
    if not proposal.columns:
        return Settled(remembered, mapping, datasets, "remembered")
    _confirm(ask, _question(proposal, only_new=True))
    return Settled(proposal.text, parse_mapping(proposal.text, "proposal"), datasets, "extended")


def _sample(dataset: Dataset) -> DatasetSample:
    return DatasetSample(dataset.name, dataset.columns, dataset.sample)


def _question(proposal: Proposal, *, only_new: bool) -> MappingQuestion:
    choices = tuple(
        Choice(
            each.dataset,
            each.column,
            f"{each.entity}.{each.target}" if each.entity else "",
            each.confidence,
            each.reason,
        )
        for each in proposal.columns
    )
    return MappingQuestion(proposal.text, choices, proposal.skipped, only_new)


def _confirm(ask: Ask, question: MappingQuestion) -> None:
    if not ask(question):
        raise UserError(
            "The import was stopped; nothing was changed.",
            remedy="Write the proposal to a file with 'mapping propose', correct it, and name it with --mapping.",
        )


def _checked(settled: Settled, place: str) -> Settled:
    check_mapping(settled.mapping, {dataset.name: dataset.columns for dataset in settled.datasets}, place)
    return settled


def propose_mapping(paths: Sequence[Path], limits: Limits | None = None) -> MappingQuestion:
    """Return a proposal for files without importing anything. Raises FileError."""
    datasets = open_files(paths, None, limits)
    return _question(propose([_sample(dataset) for dataset in datasets]), only_new=False)


def remembered_mapping(store: Store, workspace: str, connection: str) -> str:
    """Return the mapping text of a connection. Raises UnknownName, UserError when there is none."""
    held = find_connection(store, workspace, connection)
    text = store.mapping(held) if held is not None else None
    if text is None:
        raise _without(store, workspace, connection, "remembers no mapping yet")
    return text


def find_connection(store: Store, workspace: str, name: str) -> Connection | None:
    """Return a connection of a workspace by name, None when there is none. Raises UnknownName."""
    known = store.connections(store.workspace(workspace))
    return next((each for each in known if each.name == name), None)


def kept_columns(store: Store, workspace: str, connection: str) -> tuple[Connection, dict[str, tuple[str, ...]]]:
    """Return a connection and the columns of each dataset that is kept of it.

    Raises UnknownName, UserError when nothing was imported or synced yet.
    """
    held = find_connection(store, workspace, connection)
    raw = store.manifest(store.workspace(workspace)).raw.get(held.id, ()) if held is not None else ()
    if held is None or not raw:
        raise _without(store, workspace, connection, "has no rows to read again")
    return held, {one.dataset: one.columns for one in raw}


def _without(store: Store, workspace: str, connection: str, lacks: str) -> UserError:
    """Return the error for a connection that lacks something, naming those that may have it."""
    names = [each.name for each in store.connections(store.workspace(workspace))]
    if connection in names:
        return UserError(f"The connection {quote(connection)} {lacks}.", remedy="Import a file or run a sync first.")
    listed = ", ".join(map(quote, names))
    return UserError(
        f"There is no connection {quote(connection)} in {quote(workspace)}.",
        remedy=f"Name one with --connection: {listed}." if names else "Import a file or connect an account first.",
    )


def check_mapping_file(path: Path, files: Sequence[Path], limits: Limits | None = None) -> None:
    """Check a mapping file alone, and against files when there are any. Raises MappingError, FileError."""
    mapping = parse_mapping(read_mapping_file(path), path.name)
    if files:
        datasets = open_files(files, mapping, limits)
        check_mapping(mapping, {dataset.name: dataset.columns for dataset in datasets}, path.name)


def check_mapping_of_connection(store: Store, path: Path, workspace: str, connection: str) -> None:
    """Check a mapping file against the rows that are kept of a connection. Raises MappingError, UserError."""
    _, columns = kept_columns(store, workspace, connection)
    check_mapping(parse_mapping(read_mapping_file(path), path.name), columns, path.name)
