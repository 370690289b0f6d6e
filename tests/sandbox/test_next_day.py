"""The second exports are the first ones plus one day: exactly the announced changes, found by comparing the files."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from connector.sandbox.company.facts import OPEN_STAGES
from connector.sandbox.exports import LAYOUTS, expected_changes

TODAY = date(2026, 11, 21)
Exports = Any


def deals(exports: Exports) -> dict[str, tuple[str, str, str, str]]:
    """Stage position or name, amount, owner and last change of each deal of both systems."""
    places = {stage.name: str(place) for place, stage in enumerate(OPEN_STAGES)}
    places |= {stage.spanish: str(place) for place, stage in enumerate(OPEN_STAGES)}
    places |= {"Ganado": "Closed Won", "Perdido": "Closed Lost", "Descartado": "Disqualified"}
    found = {
        row["Opportunity ID"]: (row["Stage"], row["Amount"], row["Owner ID"], row["Last Modified"])
        for row in exports.rows("deals.csv")
    }
    for row in exports.rows("Negocios España.csv"):
        found[row["Código"]] = row["Etapa"], row["Importe"], row["Responsable"], row["Última modificación"]
    return {key: (places.get(stage, stage), *rest) for key, (stage, *rest) in found.items()}  # type: ignore[misc]


def what_happened(before: tuple[str, str, str, str], after: tuple[str, str, str, str]) -> str:
    if after[0] != before[0]:
        if before[0] == "Closed Lost":
            return "reopened"
        return {"Closed Won": "won", "Closed Lost": "lost"}.get(after[0], "moved")
    if after[1] != before[1]:
        return "repriced"
    return "owner_assigned" if after[2] and not before[2] else "other"


def test_the_files_differ_by_the_announced_changes(first: Exports, second: Exports) -> None:
    before, after = deals(first), deals(second)
    assert before.keys() <= after.keys(), "nothing disappears"
    changed = [key for key in before if before[key] != after[key]]
    found = Counter(what_happened(before[key], after[key]) for key in changed)
    found["created"] = len(after.keys() - before.keys())
    found["leads_created"] = len(second.rows("leads.csv")) - len(first.rows("leads.csv"))
    assert found == expected_changes(TODAY)
    assert set(found) == {
        "won", "lost", "moved", "repriced", "reopened", "owner_assigned", "created", "leads_created",
    }  # fmt: skip


def test_whatever_changed_says_so_in_its_last_modified(first: Exports, second: Exports) -> None:
    before, after = deals(first), deals(second)
    changed = {key for key in before if before[key][:3] != after[key][:3]}
    stamped = {key for key in before if before[key][3] != after[key][3]}
    assert changed == stamped


def test_logs_only_grow(first: Exports, second: Exports) -> None:
    for file in ("stage_events.tsv", "fx_rates.csv", "web_sessions.csv", "leads.csv"):
        older = {tuple(row) for row in first.lists(file)}
        newer = {tuple(row) for row in second.lists(file)}
        assert older <= newer, file


def test_headers_stay_the_same(first: Exports, second: Exports) -> None:
    for layout in LAYOUTS:
        assert first.lists(layout.file)[0] == second.lists(layout.file)[0]
