"""Stand-ins of vendors and a demo organisation. Shares no word with the code it judges."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connector.sandbox.google.start import RunningGoogle
    from connector.sandbox.http.stand_in import StandIn

SYSTEMS = ("hubspot", "google")
"""Vendors that there is a stand-in of."""
USUAL_SEED = 1


def serve(system: str, port: int, faults: str, seed: int | None, now: datetime) -> StandIn | RunningGoogle:
    """Start the stand-in of a vendor on 127.0.0.1 and return it: ``url``, ``token``, ``wait()``, ``stop()``.

    ``port`` 0 takes a free one; ``faults`` declares what goes wrong (see ``connector.sandbox.http.faults``), empty
    for nothing; ``seed`` makes a company or, for Google, the ids of its files (None: the
    usual company, and ids that no other start has); ``now`` (aware) is the moment at which its clock starts.
    Raises FaultError, a ValueError, for faults that do not exist; OSError for a port that is taken.
    """
    # ruff: noqa: PLC0415 - nothing of it loads for --help
    if system == "google":
        from connector.sandbox.google.start import serve_google

        return serve_google(port, faults, seed, now)
    from connector.sandbox.hubspot.start import serve_hubspot

    return serve_hubspot(port, faults, USUAL_SEED if seed is None else seed, now)
