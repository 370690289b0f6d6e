"""Our bounded HTTP client in the place of the two that Google's libraries bring.

gspread talks to a ``requests`` session without a time limit, and its back-off never gives up (sheets.md 2.9);
google-api-python-client talks to ``httplib2``. Both are handed what looks like theirs and sends through
:class:`connector.http.client.Client`: time limits, the table of retries, the budget that all processes share, tokens.
A write is asked again only when it surely did not reach Google or was refused for its pace; a lost answer to a write
is VendorUnavailable, and whoever wrote finds out whether it was done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httplib2
import requests
from requests.adapters import BaseAdapter

from connector.deliver.sheets.refusals import google_refusal
from connector.errors import Bug
from connector.http.answer import Request, Response
from connector.http.budget import Limit
from connector.http.client import Client
from connector.http.wire import Timeouts

SHEETS: Final = "https://sheets.googleapis.com"
DRIVE: Final = "https://www.googleapis.com"
TOKENS: Final = "https://oauth2.googleapis.com"
CONSENT: Final = "https://accounts.google.com"
HOSTS: Final = frozenset({"sheets.googleapis.com", "www.googleapis.com", "oauth2.googleapis.com"})
"""Google's hosts that requests are sent to."""

PACE: Final = 60
"""Reads, and writes, that Google allows one user of one project in a minute; a batch counts as one."""
DRIVE_PACE: Final = 600
"""Drive's own limit is far above this; it only keeps a mistake from becoming a flood."""

GOOGLE_TIMEOUTS: Final = Timeouts(connect=10.0, read=190.0, total=240.0)
"""Google works on one request for up to 180 s before it gives it up, and says nothing meanwhile."""

_READING: Final = re.compile(r":(?:getByDataFilter|batchGetByDataFilter)\Z|/developerMetadata:search\Z")
"""Calls that are sent as POST and change nothing."""
_OURS: Final = frozenset({"content-type", "content-encoding"})
"""Headers of the libraries that are passed on; the others describe a transport that is not used."""


def google_limits(pace: int = PACE) -> dict[str, tuple[Limit, ...]]:
    """Return the limits of one user by family: reads and writes a minute, and requests to Drive."""
    return {
        "read": (Limit("read", pace, 60.0),),
        "write": (Limit("write", pace, 60.0),),
        "drive": (Limit("drive", max(pace, DRIVE_PACE), 60.0),),
    }


@dataclass(frozen=True, slots=True)
class Route:
    """Sends requests to Google, or to the one address that stands in for all of its hosts.

    ``who`` is the address we sign in with, for the words of refusals; ``base_url`` is empty for Google itself.
    """

    client: Client
    who: str = ""
    base_url: str = ""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        """Return a good answer. Raises what :meth:`Client.send` raises, and the errors of ``refusals``."""
        place, path = self.address(url), url.partition("?")[0]
        reads = method in ("GET", "HEAD") or _READING.search(path) is not None
        drives = url.startswith(DRIVE)
        response = self.client.send(
            Request(
                method,
                place,
                family="drive" if drives else "read" if reads else "write",
                headers={name: text for name, text in headers.items() if name.lower() in _OURS}
                | {"user-agent": "Puente (gzip)"},
                body=body,
                repeatable=reads,
                json=not path.endswith("/export"),
            )
        )
        if not 200 <= response.status < 300:
            creates = method == "POST" and path.endswith(("/v4/spreadsheets", "/v3/files"))
            raise google_refusal(response, "Google Drive" if drives else "Google Sheets", self.who, creates=creates)
        return response

    def address(self, url: str) -> str:
        """Return where a request of a Google library goes."""
        return rewritten(url, self.base_url)


def rewritten(url: str, base_url: str) -> str:
    """Return the address at ``base_url`` that stands for one of Google's; an empty base changes nothing."""
    if not base_url:
        return url
    for host in (SHEETS, DRIVE, TOKENS, CONSENT):
        if url.startswith(f"{host}/"):
            return base_url.rstrip("/") + url[len(host) :]
    return url


# --- for gspread ------------------------------------------------------------------------------------------


class GoogleSession(requests.Session):
    """A session for ``gspread.Client(auth=None, session=...)``: compact bodies, nothing taken from the environment."""

    def __init__(self, route: Route) -> None:
        super().__init__()
        self.trust_env = False  # proxies, certificates and .netrc are the business of our client
        self.mount("https://", _Adapter(route))

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send a request; ``json`` is encoded without blanks, which saves a seventh of a large body."""
        content = options.pop("json", None)
        if content is not None:
            options["data"] = compact(content)
            options["headers"] = {**(options.get("headers") or {}), "Content-Type": "application/json"}
        options["allow_redirects"] = False
        return super().request(method, url, *args, **options)


class _Adapter(BaseAdapter):
    def __init__(self, route: Route) -> None:
        super().__init__()
        self._route = route

    def send(self, request: requests.PreparedRequest, *_args: Any, **_options: Any) -> requests.Response:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        answer = self._route.send(request.method or "GET", request.url or "", request.headers, body)
        given = _Answer()
        given.status_code, given.reason, given.url, given.request = (
            answer.status,
            answer.reason,
            request.url or "",
            request,
        )
        given.headers.update(answer.headers)
        given.encoding = "utf-8"
        given.take(answer)
        return given

    def close(self) -> None:
        self._route.client.close()


class _Answer(requests.Response):
    """An answer whose body is here already, and read."""

    def take(self, answer: Response) -> None:
        self._content = answer.data
        self._value = answer.value

    def json(self, **_options: Any) -> Any:
        return self._value


def compact(content: Any) -> bytes:
    """Return JSON without blanks, in UTF-8. Raises Bug for a number that JSON does not have (NaN, infinity)."""
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        raise Bug("A cell holds a number that is none (NaN or infinity).", place="Google Sheets") from None
    return text.encode("utf-8", "replace")  # half of a surrogate pair cannot be sent: it becomes a question mark


# --- for google-api-python-client ---------------------------------------------------------------------------


class GoogleHttp:
    """What ``googleapiclient`` calls in the place of ``httplib2.Http``."""

    def __init__(self, route: Route) -> None:
        self._route = route

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_options: Any,
    ) -> tuple[httplib2.Response, bytes]:
        """Return a good answer and its body. Raises as :meth:`Route.send`."""
        sent = body.encode() if isinstance(body, str) else body
        answer = self._route.send(method, uri, headers or {}, sent)
        return httplib2.Response({"status": str(answer.status), **dict(answer.headers)}), answer.data

    def close(self) -> None:
        """Close idle connections."""
        self._route.client.close()
