"""``python -m tests.live_check -w WORKSPACE [--into SPREADSHEET]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from connector.actions.google_access import find_google, open_google
from connector.actions.sheet_runs import found_file, made_file
from connector.app import Commands
from connector.deliver.sheets.google_api import spreadsheet_id
from connector.errors import PuenteError, UnknownName
from tests.live_check.checks import CHECKS
from tests.live_check.scratch import Scratch

NOTHING = "Nothing was checked: live-check needs a Google account."


def main(arguments: list[str] | None = None) -> int:
    """Run the checks; 0 also when there is no account, because there is nothing wrong then."""
    parser = argparse.ArgumentParser(prog="live-check", description=__doc__)
    parser.add_argument("-w", "--workspace", default="", help="workspace to which Google is connected")
    parser.add_argument("--into", default="", help="spreadsheet to try things in; a service account needs one")
    given = parser.parse_args(arguments)
    if not given.workspace:
        print(f"{NOTHING} Connect one (connector/deliver/sheets/SETUP.md), then:")
        print("  make live-check LIVE_ARGS='-w WORKSPACE --into SPREADSHEET'")
        return 0
    session = Commands()
    try:
        return check(session, given.workspace, given.into)
    except UnknownName as error:
        print(f"{NOTHING} {error}")
        return 0
    except PuenteError as error:
        print(error)
        return error.exit_code
    finally:
        session.close()


def check(session: Commands, workspace: str, into: str) -> int:
    """Try everything once on a scratch spreadsheet and print a line each."""
    connection = find_google(session.store, workspace)
    with open_google(session.store, connection, session.settings.allowed_hosts) as google:
        file = (
            found_file(google, spreadsheet_id(into))
            if into
            else made_file(google, "Puente live check", session.person())
        )
        scratch = Scratch(google, file.id)
        print(f"Trying on {google.page(file.id)} as {google.email}")
        for name, work in CHECKS:
            try:
                found = work(scratch)
            except PuenteError as error:
                found = f"could not be tried: {error}"
            print(f"{name}: {found}", flush=True)
        record = Path(session.settings.data_dir) / "live-check" / f"{session.now():%Y%m%d-%H%M}.json"
        scratch.record(record)
        print(f"What was asked and answered is in {record}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
