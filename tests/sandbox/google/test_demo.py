"""The Google of the demo: it answers until the process that started it stops it, and not a copy of that process."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
import urllib3

from connector.sandbox.google.demo import DemoGoogle
from connector.sandbox.google.start import serve_google


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_copy_of_the_process_leaves_it_running() -> None:
    google = DemoGoogle()
    try:
        child = os.fork()
        if child == 0:
            google.stop()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        with urllib3.PoolManager(timeout=5, retries=False) as browser:
            assert browser.request("GET", google.url).status == 200
    finally:
        google.stop()


def test_two_of_them_have_addresses_of_their_own() -> None:
    one, two = DemoGoogle(), DemoGoogle()
    try:
        assert one.url != two.url
    finally:
        one.stop()
        two.stop()


def test_each_start_has_ids_of_its_own_unless_a_seed_is_named() -> None:
    def first_id(seed: int | None) -> str:
        with serve_google(0, "", seed, datetime(2026, 11, 20, tzinfo=UTC)) as running:
            return running.books.fresh_id()

    assert first_id(None) != first_id(None)
    assert first_id(5) == first_id(5)
    one = DemoGoogle()
    one.stop()
    two = DemoGoogle()
    two.stop()
    assert one._running.books.fresh_id() != two._running.books.fresh_id()
