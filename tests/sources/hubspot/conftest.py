"""The demo organisation as a CRM that no test changes, made once."""

from __future__ import annotations

import pytest

from connector.sandbox.crm.crm import Crm
from connector.sandbox.hubspot.world import build_world
from tests.sources.hubspot.desk import START


@pytest.fixture(scope="session")
def organisation() -> Crm:
    """The demo organisation; read only."""
    return build_world(7, START)
