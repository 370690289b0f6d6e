"""How much memory the engine is given."""

from __future__ import annotations

import pytest

from connector.normalise.engine import half_of


@pytest.mark.parametrize(
    ("given", "half"),
    [
        ("512MB", "256MB"),
        ("2GB", "1000MB"),
        ("2 GiB", "1000MB"),
        ("300MB", "256MB"),
        ("256MB", "256MB"),
        ("64MB", "64MB"),
    ],
)
def test_a_sync_takes_half_but_not_too_little(given: str, half: str) -> None:
    assert half_of(given) == half
