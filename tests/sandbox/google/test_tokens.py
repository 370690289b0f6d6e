"""Signing in at the sandbox's Google: by Google's own library, by hand, and wrongly."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request as GoogleRequest
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials

from connector.sandbox.google.identity import CLIENT_ID, CLIENT_SECRET, OTHER, OWNER, SERVICE, key
from tests.sandbox.google.web import FILES, Web, web

SHEETS = "https://www.googleapis.com/auth/spreadsheets"
BACK = "http://127.0.0.1:9999/callback"
ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
VERIFIER = "a-verifier-that-is-long-enough-for-the-standard-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def google() -> Iterator[Web]:
    with web() as caller:
        yield caller


def refreshed(credentials: object) -> str:
    with requests.Session() as session:
        session.trust_env = False
        credentials.refresh(GoogleRequest(session))  # type: ignore[attr-defined]
    return str(credentials.token)  # type: ignore[attr-defined]


def claims(google: Web, **changes: object) -> dict[str, object]:
    now = int(google.clock.now.timestamp())
    usual = {"iss": SERVICE.email, "scope": SHEETS, "aud": f"{google.running.url}/token", "iat": now, "exp": now + 3600}
    return usual | changes


def asserted(google: Web, token: str) -> tuple[int, str]:
    status, body = google.form("/token", grant_type=ASSERTION, assertion=token)
    return status, f"{body.get('error', 'fine')}: {body.get('error_description', '')}"


def consent(google: Web, **changes: str) -> dict[str, str]:
    """Let the person decide; return what the app gets back."""
    asks = {
        "client_id": CLIENT_ID, "redirect_uri": BACK, "response_type": "code", "state": "s1", "access_type": "offline",
        "scope": f"{SHEETS} openid", "code_challenge": CHALLENGE, "code_challenge_method": "S256", "nonce": "n1",
    } | changes  # fmt: skip
    answer = google.send("GET", "/o/oauth2/v2/auth", person=None, **asks)
    if answer.status != 302:
        return {"status": str(answer.status), "page": answer.data.decode()}
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(google: Web, code: str, **changes: str) -> tuple[int, dict[str, object]]:
    fields = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET, "code_verifier": VERIFIER,
    } | changes  # fmt: skip
    return google.form("/token", **fields)


def refresh(google: Web, token: str, **changes: str) -> tuple[int, dict[str, object]]:
    fields = {"grant_type": "refresh_token", "refresh_token": token, "client_id": CLIENT_ID}
    return google.form("/token", **(fields | {"client_secret": CLIENT_SECRET} | changes))


def status_with(google: Web, token: str) -> int:
    return google.send("GET", FILES, token=token).status


# --- service accounts ----------------------------------------------------------------------------------


def test_googles_own_library_signs_in_with_the_key_file(google: Web) -> None:
    google.clock.now = google.clock.now.now(google.clock.now.tzinfo)  # the library looks at the real clock
    credentials = service_account.Credentials.from_service_account_info(
        google.running.key_file(), scopes=["https://www.googleapis.com/auth/drive"]
    )
    token = refreshed(credentials)
    assert google.send("GET", "/drive/v3/about", token=token).json()["user"]["emailAddress"] == SERVICE.email


def test_a_service_account_acts_for_somebody_only_where_that_was_allowed(google: Web) -> None:
    google.clock.now = google.clock.now.now(google.clock.now.tzinfo)
    credentials = service_account.Credentials.from_service_account_info(
        google.running.key_file(), scopes=["https://www.googleapis.com/auth/drive"], subject=OWNER.email
    )
    with pytest.raises(RefreshError, match="unauthorized_client"):
        refreshed(credentials)
    google.running.tokens.delegated.add(OWNER.email)
    token = refreshed(credentials)
    assert google.send("GET", "/drive/v3/about", token=token).json()["user"]["emailAddress"] == OWNER.email


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "fine"),
        ({"iss": "nobody@puente-sandbox.iam.gserviceaccount.com"}, "account not found"),
        ({"aud": "https://other.example/token"}, "Failed audience check"),
        ({"iat": 1_700_000_000, "exp": 1_700_003_600}, "reasonable timeframe"),
        ({"exp": 4_000_000_000}, "reasonable timeframe"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
def test_an_assertion_is_read_as_google_reads_it(google: Web, changes: dict[str, object], says: str) -> None:
    status, said = asserted(google, key(SERVICE.email).sign(claims(google, **changes)))
    assert says in said
    assert status == (200 if says == "fine" else 400)


def test_a_signature_of_another_key_is_refused(google: Web) -> None:
    assert asserted(google, key("somebody else").sign(claims(google))) == (400, "invalid_grant: Invalid JWT Signature.")


def test_an_assertion_without_a_signature_is_refused(google: Web) -> None:
    head, body, _signature = key(SERVICE.email).sign(claims(google)).split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    assert "Invalid JWT Signature" in asserted(google, f"{head}.{body}.")[1]
    assert "Invalid JWT Signature" in asserted(google, f"{unsigned}.{body}.")[1]
    assert asserted(google, "no token at all")[0] == 400


# --- people --------------------------------------------------------------------------------------------


def test_a_person_allows_and_the_app_gets_tokens_that_can_be_refreshed(google: Web) -> None:
    back = consent(google)
    assert back["state"] == "s1"
    status, body = exchange(google, back["code"])
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 3599)
    again = refresh(google, str(body["refresh_token"]))[1]
    assert again["access_token"] != body["access_token"]
    assert "refresh_token" not in again
    file = google.make()
    assert google.send("GET", f"/v4/spreadsheets/{file}", token=str(again["access_token"])).status == 200


def test_googles_own_library_refreshes_a_persons_token(google: Web) -> None:
    credentials = Credentials(
        None, refresh_token=google.running.tokens.grant(OWNER), token_uri=f"{google.running.url}/token",
        client_id=CLIENT_ID, client_secret=CLIENT_SECRET,
    )  # fmt: skip
    assert status_with(google, refreshed(credentials)) == 200


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"code": "4/0wrong"}, "invalid_grant", "Malformed auth code."),
        ({"code_verifier": "another"}, "invalid_grant", "Invalid code verifier."),
        ({"code_verifier": ""}, "invalid_grant", "Missing code verifier."),
        ({"redirect_uri": "http://127.0.0.1:1/other"}, "redirect_uri_mismatch", "Bad Request"),
        ({"client_secret": "wrong"}, "invalid_client", "Unauthorized"),
        ({"client_id": "wrong"}, "invalid_client", "The OAuth client was not found."),
        ({"grant_type": "password"}, "unsupported_grant_type", "Invalid grant_type: password"),
    ],
)
def test_a_wrong_exchange_is_refused(google: Web, changes: dict[str, str], error: str, words: str) -> None:
    code = changes.get("code") or consent(google)["code"]
    status, body = exchange(google, code, **{name: value for name, value in changes.items() if name != "code"})
    assert (body["error"], body["error_description"]) == (error, words)
    assert status == (401 if error == "invalid_client" else 400)


def test_a_code_is_good_once(google: Web) -> None:
    code = consent(google)["code"]
    assert [exchange(google, code)[0], exchange(google, code)[0]] == [200, 400]


def test_a_person_who_says_no_sends_the_app_back_without_a_code(google: Web) -> None:
    google.running.tokens.consent = None
    assert consent(google) == {"error": "access_denied", "state": "s1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example/"},
        {"client_id": "unknown"},
        {"response_type": "token"},
        {"scope": ""},
    ],
)
def test_the_consent_page_sends_nobody_elsewhere(google: Web, changes: dict[str, str]) -> None:
    shown = consent(google, **changes)
    assert shown["status"] == "400"
    assert "Access blocked" in shown["page"]


def test_the_identity_token_is_signed_by_the_published_key(google: Web) -> None:
    body = exchange(google, consent(google)["code"])[1]
    head, told, signature = str(body["id_token"]).split(".")
    published = google.ask("GET", "/oauth2/v3/certs", person=None)["keys"][0]
    number = {name: int.from_bytes(base64.urlsafe_b64decode(published[name] + "==")) for name in ("n", "e")}
    public = rsa.RSAPublicNumbers(number["e"], number["n"]).public_key()
    proof = base64.urlsafe_b64decode(signature + "==")
    public.verify(proof, f"{head}.{told}".encode(), padding.PKCS1v15(), hashes.SHA256())
    says = json.loads(base64.urlsafe_b64decode(told + "=="))
    assert (says["email"], says["aud"], says["nonce"]) == (OWNER.email, CLIENT_ID, "n1")
    assert says["iss"] == google.ask("GET", "/.well-known/openid-configuration", person=None)["issuer"]


# --- what ends -----------------------------------------------------------------------------------------


def test_an_access_token_ends_after_an_hour(google: Web) -> None:
    token = str(refresh(google, google.running.tokens.grant(OTHER))[1]["access_token"])
    google.clock.pass_seconds(3598)
    assert status_with(google, token) == 200
    google.clock.pass_seconds(2)
    assert status_with(google, token) == 401


def test_a_revoked_grant_ends_its_access_tokens_too(google: Web) -> None:
    grant = google.running.tokens.grant(OTHER)
    token = str(refresh(google, grant)[1]["access_token"])
    assert google.form("/revoke", token=grant)[0] == 200
    assert status_with(google, token) == 401
    assert refresh(google, grant) == (
        400,
        {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
    )
    assert google.form("/revoke", token=grant)[0] == 400


def test_a_token_tells_whose_it_is(google: Web) -> None:
    told = google.ask("GET", "/tokeninfo", person=None, access_token=google.token(OTHER))
    assert (told["email"], told["aud"]) == (OTHER.email, CLIENT_ID)
    assert google.ask("GET", "/v1/userinfo", person=OTHER)["email"] == OTHER.email
    assert google.send("GET", "/tokeninfo", person=None, access_token="wrong").status == 400


@pytest.mark.parametrize(
    "path", ["/v4/spreadsheets/x", "/sheets/v4/spreadsheets/x", "/sheets.googleapis.com/v4/spreadsheets/x"]
)
def test_without_a_good_token_nobody_learns_anything(google: Web, path: str) -> None:
    missing = google.send("GET", path, person=None)
    wrong = google.send("GET", path, token="ya29.wrong")
    assert (missing.status, wrong.status) == (401, 401)
    assert "missing required" in missing.json()["error"]["message"]
    assert "invalid authentication credentials" in wrong.json()["error"]["message"]
