"""The Google of the demo: it answers until the process that started it stops it, and not a copy of that process."""

from __future__ import annotations

import os

import pytest
import urllib3

from connector.sandbox.google.demo import DemoGoogle


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
