"""The sandbox answers recorded requests as Google answered them.

The recordings lie outside of this repository. Each is said to an empty account. Requests about files that were in the
recording's account before (``is_foreign``) cannot be compared: the sandbox has no such files. Of the others every
difference stands in :data:`KNOWN` with its reason, and what stands there has to be a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance.google.replay import Outcome, recorded, replay

pytestmark = pytest.mark.conformance

LEAST_SHARE = 0.99
OLD_DRIVE = "Drive v2's File has some thirty fields of links, dates and names of the account; the sandbox gives a few"
KNOWN: dict[tuple[str, int], str] = {
    ("ClientTest.test_import_csv", 3): OLD_DRIVE,
    ("ClientTest.test_import_csv", 11): OLD_DRIVE,
}
"""Cassette and number of the pair to the reason why the sandbox answers otherwise."""


@pytest.fixture(scope="module")
def cassettes(shared_dir: Path) -> list[Path]:
    found = sorted((shared_dir / "recordings" / "google_sheets").glob("*.json"))
    if not found:
        pytest.skip("needs the recordings of Google Sheets in the shared material")
    return found


@pytest.fixture(scope="module")
def outcomes(cassettes: list[Path]) -> list[Outcome]:
    return [outcome for path in cassettes for outcome in replay(path.stem, recorded(path))]


def test_every_difference_is_known_and_every_known_one_is_there(outcomes: list[Outcome]) -> None:
    found = {
        (outcome.cassette, outcome.number): f"{outcome.method}: {outcome.difference}"
        for outcome in outcomes
        if outcome.difference and not outcome.is_foreign
    }
    assert {place: words for place, words in found.items() if place not in KNOWN} == {}
    assert set(KNOWN) - set(found) == set()


def test_the_share_of_equal_answers_is_high(outcomes: list[Outcome], figure: Callable[[str], None]) -> None:
    same = [outcome for outcome in outcomes if not outcome.difference]
    comparable = [outcome for outcome in outcomes if not outcome.is_foreign]
    equal = [outcome for outcome in comparable if not outcome.difference]
    figure(
        f"Google Sheets recordings: {len(same)} of {len(outcomes)} answers are Google's ({_percent(same, outcomes)}), "
        f"of the comparable ones {len(equal)} of {len(comparable)} ({_percent(equal, comparable)})"
    )
    figure("  " + ", ".join(_by_method(comparable)))
    assert len(equal) >= LEAST_SHARE * len(comparable)


def _percent(part: list[Outcome], whole: list[Outcome]) -> str:
    return f"{100 * len(part) / len(whole):.1f}%"


def _by_method(outcomes: list[Outcome]) -> list[str]:
    asked = Counter(outcome.method for outcome in outcomes)
    same = Counter(outcome.method for outcome in outcomes if not outcome.difference)
    return [f"{method} {same[method]}/{count}" for method, count in asked.most_common()]


def test_requests_about_foreign_files_are_told_apart(outcomes: list[Outcome]) -> None:
    foreign = [outcome for outcome in outcomes if outcome.is_foreign]
    assert foreign
    assert all(outcome.difference for outcome in foreign)


SEEDED = (
    ("WorksheetTest.test_batch_get", "B4", "B5"),
    ("WorksheetTest.test_batch_update", '"totalUpdatedCells": 8', '"totalUpdatedCells": 9'),
    ("WorksheetTest.test_freeze", '"frozenRowCount": 2', '"frozenRowCount": 3'),
    ("WorksheetTest.test_sort", "Elephant", "elephant"),
    ("WorksheetTest.test_format", '"fontSize": 12', '"fontSize": 13'),
    ("WorksheetTest.test_hide_show_worksheet", "hide all the sheets", "hide all sheets"),
    ("WorksheetTest.test_get_notes", "Or don't", "Or do"),
)


@pytest.mark.parametrize(("name", "true", "wrong"), SEEDED)
def test_a_mistake_in_a_recording_is_found(cassettes: list[Path], name: str, true: str, wrong: str) -> None:
    pairs = recorded(next(path for path in cassettes if path.stem == name))
    changed = set()
    for number, pair in enumerate(pairs):
        text = pair["response"]["body"].get("string") or ""
        if true in text:
            pair["response"]["body"]["string"] = text.replace(true, wrong)
            changed.add(number)
    assert changed
    assert {outcome.number for outcome in replay(name, pairs) if outcome.difference} == changed
