"""``python -m connector``: the command line of Puente."""

from __future__ import annotations

import sys

from connector.app import Commands
from connector.cli.main import run

if __name__ == "__main__":
    sys.exit(run(Commands()))
