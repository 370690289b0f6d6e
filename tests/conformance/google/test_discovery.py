"""Google's discovery documents as a judge, held against recorded traffic: what Google took passes, mistakes do not."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.google.discovery import faults
from tests.google.mistakes import mistakes

pytestmark = pytest.mark.conformance

MEANING = ("You can't hide all the sheets",)
"""Refusals that are about what a sheet holds; no schema can see them."""


@dataclass(frozen=True)
class Recorded:
    """One request that was sent to Google, and the answer."""

    verb: str
    url: str
    body: str | None
    content_type: str
    status: int
    answer: str


@pytest.fixture(scope="module")
def recorded(shared_dir: Path) -> list[Recorded]:
    folder = shared_dir / "recordings" / "google_sheets"
    if not folder.is_dir():
        pytest.skip("needs the recordings of Google Sheets in the shared material")
    return [one for file in sorted(folder.glob("*.json")) for one in _of_file(file)]


def _of_file(file: Path) -> Iterator[Recorded]:
    for pair in json.loads(file.read_text(encoding="utf-8"))["interactions"]:
        asked, answered = pair["request"], pair["response"]
        kind = (asked["headers"].get("Content-Type") or [""])[0]
        text = answered["body"].get("string", "")
        yield Recorded(asked["method"], asked["uri"], asked["body"], kind, answered["status"]["code"], str(text))


def found_faults(one: Recorded) -> list[str]:
    return faults(one.verb, one.url, one.body, one.content_type)


def test_what_google_took_passes_and_what_it_refused_by_form_does_not(
    recorded: list[Recorded], figure: Callable[[str], None]
) -> None:
    taken = [one for one in recorded if one.status != 400]
    refused = [one for one in recorded if one.status == 400 and not any(text in one.answer for text in MEANING)]
    wrong = {one.url: found for one in taken if (found := found_faults(one))}
    caught = sum(bool(found_faults(one)) for one in refused)
    figure(f"schema: {len(taken) - len(wrong)} of {len(taken)} recorded requests that Google took pass")
    figure(f"schema: {caught} of {len(refused)} recorded requests that Google refused by their form are caught")
    assert len(taken) > 1300
    assert wrong == {}
    assert caught == len(refused) > 0


def test_every_mistake_made_in_recorded_requests_is_caught(
    recorded: list[Recorded], figure: Callable[[str], None]
) -> None:
    made: Counter[str] = Counter()
    missed: list[Any] = []
    for one in _different(recorded):
        body = json.loads(one.body) if one.body else None
        for mistake in mistakes(one.verb, one.url, body, Random(one.url)):
            made[mistake.kind] += 1
            if not faults(mistake.verb, mistake.url, mistake.body, one.content_type):
                missed.append(mistake)
    figure(f"schema: {made.total() - len(missed)} of {made.total()} mistakes made in recorded requests are caught")
    assert made.total() > 5000
    assert min(made.values()) >= 100
    assert missed == []


def _different(recorded: list[Recorded]) -> Iterator[Recorded]:
    """Yield good requests that differ in more than an id."""
    seen = set()
    for one in recorded:
        key = (one.verb, re.sub(r"[\w-]{30,}", "ID", one.url), one.body)
        if key not in seen and one.content_type in ("", "application/json") and not found_faults(one):
            seen.add(key)
            yield one
