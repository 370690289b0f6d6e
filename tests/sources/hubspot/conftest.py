"""The demo organisation as a CRM that no test changes, made once, and a desk that answers as a test says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.sandbox.crm.crm import Crm
from connector.sandbox.http.server import Server
from connector.sandbox.hubspot.world import build_world
from tests.sources.hubspot.bodies import Desk
from tests.sources.hubspot.desk import START, Hands


@pytest.fixture(scope="session")
def organisation() -> Crm:
    """The demo organisation; read only."""
    return build_world(7, START)


@pytest.fixture(scope="module")
def running_desk() -> Iterator[Desk]:
    book = Desk()
    server = Server(book, Hands())
    server.start()
    book.url = server.url
    yield book
    server.stop()


@pytest.fixture
def desk(running_desk: Desk) -> Desk:
    running_desk.asked.clear()
    running_desk.answer = Desk.answer
    return running_desk
