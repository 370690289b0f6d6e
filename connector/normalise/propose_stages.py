"""The stages of the deals: what each means and in which order the open ones come."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from connector.normalise.propose_drafts import Draft
from connector.normalise.propose_values import number
from connector.normalise.words import FALSE, TRUE, stage_kind, stage_rank

MANY_STAGES: Final = 200
"""A column with more values than this is not a stage."""
APART: Final = 0.7
STEADY: Final = 0.95
"""Share of a stage's deals that must carry one probability for it to be the stage's."""


@dataclass
class Seen:
    """What the sample says about one stage of one pipeline."""

    first: int
    rows: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    probabilities: Counter[float] = field(default_factory=Counter)


def stages(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """Return the ``stages`` of the mapping: open ones in order, then the closed ones. Empty when a file has them."""
    if any(draft.entity == "stage" for draft in drafts):
        return []
    seen: dict[tuple[str, str], Seen] = {}
    for draft in drafts:
        if draft.entity == "deal" and draft.column("stage_id"):
            _look(draft, seen)
            _unseen(draft, seen)
    if not seen or len(seen) > MANY_STAGES:
        return []
    entries = [_entry(name, pipeline, what) for (pipeline, name), what in seen.items()]
    ranks = dict(zip(map(id, entries), _order(list(seen), list(seen.values())), strict=True))
    kinds = ("open", "won", "lost", "unqualified")
    return sorted(entries, key=lambda entry: (kinds.index(entry["kind"]), ranks[id(entry)]))


def _look(draft: Draft, seen: dict[tuple[str, str], Seen]) -> None:
    cells = draft.sample.cells
    names = cells[draft.column("stage_id") or ""]
    pipelines = cells.get(draft.column("pipeline_id") or "", [""] * len(names))
    probabilities = cells.get(draft.column("probability") or "", [""] * len(names))
    own = draft.chosen.get("probability")
    scale = float(own.rule.get("scale", 1)) if own else 1.0
    for row, (pipeline, name, text) in enumerate(zip(pipelines, names, probabilities, strict=True)):
        if not name:
            continue
        stage = seen.setdefault((pipeline, name), Seen(len(seen)))
        stage.rows += 1
        stage.flags[outcome(draft, row)] += 1
        value = number(text) if text else None
        if value is not None:
            stage.probabilities[value * scale] += 1


def _unseen(draft: Draft, seen: dict[tuple[str, str], Seen]) -> None:
    """Stages that only rows beyond the sample have; without a pipeline column nothing more has to be known."""
    facts = draft.facts("stage_id")
    if facts is not None and "pipeline_id" not in draft.chosen:
        for name in facts.counts:
            seen.setdefault(("", name), Seen(len(seen), flags=Counter({"": 1})))


def outcome(draft: Draft, row: int) -> str:
    """What the flags "is won", "is closed" say about one row; empty when there are none."""
    if not draft.extras:
        return ""
    flags = {name: _flag(draft, name, row) for name in ("is_won", "is_lost", "is_closed")}
    if flags["is_won"]:
        return "won"
    if flags["is_lost"] or (flags["is_closed"] and flags["is_won"] is False):
        return "lost"
    return "open" if flags["is_closed"] is False else ""


def _flag(draft: Draft, name: str, row: int) -> bool | None:
    """True or False; an empty cell beside filled ones is False, as exports of check boxes have it."""
    column = draft.extras.get(name)
    if column is None or not draft.sample.columns[column].filled:
        return None
    text = draft.sample.cells[column][row].lower()
    return True if text in TRUE else False if text in FALSE or not text else None


def _entry(name: str, pipeline: str, seen: Seen) -> dict[str, Any]:
    flagged = seen.flags.most_common(1)[0][0]
    entry: dict[str, Any] = {"name": name, "kind": flagged or stage_kind(name)}
    if pipeline:
        entry["pipeline"] = pipeline
    probability = _steady(seen)
    if probability and entry["kind"] == "open":
        entry["probability"] = probability
    return entry


def _steady(seen: Seen) -> float | None:
    """The probability of a stage, 0..1, when nearly all of its deals carry the same."""
    if not seen.probabilities:
        return None
    value, rows = seen.probabilities.most_common(1)[0]
    return round(value, 4) if rows >= STEADY * seen.rows and seen.rows > 1 and 0 <= value <= 1 else None


def _order(keys: list[tuple[str, str]], found: list[Seen]) -> list[tuple[float, ...]]:
    """Sort by probability where it tells the stages apart, else by the usual words, else as they first appear."""
    by_pipeline: dict[str, list[Seen]] = defaultdict(list)
    for (pipeline, name), seen in zip(keys, found, strict=True):
        if stage_kind(name) == "open":
            by_pipeline[pipeline].append(seen)
    order: list[tuple[float, ...]] = []
    for (pipeline, name), seen in zip(keys, found, strict=True):
        group = by_pipeline[pipeline] or [seen]
        likely = _likely(seen) if _tell_apart(group) else 0.0
        order.append((float(min(stage.first for stage in group)), likely, float(stage_rank(name)), float(seen.first)))
    return order


def _likely(seen: Seen) -> float:
    return median(seen.probabilities.elements()) if seen.probabilities else 0.0


def _tell_apart(group: Sequence[Seen]) -> bool:
    """Whether most open stages have a probability of their own; some CRMs leave those of added stages at zero."""
    return len({_likely(stage) for stage in group}) > APART * len(group)
