"""Propose a mapping from the names of files, their headers and sample values.

Nobody has to describe an export by hand: the proposal says which entity each file feeds, which column is what,
how the files refer to each other, what the stages mean, and what was left out, each with a reason. The person
who imports corrects the text; nothing here is applied unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from connector.model.schema import ENTITIES
from connector.normalise.propose_custom import CustomNames
from connector.normalise.propose_drafts import Chosen, Draft, draft_of
from connector.normalise.propose_entities import Reader, Reading
from connector.normalise.propose_extension import extended
from connector.normalise.propose_joins import found_by_value, join
from connector.normalise.propose_parts import parts_of
from connector.normalise.propose_records import complete, managers, prospects
from connector.normalise.propose_result import ColumnChoice, Proposal
from connector.normalise.propose_stages import stages
from connector.normalise.propose_values import DatasetSample, Sample

__all__ = ["ColumnChoice", "DatasetSample", "Proposal", "extend", "propose"]

VERSION: Final = 1
EXTRA_REASONS: Final = {
    "is_won": "told by the stages", "is_lost": "told by the stages", "is_closed": "told by the stages",
    "is_converted": "told by the status", "won_at": "told by the closing date", "lost_at": "told by the closing date",
}  # fmt: skip
UNSURE: Final = 0.8
"""Choices below this carry their reason as a remark in the text."""


def propose(datasets: Sequence[DatasetSample]) -> Proposal:
    """Propose a mapping for datasets that are imported together.

    The rows are samples: a thousand of each are plenty. Datasets that fit no entity are listed in ``skipped``.
    """
    return _propose([Sample.of(dataset) for dataset in datasets], {})


def extend(
    mapping: Mapping[str, Any],
    datasets: Sequence[DatasetSample],
    known: Mapping[str, Collection[str]] | None = None,
) -> Proposal:
    """Propose additions to a remembered mapping for columns and datasets that it does not know.

    ``mapping`` is the mapping file as plain data; nothing in it is changed or removed. ``known`` names, per
    dataset, columns of earlier imports that were deliberately left out. The proposal's mapping is the whole
    mapping with the additions, its ``columns`` are the new ones only.
    """
    samples = [Sample.of(dataset) for dataset in datasets]
    return extended(mapping, samples, known or {}, _propose)


def _propose(samples: Sequence[Sample], entities: Mapping[str, str], names: CustomNames | None = None) -> Proposal:
    """Propose for samples; ``entities`` fixes the main entity of some datasets, ``names`` custom names in use."""
    drafts = []
    for sample in samples:
        reading = _reading(sample, entities.get(sample.name))
        if reading is not None:
            draft = draft_of(sample, reading)
            complete(draft)
            drafts.append(draft)
    managers(drafts)
    prospects(drafts)
    fed = {draft.entity for draft in drafts}
    by_draft = [[draft, *parts_of(draft, fed)] for draft in drafts]
    all_drafts = [draft for group in by_draft for draft in group]
    reasons = _leftovers(by_draft, names or CustomNames())
    join(all_drafts)
    for draft in all_drafts:
        draft.sort()
    return _assembled(samples, by_draft, reasons)


def _reading(sample: Sample, entity: str | None) -> Reading | None:
    reader = Reader.of(sample)
    return reader.as_entity(entity) if entity is not None and entity in ENTITIES else reader.best()


def _leftovers(groups: Sequence[Sequence[Draft]], names: CustomNames) -> dict[tuple[str, str], str]:
    """Make references and custom columns of what is left; return why the others are left out."""
    mains = [group[0] for group in groups]
    left = [(group[0], _left(group)) for group in groups]
    for main, headers in left:
        for header in headers:
            names.note(main, header)
    reasons: dict[tuple[str, str], str] = {}
    for main, headers in left:
        flags = {column: extra for extra, column in main.extras.items()}
        for header in headers:
            linked = found_by_value(main, header, mains)
            if header in flags:
                reason = EXTRA_REASONS.get(flags[header], "part of a name")
            elif linked is not None:
                main.fill(linked[0], header, 0.7, f"its values are those of {linked[1].draft.sample.name}")
                continue
            else:
                reason = names.add(main, header)
            if reason:
                reasons[main.sample.name, header] = reason
    return reasons


def _left(group: Sequence[Draft]) -> list[str]:
    used = set().union(*(draft.used() for draft in group))
    return [header for header in group[0].sample.columns if header not in used]


def _assembled(
    samples: Sequence[Sample], groups: Sequence[Sequence[Draft]], reasons: Mapping[tuple[str, str], str]
) -> Proposal:
    mapping: dict[str, Any] = {"version": VERSION}
    drafts = [draft for group in groups for draft in group]
    if currency := _report_currency(drafts):
        mapping["workspace"] = {"currency": currency}
    if found := stages(drafts):
        mapping["stages"] = found
    mapping["files"] = [_file(group) for group in groups]
    feeding = {group[0].sample.name for group in groups}
    columns = [choice for group in groups for draft in group for choice in _choices(draft)]
    columns += [ColumnChoice(name, header, "", "", 1.0, reason) for (name, header), reason in reasons.items()]
    skipped = tuple(sample.name for sample in samples if sample.name not in feeding)
    columns += [
        ColumnChoice(sample.name, header, "", "", 1.0, "the file fits no entity of the schema")
        for sample in samples
        if sample.name in skipped
        for header in sample.columns
    ]
    return Proposal(mapping, tuple(columns), skipped, _notes(groups))


def _report_currency(drafts: Sequence[Draft]) -> str:
    """The currency of most rows with money, when the files say one."""
    counts: Counter[str] = Counter()
    for draft in drafts:
        chosen = draft.chosen.get("currency")
        if chosen is not None and "constant" in chosen.rule:
            counts[chosen.rule["constant"]] += draft.sample.rows
        elif (facts := draft.facts("currency")) is not None:
            counts.update({code: rows for code, rows in facts.counts.items() if len(code) == 3 and code.isupper()})
    return counts.most_common(1)[0][0] if counts else ""


def _file(group: Sequence[Draft]) -> dict[str, Any]:
    return {"file": group[0].sample.name, "records": [_record(draft) for draft in group]}


def _record(draft: Draft) -> dict[str, Any]:
    record: dict[str, Any] = {"entity": draft.entity}
    if draft.where:
        record["where"] = draft.where
    if draft.group:
        record["group"] = True
    record["columns"] = {target: _short(chosen) for target, chosen in draft.chosen.items()}
    return record


def _short(chosen: Chosen) -> Any:
    return chosen.rule["column"] if set(chosen.rule) == {"column"} else chosen.rule


def _choices(draft: Draft) -> list[ColumnChoice]:
    chosen = [
        ColumnChoice(draft.sample.name, column, draft.entity, target, chosen.confidence, chosen.reason)
        for target, chosen in draft.chosen.items()
        for column in chosen.columns
    ]
    named = {choice.column for choice in chosen}
    selecting = [str(condition["column"]) for condition in draft.where if condition["column"] not in named]
    reason = "selects the rows that count"
    return chosen + [ColumnChoice(draft.sample.name, name, draft.entity, "where", 0.9, reason) for name in selecting]


def _notes(groups: Sequence[Sequence[Draft]]) -> dict[tuple[str, int, str], str]:
    return {
        (group[0].sample.name, number, target): chosen.reason
        for group in groups
        for number, draft in enumerate(group)
        for target, chosen in draft.chosen.items()
        if chosen.confidence < UNSURE and not target.startswith("custom.")
    }
