"""``sheet create``: what can be wrong is looked at before anything is made; what was made is told with the error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from connector.actions.google_access import Google, find_google, open_google
from connector.actions.sheet_list import list_sheets
from connector.actions.sheets import SheetMeans, SheetRequest, Written, create_sheet
from connector.deliver.sheets.google_api import checked_id, spreadsheet_id
from connector.errors import NotAllowed, NotInAccount, PuenteError, UserError, quote
from connector.store.store import Store

FOLDER_TYPE: Final = "application/vnd.google-apps.folder"
_ADDRESS: Final = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s.,;<>]+")
_FOLDER: Final = re.compile(r"/folders/([A-Za-z0-9_-]{5,200})(?:[/?#]|\Z)")


def make_sheet(store: Store, request: SheetRequest, means: SheetMeans, now: datetime) -> Written:
    """Put a report into a spreadsheet, remember it, and share it with whom the request names.

    ``error`` of the answer says what is lacking of a spreadsheet that was made: its figures, or somebody's right to it.
    Raises what evaluating the report and Google raise where nothing was made.
    """
    _check_addresses(request.share)
    asked = replace(request, folder=_folder_id(request.folder))
    try:
        made = create_sheet(store, asked, means, now)
    except PuenteError as error:
        left = _left(store, request.workspace, now)
        if left is not None:
            return replace(left, error=error)
        raise _about_folder(store, asked, means, error) from None
    return _shared(store, request, means, made) if request.share else made


def _check_addresses(addresses: Sequence[str]) -> None:
    for address in addresses:
        if _ADDRESS.fullmatch(address) is None:
            raise UserError(
                f"{quote(address)} is no e-mail address.",
                place="--share",
                remedy="Write one address, such as ana@acme.example, and --share again for the next. Nothing was made.",
            )


def _folder_id(text: str) -> str:
    """Return the id that a person means by a folder's address, or by the id itself. Raises UserError."""
    text = text.strip()
    found = _FOLDER.search(text)
    if found or not text:
        return found[1] if found else ""
    try:
        return checked_id(text)
    except UserError:
        raise UserError(
            f"{quote(text)} is no folder of Google Drive.",
            place="--folder",
            remedy="Open the folder in the browser and copy its whole address.",
        ) from None


def _left(store: Store, workspace: str, now: datetime) -> Written | None:
    """Return the spreadsheet that a broken-off run has made and remembered; None where there is none."""
    for binding in store.sheets(store.workspace(workspace)):
        if binding.created_at == now and binding.last_good_at is None and binding.kind == "report":
            address = list_sheets(store, binding.spreadsheet_id, workspace)[0].address
            go_on = f"The spreadsheet is made but holds no report yet. Go on with: sheet refresh {address}"
            return Written(binding.title, address, "not finished", (go_on,))
    return None


def _about_folder(store: Store, request: SheetRequest, means: SheetMeans, error: PuenteError) -> PuenteError:
    """Return what is wrong with the folder that was named, or the error itself when it is not the folder."""
    if not request.folder or request.into or not isinstance(error, NotInAccount | NotAllowed):
        return error
    connection = find_google(store, request.workspace, request.connection)
    with suppress(PuenteError), open_google(store, connection, means.allowed_hosts, means.clock) as google:
        return _folder_problem(google, request.folder) or error
    return error


def _folder_problem(google: Google, folder: str) -> PuenteError | None:
    me = google.email or "the account that Puente uses"
    try:
        known = google.drive.describe(folder)
    except NotInAccount:
        return NotInAccount(
            f"Google knows no such folder: it was deleted, its address is wrong, or it is not shared with {me}.",
            place="--folder",
            remedy=f"Open the folder in the browser and copy its whole address, and share it with {me} as an editor.",
        )
    name = quote(known.get("name", ""))
    if known.get("mimeType") != FOLDER_TYPE:
        return UserError(
            f"{name} is no folder of Google Drive.",
            place="--folder",
            remedy="Open the folder in the browser and copy its whole address.",
        )
    if known.get("capabilities", {}).get("canEdit") is False:
        return NotAllowed(
            f"{me} may not make files in the folder {name}.",
            place="--folder",
            remedy=f"Whoever owns it can share it with {me} as an editor.",
        )
    return None


def _shared(store: Store, request: SheetRequest, means: SheetMeans, made: Written) -> Written:
    """Share a spreadsheet with everybody named; whom Google refuses does not keep it from the others."""
    connection = find_google(store, request.workspace, request.connection)
    error: PuenteError | None = None
    lines = list(made.findings)
    with open_google(store, connection, means.allowed_hosts, means.clock) as google:
        for address in request.share:
            try:
                google.drive.share(spreadsheet_id(made.address), address, "writer")
            except PuenteError as refused:
                error = error or refused
                lines.append(f"The spreadsheet is made, but not shared with {address}. Share it in Google Sheets.")
    return replace(made, findings=tuple(lines), error=error)
