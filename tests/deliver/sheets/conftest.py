"""A sandbox Google for a test, somebody who writes reports into it, and a person who works in the same sheets.

Every request of a test, ours and the person's, is judged by Google's discovery documents when the test ends.
"""

from __future__ import annotations

from collections.abc import Iterator

import gspread
import pytest

from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.google_drive import GoogleDrive
from connector.deliver.sheets.refusals import POLICY
from connector.deliver.sheets.transport import Route
from connector.sandbox.google.start import RunningGoogle, start_google
from tests.google.judge import Judge
from tests.google.redirect import redirected
from tests.http.vendor import FakeClock, client_of


@pytest.fixture
def clock() -> FakeClock:
    """The time of the test; it passes by ``clock.sleep(seconds)``, which takes none."""
    return FakeClock()


@pytest.fixture
def judge() -> Judge:
    """Sees each request; the test fails for one that Google would refuse by its form."""
    return Judge()


@pytest.fixture
def google(clock: FakeClock, judge: Judge) -> Iterator[RunningGoogle]:
    """A running Google. ``google.traffic`` is what was asked, ``google.books`` what there is."""
    running = start_google(clock=clock.now)
    running.witness = judge
    with running:
        yield running
    judge.check()
    assert not running.bugs, "\n".join(running.bugs)


@pytest.fixture
def route(google: RunningGoogle, clock: FakeClock) -> Iterator[Route]:
    """Our own transport, signed in as the owner."""
    with client_of(google.token, policy=POLICY, clock=clock) as client:
        yield Route(client, "owner@example.org", google.url)


@pytest.fixture
def api(route: Route) -> GoogleSheets:
    """The Sheets calls of the code under test."""
    return GoogleSheets(route)


@pytest.fixture
def drive(route: Route) -> GoogleDrive:
    """The Drive calls of the code under test."""
    return GoogleDrive(route)


@pytest.fixture
def person(google: RunningGoogle) -> Iterator[gspread.Client]:
    """Somebody with the same account who works by hand, through gspread as it is."""
    session, _ = redirected(google.url, google.token)
    yield gspread.Client(auth=None, session=session)  # type: ignore[arg-type]
    session.close()
