"""The demo organisation's HubSpot: as it was yesterday, and one day later."""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.sandbox.hubspot.next_day import Day, pass_day
from connector.sandbox.hubspot.start import start_hubspot
from connector.sandbox.hubspot.world import SEED, build_world


class DemoCrm:
    """A HubSpot of the sandbox whose clock stands until a day is let pass. Stop it with :meth:`stop`."""

    def __init__(self, now: datetime) -> None:
        """Start it as it was a day before ``now`` (aware)."""
        self.now = now - timedelta(days=1)
        self._tomorrow = now
        self._crm = build_world(SEED, self.now, lambda: self.now)
        self._running = start_hubspot(self._crm)
        self.url = self._running.url
        self.token = self._running.token

    def pass_day(self) -> Day:
        """Let the day pass, up to the moment the demo was started at."""
        done = pass_day(self._crm, self.now + timedelta(hours=8))
        self.now = self._tomorrow
        return done

    def stop(self) -> None:
        """Stop answering."""
        self._running.stop()
