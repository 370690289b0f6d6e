"""A Google for the demo: the owner's account, which a service account may act for."""

from __future__ import annotations

import json
import os

from connector.sandbox.google.identity import OWNER
from connector.sandbox.google.start import start_google

PORT = 8091
"""Where the spreadsheets of the demo can be looked at, unless something else is there."""


class DemoGoogle:
    """A Google of the sandbox for the demo. Stop it with :meth:`stop`."""

    def __init__(self) -> None:
        try:
            self._running = start_google(port=PORT, seed=None)
        except OSError:
            self._running = start_google(seed=None)
        self._running.tokens.delegated = {OWNER.email}
        self.url = self._running.url
        self.key = json.dumps(self._running.key_file())
        self.subject = OWNER.email
        self._process = os.getpid()

    def stop(self) -> None:
        """Stop answering. A worker of the web server, which is a copy of this process, has nothing to stop."""
        if os.getpid() == self._process:
            self._running.stop()
