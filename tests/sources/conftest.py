"""What the tests of all sources share: the option that writes the matrix of faults."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def write_matrix(request: pytest.FixtureRequest) -> bool:
    """Whether the committed matrix is to be written anew instead of compared."""
    return bool(request.config.getoption("--write-matrix"))
