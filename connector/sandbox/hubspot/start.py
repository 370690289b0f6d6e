"""Starts the stand-in of HubSpot, in this process."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from connector.sandbox.crm.crm import Crm
from connector.sandbox.http.faults import Fault, parse_faults
from connector.sandbox.http.stand_in import StandIn
from connector.sandbox.hubspot.kinds import SCOPES
from connector.sandbox.hubspot.mischief import HubSpotVendor
from connector.sandbox.hubspot.service import Habits, HubSpot
from connector.sandbox.hubspot.tokens import PRIVATE_TOKEN, Tokens
from connector.sandbox.hubspot.world import SEED, build_world


class RunningHubspot(StandIn):
    """A HubSpot that answers under ``url``; ``token`` is its private token, ``tokens`` all its keys."""

    def __init__(self, service: HubSpot, faults: Iterable[Fault], port: int) -> None:
        super().__init__(HubSpotVendor(service), faults, port)
        self.service = service
        self.token = PRIVATE_TOKEN
        self.tokens = service.tokens

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def start_hubspot(
    crm: Crm,
    *,
    faults: Iterable[Fault] | str = (),
    port: int = 0,
    enforce_limits: bool = False,
    index_lag_seconds: float = 0.0,
    scopes: Iterable[str] | None = None,
) -> RunningHubspot:
    """Serve a CRM as HubSpot on 127.0.0.1 from threads of this process, until ``stop()``.

    ``faults`` are faults or the text that declares them; ``enforce_limits`` refuses what goes beyond HubSpot's rates;
    ``index_lag_seconds`` is how far the search is behind; ``scopes`` what the token may, everything when None.
    Raises FaultError for a text that declares no faults.
    """
    declared = parse_faults(faults) if isinstance(faults, str) else list(faults)
    tokens = Tokens(crm, SCOPES if scopes is None else frozenset(scopes))
    service = HubSpot(crm, tokens, Habits(time.monotonic, enforce_limits, index_lag_seconds))
    running = RunningHubspot(service, declared, port)
    running.start()
    return running


def serve_hubspot(port: int, faults: str, seed: int, now: datetime) -> RunningHubspot:
    """Serve the demo organisation with limits enforced and a clock that goes on from ``now`` (aware)."""
    begun = time.monotonic()
    declared = parse_faults(faults)
    crm = build_world(seed or SEED, now, lambda: now + timedelta(seconds=time.monotonic() - begun))
    return start_hubspot(crm, faults=declared, port=port, enforce_limits=True)
