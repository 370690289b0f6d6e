"""New columns and files for a mapping that is remembered: what it says stays, what it does not know is proposed."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connector.normalise.propose_custom import CustomNames
from connector.normalise.propose_folding import tokens_of
from connector.normalise.propose_result import ColumnChoice, Proposal
from connector.normalise.propose_values import Sample

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

Entry = dict[str, Any]


@dataclass(frozen=True)
class Remembered:
    """What the mapping says of one dataset."""

    entries: list[Entry]

    @property
    def entity(self) -> str:
        """Entity of the first record: the main one."""
        records = [record for entry in self.entries for record in entry.get("records", ())]
        return str(records[0]["entity"]) if records else ""

    def columns(self) -> set[str]:
        """Every column of the file that a rule or condition names."""
        return {name for entry in self.entries for name in _mentioned(entry)}


def extended(
    mapping: Mapping[str, Any],
    samples: Sequence[Sample],
    known: Mapping[str, Collection[str]],
    proposer: Callable[..., Proposal],
) -> Proposal:
    """See :func:`connector.normalise.propose.extend`."""
    result = copy.deepcopy(dict(mapping))
    result.setdefault("files", [])
    remembered = {sample.name: Remembered(_entries(result, sample.name)) for sample in samples}
    entities = {name: found.entity for name, found in remembered.items() if found.entity}
    full = proposer(samples, entities, _names_in_use(result))
    choices: list[ColumnChoice] = []
    for sample in samples:
        found = remembered[sample.name]
        if not found.entries:
            result["files"] += [entry for entry in full.mapping["files"] if entry["file"] == sample.name]
            choices += [choice for choice in full.columns if choice.dataset == sample.name]
            continue
        new = set(sample.columns) - found.columns() - set(known.get(sample.name, ()))
        proposed = next((entry for entry in full.mapping["files"] if entry["file"] == sample.name), None)
        added = _added(found, proposed, new)
        choices += _choices(full, sample.name, new, added)
    fresh = {sample.name for sample in samples if not remembered[sample.name].entries}
    _add_stages(result, full, fresh)
    skipped = tuple(name for name in full.skipped if name in fresh)
    return replace(full, mapping=result, columns=tuple(choices), skipped=skipped, notes={})


def _entries(mapping: Entry, dataset: str) -> list[Entry]:
    """Entries for a dataset, as the reader of mappings finds them: the exact name wins over patterns."""
    exact = [entry for entry in mapping["files"] if str(entry["file"]).casefold() == dataset.casefold()]
    return exact or [entry for entry in mapping["files"] if _fits(str(entry["file"]), dataset)]


def _fits(pattern: str, dataset: str) -> bool:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern.casefold())
    return re.fullmatch("".join(parts), dataset.casefold(), re.DOTALL) is not None


def _mentioned(value: Any, key: str = "") -> Iterable[str]:
    """Column names in a part of the mapping: under ``column`` and ``columns``, in short rules and in texts."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if name == "columns" and isinstance(part, Mapping):
                for rule in part.values():
                    yield from (rule,) if isinstance(rule, str) else _mentioned(rule)
            elif name not in ("label", "constant", "aliases"):
                yield from _mentioned(part, name)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _mentioned(part, key)
    elif isinstance(value, str) and key in ("column", "columns", "except"):
        yield value
    elif isinstance(value, str) and key == "text":
        yield from _PLACEHOLDER.findall(value)


def _names_in_use(mapping: Entry) -> CustomNames:
    names = CustomNames()
    for entry in mapping["files"]:
        for record in entry.get("records", ()):
            for target, rule in record.get("columns", {}).items():
                if target.startswith("custom."):
                    source = rule.get("column", "") if isinstance(rule, Mapping) else str(rule)
                    folded = " ".join(tokens_of(str(source)))
                    names.names[record["entity"], target.removeprefix("custom.")] = folded
    return names


def _added(found: Remembered, proposed: Entry | None, new: set[str]) -> set[tuple[str, str]]:
    """Add the rules that read only new columns, where nothing fills the target yet; return (entity, target)."""
    added: set[tuple[str, str]] = set()
    records = {record["entity"]: record for entry in reversed(found.entries) for record in entry.get("records", ())}
    for record in proposed["records"] if proposed else ():
        rules = record["columns"]
        fresh = {target: rule for target, rule in rules.items() if (used := _sources(rule)) and used <= new}
        own = records.get(record["entity"])
        if own is not None:
            missing = {target: rule for target, rule in fresh.items() if target not in own["columns"]}
            own["columns"] |= copy.deepcopy(missing)
            added |= {(record["entity"], target) for target in missing}
        elif fresh:
            found.entries[0]["records"].append(copy.deepcopy(record))
            added |= {(record["entity"], target) for target in rules}
    return added


def _sources(rule: Any) -> set[str]:
    return {rule} if isinstance(rule, str) else set(_mentioned(rule))


def _choices(full: Proposal, dataset: str, new: set[str], added: set[tuple[str, str]]) -> list[ColumnChoice]:
    """The choices that concern new columns; those whose target is taken say so."""
    result = []
    for choice in full.columns:
        if choice.dataset != dataset or choice.column not in new:
            continue
        if choice.entity and (choice.entity, choice.target) not in added:
            reason = f"{choice.entity}.{choice.target} is filled by another column already"
            choice = replace(choice, entity="", target="", reason=reason)  # noqa: PLW2901
        result.append(choice)
    return result


def _add_stages(mapping: Entry, full: Proposal, fresh: set[str]) -> None:
    """Stages of a new file of deals, when the mapping has none yet."""
    feeds_deals = {choice.dataset for choice in full.columns if choice.target == "stage_id"} & fresh
    if feeds_deals and not mapping.get("stages") and full.mapping.get("stages"):
        mapping["stages"] = full.mapping["stages"]
