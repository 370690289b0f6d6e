"""All raw imports of a connection and its mapping into staged files, one folder per entity.

The result is a function of the imports and the mapping alone: importing again, in another order or in pieces gives
the same tables (``synced_at`` aside), and a changed mapping needs no file again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from connector.errors import MappingError, quote
from connector.model.imports import RawImport
from connector.model.workspace import Profile
from connector.normalise.assembly import make_stages, merge_entities
from connector.normalise.deal_versions import write_versions
from connector.normalise.engine import check_expressions, open_engine
from connector.normalise.extract import UPDATED, Clock, Contribution, find_repeats, rows
from connector.normalise.mapping import Mapping
from connector.normalise.mapping_check import missing_everywhere
from connector.normalise.profile import build_profile
from connector.normalise.raw import MAX_IMPORTS, Source, sources
from connector.normalise.refusals import RefusalLog, Refused
from connector.normalise.staging import write_entities
from connector.normalise.styles import Assumption, decide
from connector.normalise.values import compile_values
from connector.normalise.versions import settle
from connector.normalise.workbench import BuildOptions, Workbench

REJECT_FILE: Final = "rejects.csv"


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build has staged."""

    rows: dict[str, int]
    """Entity to its rows, deleted ones included."""
    profile: Profile
    refused: Refused
    assumptions: tuple[Assumption, ...] = ()
    unused: tuple[str, ...] = ()
    """Datasets that the mapping does not name."""
    deal_versions: int = 0


def build(
    mapping: Mapping,
    imports: Sequence[RawImport],
    data_dir: Path,
    staging: Path,
    options: BuildOptions | None = None,
) -> BuildResult:
    """Normalise all live imports of one connection.

    Reads the raw files below ``data_dir`` and writes ``<staging>/<entity>/part-0.parquet`` with the storage columns
    that something fills of each entity that has rows, ``<staging>/deal_version/`` when deals are known in several
    versions, and ``<staging>/rejects.csv`` when rows or values were refused. Raises :class:`MappingError` for a mapping
    that does not fit the imports, :class:`FileError` when no row of an import can be read.
    """
    options = options or BuildOptions()
    staging.mkdir(parents=True, exist_ok=True)
    with open_engine(data_dir, staging, options.memory_limit, options.threads) as connection:
        check_expressions(connection, mapping)
        bench = Workbench(connection, mapping, imports, data_dir, staging, options)
        log = RefusalLog(connection)
        _settle_all(bench, log)
        lookups = merge_entities(bench)
        by_pipeline = make_stages(bench)
        write_entities(bench)
        versions = write_versions(bench, lookups, by_pipeline=by_pipeline)
        refused = log.finish(imports, data_dir, staging / REJECT_FILE)
        profile = build_profile(connection, mapping, bench.contributions, bench.settled, bench.written)
        unused = tuple(sorted({raw.dataset for raw in imports if not mapping.files_for(raw.dataset)}))
        return BuildResult(
            bench.rows, replace(profile, rejected=refused.rows), refused, _assumptions(bench), unused, versions
        )


def _assumptions(bench: Workbench) -> tuple[Assumption, ...]:
    found = (note for contribution in bench.contributions for note in contribution.styles.assumptions)
    return tuple(dict.fromkeys(found))


# --- reading ------------------------------------------------------------------------------------------------


def _settle_all(bench: Workbench, log: RefusalLog) -> None:
    """Find the typed rows of every record of the mapping, and which version of each record counts."""
    if len(bench.imports) > MAX_IMPORTS:
        raise MappingError(
            f"the connection holds {len(bench.imports):,} imports; {MAX_IMPORTS:,} can be told apart.",
            remedy="Import the data again with --replace into a new workspace.",
        )
    found = sources(bench.mapping, bench.imports, bench.data_dir)
    if not found:
        names = ", ".join(quote(raw.dataset) for raw in bench.imports)
        raise MappingError(f"the mapping names none of the files {names}.", place="files")
    mains: dict[int, str] = {}
    for number, entry in enumerate(bench.mapping.files):
        own = [source for source in found if source.entry is entry]
        if not own:
            continue
        _check_columns(own)
        bench.tell(f"reading {entry.file}")
        _settle_entry(bench, log, number, own)
        mains[number] = next(
            bench.settled[one.number].rows
            for one in bench.contributions
            if one.is_main and one.sources[0].entry is entry
        )
    log.keep_current(mains, several=len(bench.imports) > 1)


def _check_columns(own: list[Source]) -> None:
    missing = missing_everywhere(own[0].entry, [source.raw.columns for source in own])
    if missing:
        name, line = missing[0]
        raise MappingError(
            f"{own[0].raw.dataset} has no column {quote(name)}.",
            place=f"mapping, line {line}" if line else "mapping",
            remedy="Correct the name of the column.",
        )


def _settle_entry(bench: Workbench, log: RefusalLog, number: int, own: list[Source]) -> None:
    entry, rules = own[0].entry, bench.mapping.workspace
    contributions = []
    for index, record in enumerate(entry.records):
        values = compile_values(entry, record, rules)
        contribution = Contribution(len(bench.contributions) + index, record, index == 0, own, values)
        contribution.styles = decide(bench.connection, own, record, values)
        find_repeats(bench.connection, contribution)
        contribution.is_keyed = _is_keyed(contribution, bench.options.keyed)
        contributions.append(contribution)
    _set_clocks(contributions)
    skipped = {source.rank: log.read(number, source, contributions) for source in own}
    for contribution in contributions:
        selects = [rows(contribution, source, rules, skipped[source.rank]) for source in own]
        bench.settled[contribution.number] = settle(bench.connection, contribution, selects)
    bench.contributions += contributions


def _is_keyed(contribution: Contribution, keyed: frozenset[str]) -> bool:
    """Whether each record has the id of its row, of a dataset in which these differ."""
    source = contribution.sources[0]
    return any(
        value.name == "id" and value.rule.column == "id" and contribution.styles.of(source, value).bare
        for value in contribution.values
        if source.raw.dataset in keyed and source.entry.unpivot is None
    )


def _set_clocks(contributions: list[Contribution]) -> None:
    """Records made of one row are of one age: those that do not map the update time take it from one that does."""
    clocks = {
        one.number: Clock(value, one.styles) for one in contributions for value in one.values if value.name == UPDATED
    }
    first = next((Clock(clock.value, clock.styles, own=False) for clock in clocks.values()), None)
    for contribution in contributions:
        contribution.clock = clocks.get(contribution.number, first)
