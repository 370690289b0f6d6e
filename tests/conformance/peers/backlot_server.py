"""Runs in backlot's own environment: serves the records that come in on standard input until that ends.

The first line is the records as JSON; the answer is one line of JSON with ``url`` and ``token``.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["BACKLOT_TELEMETRY"] = "0"  # it is on unless told
os.environ["DO_NOT_TRACK"] = "1"

import backlot
from backlot import server

server._LOCAL_HEALTH_ATTEMPTS, server._LOCAL_HEALTH_TIMEOUT = 600, 5.0  # a busy machine takes its time

if __name__ == "__main__":
    records = json.loads(sys.stdin.readline())
    with backlot.serve(records, telemetry=False) as running:
        print(json.dumps({"url": running.base_url, "token": running.token}), flush=True)
        sys.stdin.read()
