"""The sandbox's Google as a whole: who asks, whether they may, how often, and which service answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from connector.sandbox.google import openid
from connector.sandbox.google.addresses import Api, api_of
from connector.sandbox.google.book import Books
from connector.sandbox.google.drive import Drive
from connector.sandbox.google.drive_files import Files
from connector.sandbox.google.drive_refusals import DriveRefused, no_credentials
from connector.sandbox.google.page import Page
from connector.sandbox.google.quotas import Quotas, counted
from connector.sandbox.google.refusals import Refused, denied, not_found
from connector.sandbox.google.sheets import GoogleSheets
from connector.sandbox.google.tokens import Pass, Tokens, bearer
from connector.sandbox.http.message import Answer, Request

SCOPE = "https://www.googleapis.com/auth/"
READING = frozenset(f"{SCOPE}{name}" for name in ("drive.readonly", "spreadsheets.readonly"))
WRITING = frozenset(f"{SCOPE}{name}" for name in ("drive", "drive.file", "spreadsheets"))
SEE = "See https://developers.google.com/identity/sign-in/web/devconsole-project."
EXPECTED = f"Expected OAuth 2 access token, login cookie or other valid authentication credential. {SEE}"


class Google:
    """Answers requests as Google's hosts would, without a fault. ``now`` is the clock (aware)."""

    def __init__(self, now: Callable[[], datetime], *, enforce_limits: bool = False, seed: int | None = 1) -> None:
        self.books = Books(seed)
        self.files = Files(self.books, now)
        self.tokens = Tokens(now)
        self.drive = Drive(self.files)
        self.sheets = GoogleSheets(self.books, now)
        self.quotas = Quotas(lambda: now().timestamp(), enforced=enforce_limits)
        self.page = Page(self.files)
        self._url = ""

    def stands_at(self, url: str) -> None:
        """Tell the parts where they can be reached."""
        self._url = self.tokens.url = self.drive.url = url

    def answer(self, request: Request) -> Answer:
        """Answer one request, whose path is the one of its host (see ``addresses.direct``)."""
        api = api_of(request)
        if api == "sign_in":
            return self._sign_in(request)
        if api == "page":
            return self.page.answer(request)
        opens = self.tokens.opened_by(request)
        if opens is None:
            return unauthenticated(api, is_missing=not bearer(request))
        try:
            self.quotas.check(counted(api, request), opens.person.email)
        except Refused as refused:
            return refusal(api, refused)
        return self.drive.answer(request, opens) if api == "drive" else self._sheets(request, opens)

    def _sheets(self, request: Request, opens: Pass) -> Answer:
        try:
            self._check_sheets(request, opens)
        except Refused as refused:
            return Answer(refused.status, refused.body())
        answer = self.sheets.answer(request, opens.person.email)
        if isinstance(answer.content, dict) and "spreadsheetUrl" in answer.content:
            page = answer.content["spreadsheetUrl"].removeprefix("https://docs.google.com")
            answer.content = answer.content | {"spreadsheetUrl": f"{self._url}{page}"}
        return answer

    def _check_sheets(self, request: Request, opens: Pass) -> None:
        """Refuse what the token or the kind of account does not allow; the file's own permissions Sheets asks for."""
        writes = counted("sheets", request) == "write"
        if not (WRITING if writes else WRITING | READING) & opens.scopes:
            raise insufficient_scopes()
        is_new = request.path == "/v4/spreadsheets"
        if is_new and not opens.person.has_storage:
            raise denied()
        if not is_new and opens.scopes & WRITING <= {f"{SCOPE}drive.file"} and not opens.scopes & READING:
            self._check_own(request.path)

    def _check_own(self, path: str) -> None:
        """With ``drive.file`` alone, only files of the app are there."""
        number = path.split("/")[3].partition(":")[0]
        if not any(file.id == number and file.by_app for file in self.files):
            raise not_found()

    def _sign_in(self, request: Request) -> Answer:
        path = request.path
        if path.startswith("/o/"):
            return self.tokens.consent_page(request)
        answers: dict[str, Callable[[], Answer]] = {
            "/token": lambda: self.tokens.answer(request),
            "/oauth2/v4/token": lambda: self.tokens.answer(request),
            "/revoke": lambda: self.tokens.revoke_answer(request),
            "/tokeninfo": lambda: self.tokens.info(request),
            "/oauth2/v3/tokeninfo": lambda: self.tokens.info(request),
            "/v1/userinfo": lambda: self.tokens.user_info(request),
            "/oauth2/v3/userinfo": lambda: self.tokens.user_info(request),
            "/oauth2/v3/certs": openid.certificates,
            "/.well-known/openid-configuration": lambda: openid.configuration(self._url),
        }
        answer = answers.get(path)
        return answer() if answer is not None else Answer(404, {"error": "not_found"})


def refusal(api: Api, refused: Refused) -> Answer:
    """Return a refusal in the words of the API that was asked."""
    if api != "drive":
        return Answer(refused.status, refused.body())
    domain = "usageLimits" if refused.code == "userRateLimitExceeded" else "global"
    return DriveRefused(refused.status, refused.code, refused.message, domain=domain).answer()


def unauthenticated(api: Api, *, is_missing: bool = False) -> Answer:
    """Return the 401 for a request without a token that is good."""
    if api == "drive":
        return no_credentials().answer()
    begin = "Request is missing required" if is_missing else "Request had invalid"
    noun = "credential" if is_missing else "credentials"
    return refusal(api, Refused(401, "UNAUTHENTICATED", f"{begin} authentication {noun}. {EXPECTED}"))


def insufficient_scopes() -> Refused:
    """Return the 403 for a token that was given for something else."""
    facts = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "domain": "googleapis.com",
        "metadata": {"service": "sheets.googleapis.com"},
    }
    return Refused(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", [facts])
