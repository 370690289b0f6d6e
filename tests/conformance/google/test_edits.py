"""Random edits of a person between random refreshes: what is ours is right, and what is theirs keeps its meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from random import Random
from typing import Any

import gspread
import pytest
from gspread.exceptions import APIError

from connector.deliver.sheets.cells import plain, same
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.outcome import Outcome
from connector.deliver.sheets.reading import read
from connector.deliver.sheets.refusals import POLICY
from connector.deliver.sheets.transport import Route
from connector.sandbox.google.start import start_google
from connector.sandbox.http.message import Request
from tests.conformance.google.edits import GENTLE, HARSH, MINE, Edit
from tests.deliver.sheets.small_layouts import Desk, report
from tests.google.judge import Judge
from tests.google.redirect import redirected
from tests.http.vendor import FakeClock, client_of

pytestmark = pytest.mark.conformance

SEEDS = 40
STEPS = 6
COLUMNS = (("owner", "Owner"), ("amount", "Amount"), ("deals", "Deals"), ("won", "Won"), ("lost", "Lost"))


@contextmanager
def opened(layout: Layout) -> Iterator[Desk]:
    """Give a spreadsheet with a report; every request of the test is judged at its end."""
    clock, judge = FakeClock(), Judge()
    with start_google(clock=clock.now) as google, client_of(google.token, policy=POLICY, clock=clock) as client:
        google.witness = judge
        session, _ = redirected(google.url, google.token)
        person = gspread.Client(auth=None, session=session)  # type: ignore[arg-type]
        yield Desk(google, GoogleSheets(Route(client, "owner@example.org", google.url)), person, layout).make()
        session.close()
        assert google.bugs == []
    judge.check()


def random_layout(random: Random, *, narrowest: int = 2) -> Layout:
    columns = COLUMNS[: random.randint(narrowest, 5)]
    rows = tuple(
        (f"N{random.randrange(50)}", *(random.randrange(1_000) / 4 for _ in columns[1:]))
        for _ in range(random.randrange(12))
    )
    return report(rows, columns=columns, said=f"day {random.randrange(100)}")


def edit_at_random(desk: Desk, random: Random, edits: Mapping[str, Edit]) -> str:
    name = random.choice(sorted(edits))
    with suppress(APIError):  # Google refuses some, as it would refuse the person
        edits[name](desk, random)
    return name


def refreshed(desk: Desk, layout: Layout, random: Random, edits: Mapping[str, Edit], trail: list[str]) -> Outcome:
    """Refresh; now and then the person edits between our reading and our writing."""

    def quicker(request: Request) -> None:
        if request.path.endswith(":batchUpdate") and b"includeSpreadsheetInResponse" in request.body:
            desk.google.before_each = None
            trail.append(f"meanwhile {edit_at_random(desk, random, edits)}")

    desk.google.before_each = quicker if random.random() < 0.3 else None
    restore = random.random() < 0.2
    trail.append(f"refresh{' --restore' if restore else ''}")
    outcome = desk.refresh(layout, restore=restore)
    desk.google.before_each = None
    return outcome


def check_owned(desk: Desk, layout: Layout, trail: list[str]) -> None:
    """Every cell that is ours holds what the report says; the tail below a shorter table is empty."""
    ground = read(desk.api, desk.spreadsheet, with_cells=True)
    for tab in layout.tabs:
        found = ground.tabs.get(tab.id)
        slots = found.sheet.slots_of(tab.id) if found else {}
        for region in tab.regions if found and slots else ():
            known = found.record.regions.get(region.id) if found else None
            extent = found.sheet.extent(tab.id, region.id, known) if found and known else None
            if extent is None or known is None or found is None or not extent.rows:
                continue
            places = {column.id: place for place, column in enumerate(region.columns)}
            columns = [(slots[slot], each.id) for slot, each in enumerate(known.columns) if each and slot in slots]
            assert {name for _, name in columns} | set(known.gone) >= set(places) or len(slots) < len(places), trail
            assert len(extent.body) >= len(region.body), trail
            for number, row in enumerate(extent.body):
                wanted = region.body[number] if number < len(region.body) else ()
                for column, name in columns:
                    value = plain(wanted[places[name]]) if places[name] < len(wanted) else None
                    assert same(found.sheet.held(row, column), value), (trail, tab.id, region.id, number, name)


def strangers(desk: Desk) -> list[Any]:
    """Return the filled cells of the report's tabs that are not ours."""
    ground = read(desk.api, desk.spreadsheet, with_cells=True)
    owned = set()
    for tab, found in ground.tabs.items():
        slots = found.sheet.slots_of(tab)
        for region, known in found.record.regions.items():
            extent = found.sheet.extent(tab, region, known)
            columns = [slots[slot] for slot, each in enumerate(known.columns) if each and slot in slots]
            owned |= {(found.sheet.id, row, column) for row in (extent.rows if extent else ()) for column in columns}
    return [
        (sheet.title, row, column, value)
        for sheet in desk.book.worksheets()
        if sheet.title != MINE
        for row, line in enumerate(sheet.get_all_values())
        for column, value in enumerate(line)
        if value != "" and (sheet.id, row, column) not in owned
    ]


@pytest.mark.parametrize("start", range(0, SEEDS, 10))
def test_whatever_a_person_does_the_next_refresh_shows_the_report(start: int) -> None:
    for seed in range(start, start + 10):
        random, trail = Random(seed), [f"seed {seed}"]
        with opened(random_layout(random)) as desk:
            for _ in range(STEPS):
                trail += [edit_at_random(desk, random, HARSH) for _ in range(random.randrange(4))]
                layout = random_layout(random)
                refreshed(desk, layout, random, HARSH, trail)
                check_owned(desk, layout, trail)
                again = desk.refresh(layout)
                if again.writes:  # what somebody laid over the headings may be seen for what it is one refresh later
                    again = desk.refresh(layout)
                assert again.writes == 0, (trail, [each.sentence for each in again.findings])
                check_owned(desk, layout, trail)


@pytest.mark.parametrize("start", range(0, SEEDS, 10))
def test_what_is_the_persons_keeps_its_meaning(start: int) -> None:
    """A formula over a column of ours follows the table through moves, growing and shrinking; no figure of ours is left
    among the cells of the person."""
    for seed in range(1_000 + start, 1_010 + start):
        random, trail = Random(seed), [f"seed {seed}"]
        with opened(report()) as desk:
            mine = desk.book.add_worksheet(MINE, 5, 5)
            formulas = [["=SUM(Sales!B8:B11)"], ["=ROWS(puente_sales_deals)"], ["=Sales!B7*2"], ["my own words"]]
            mine.update(formulas, "A1", raw=False)
            mine.update_note("A4", "mine")
            for _ in range(STEPS):
                trail += [edit_at_random(desk, random, GENTLE) for _ in range(random.randrange(4))]
                layout = random_layout(random)
                refreshed(desk, layout, random, GENTLE, trail)
                body = layout.tabs[0].regions[1].body
                total = sum(float(str(row[1])) for row in body)
                found = [line[0] for line in mine.get("A1:A4", value_render_option="UNFORMATTED_VALUE")]
                assert found[0] == total, (trail, mine.get("A1", value_render_option="FORMULA"))
                assert found[1] >= len(body) + 2, trail
                assert found[2] == 2 * total, trail
                assert found[3] == "my own words"
                assert mine.get_note("A4") == "mine"
                assert strangers(desk) == [], trail
                check_owned(desk, layout, trail)
