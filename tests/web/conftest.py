"""The application over the stand-in service."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from connector.web.application import create_app
from tests.web.stand_in import KEY, StandIn


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture
def client(stand_in: StandIn) -> FlaskClient:
    """A caller with the key of the workspace Acme."""
    client = create_app(stand_in).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
    return client


@pytest.fixture
def stranger(stand_in: StandIn) -> FlaskClient:
    """A caller without a key."""
    return create_app(stand_in).test_client()
