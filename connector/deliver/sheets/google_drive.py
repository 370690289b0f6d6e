"""The Drive calls of :class:`connector.deliver.sheets.api.DriveApi`, sent by google-api-python-client.

The client's own copy of the discovery document is used, so that nothing is asked to learn how to ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from googleapiclient.discovery import build

from connector.deliver.sheets.api import Body
from connector.deliver.sheets.google_api import checked_id
from connector.deliver.sheets.transport import GoogleHttp, Route

FILE_FIELDS: Final = "id,name,mimeType,trashed,webViewLink,driveId,capabilities(canEdit,canShare),appProperties"
KEY: Final = "puenteKey"
"""Name of the application's property by which a file that was made already is found again."""
SPREADSHEET_TYPE: Final = "application/vnd.google-apps.spreadsheet"


class GoogleDrive:
    """See :class:`connector.deliver.sheets.api.DriveApi`."""

    def __init__(self, route: Route) -> None:
        http = GoogleHttp(route)
        self._service: Any = build("drive", "v3", http=http, static_discovery=True, cache_discovery=False)

    def whoami(self) -> Body:
        """``about.get``: emailAddress and displayName of the account that we sign in with."""
        return cast("Body", self._service.about().get(fields="user(emailAddress,displayName)").execute()["user"])

    def describe(self, file: str) -> Body:
        """``files.get``."""
        asked = self._service.files().get(fileId=checked_id(file), fields=FILE_FIELDS, supportsAllDrives=True)
        return cast("Body", asked.execute())

    def make(self, name: str, key: str, folder: str = "") -> Body:
        """``files.create`` of an empty spreadsheet under ``key``, in a folder where one is named."""
        body: Body = {"name": name, "mimeType": SPREADSHEET_TYPE, "appProperties": {KEY: key}}
        if folder:
            body["parents"] = [checked_id(folder)]
        asked = self._service.files().create(body=body, fields=FILE_FIELDS, supportsAllDrives=True)
        return cast("Body", asked.execute())

    def copy(self, file: str, name: str, key: str) -> Body:
        """``files.copy``."""
        body = {"name": name, "appProperties": {KEY: key}}
        asked = self._service.files().copy(
            fileId=checked_id(file), body=body, fields=FILE_FIELDS, supportsAllDrives=True
        )
        return cast("Body", asked.execute())

    def find(self, key: str) -> Sequence[Body]:
        """``files.list`` of what was made under a key."""
        words = key.replace("\\", "\\\\").replace("'", "\\'")
        asked = self._service.files().list(
            q=f"appProperties has {{ key='{KEY}' and value='{words}' }} and trashed = false",
            fields=f"files({FILE_FIELDS})",
            includeItemsFromAllDrives=True,
            supportsAllDrives=True,
            pageSize=10,
        )
        return cast("Sequence[Body]", asked.execute().get("files", []))

    def share(self, file: str, address: str, role: str) -> Body:
        """``permissions.create``; Google's e-mail about it is not sent."""
        asked = self._service.permissions().create(
            fileId=checked_id(file),
            body={"type": "user", "role": role, "emailAddress": address},
            sendNotificationEmail=False,
            supportsAllDrives=True,
            fields="id,role,emailAddress",
        )
        return cast("Body", asked.execute())

    def export(self, file: str, media_type: str) -> bytes:
        """``files.export``: at most 10 MB, by Google's own limit."""
        return cast("bytes", self._service.files().export(fileId=checked_id(file), mimeType=media_type).execute())
