"""Who somebody is: identity tokens, the keys that prove them, and the list of OAuth's addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connector.sandbox.google.identity import CLIENT_ID, ISSUER, Key, Person, key
from connector.sandbox.http.message import Answer


def signing_key() -> Key:
    """Return the key that signs identity tokens."""
    return key(ISSUER)


def profile(person: Person) -> dict[str, Any]:
    """Return a person's claims."""
    shown: dict[str, Any] = {"sub": person.number, "name": person.name, "email": person.email, "email_verified": True}
    return shown if person.is_service else shown | {"hd": person.domain}


def identity_token(person: Person, nonce: str, now: datetime) -> str:
    """Return a signed identity token for the sandbox's client, good for an hour."""
    moment = int(now.timestamp())
    claims = {"iss": ISSUER, "aud": CLIENT_ID, "azp": CLIENT_ID, "iat": moment, "exp": moment + 3600}
    return signing_key().sign(profile(person) | claims | ({"nonce": nonce} if nonce else {}))


def configuration(url: str) -> Answer:
    """Answer ``.well-known/openid-configuration``."""
    body = {
        "issuer": ISSUER,
        "authorization_endpoint": f"{url}/o/oauth2/v2/auth",
        "token_endpoint": f"{url}/token",
        "userinfo_endpoint": f"{url}/v1/userinfo",
        "revocation_endpoint": f"{url}/revoke",
        "jwks_uri": f"{url}/oauth2/v3/certs",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["plain", "S256"],
    }
    return Answer(200, body)


def certificates() -> Answer:
    """Answer the public keys of identity tokens."""
    return Answer(200, {"keys": [signing_key().public()]})
