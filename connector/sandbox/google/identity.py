"""Who there is at the sandbox's Google: people, a service account, and the keys that prove who signed something."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PROJECT = "puente-sandbox"
PROJECT_NUMBER = 716_253_400_118
CLIENT_ID = f"{PROJECT_NUMBER}-sandbox.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-sandbox-secret"
ISSUER = "https://accounts.google.com"


@dataclass(frozen=True, slots=True)
class Person:
    """One account. ``number`` is Google's own for it, in permissions and identity tokens."""

    email: str
    name: str
    number: str
    is_service: bool = False

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]

    @property
    def has_storage(self) -> bool:
        """A service account owns no Drive storage, so it can create nothing in a My Drive."""
        return not self.is_service


OWNER = Person("ana@harbor-agency.example", "Ana Castillo", "101377741449911561961")
OTHER = Person("bruno@harbor-agency.example", "Bruno Lima", "104923318850027716634")
CLIENT = Person("carla@client-company.example", "Carla Souza", "112080091177345520081")
SERVICE = Person(
    f"puente@{PROJECT}.iam.gserviceaccount.com", f"puente@{PROJECT}.iam.gserviceaccount.com", "109771240018835120977",
    is_service=True,
)  # fmt: skip
PEOPLE = (OWNER, OTHER, CLIENT, SERVICE)
"""Who there is from the start: the owner of the reports, a colleague, somebody of another company, our account."""


def person_of(email: str) -> Person:
    """Return the person of an address; one whom nobody has met is made up from it."""
    known = next((person for person in PEOPLE if person.email == email.lower()), None)
    if known is not None:
        return known
    digest = int.from_bytes(hashlib.sha256(email.lower().encode()).digest()[:8])
    return Person(
        email.lower(),
        email.partition("@")[0],
        f"1{digest:020}"[:21],
        is_service=email.endswith(".gserviceaccount.com"),
    )


@dataclass(frozen=True)
class Key:
    """A key pair that signs with RS256."""

    private: rsa.RSAPrivateKey
    id: str

    def sign(self, claims: dict[str, Any]) -> str:
        """Return a JSON Web Token of the claims."""
        head = {"alg": "RS256", "typ": "JWT", "kid": self.id}
        signed = f"{_text(orjson.dumps(head))}.{_text(orjson.dumps(claims))}"
        return f"{signed}.{_text(self.private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def claims(self, token: str) -> dict[str, Any] | None:
        """Return the claims of a token that this key has signed with RS256; None for any other text."""
        head, claims, signature = (*token.split("."), "", "", "")[:3]
        try:
            says = orjson.loads(_bytes(head))
            if says.get("alg") != "RS256" or token.count(".") != 2:
                return None
            proof, signed = _bytes(signature), f"{head}.{claims}".encode()
            self.private.public_key().verify(proof, signed, padding.PKCS1v15(), hashes.SHA256())
            found = orjson.loads(_bytes(claims))
        except (InvalidSignature, ValueError, AttributeError):
            return None
        return found if isinstance(found, dict) else None

    def public(self) -> dict[str, str]:
        """Return the public half as a JSON Web Key."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.id,
            "n": _text(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)), "e": _text(numbers.e.to_bytes(3)),
        }  # fmt: skip

    def pem(self) -> str:
        """Return the private half as a key file holds it."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()


@cache
def key(name: str) -> Key:
    """Return the key pair of a name: made at its first use, the same for the rest of the process."""
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    numbers = private.public_key().public_numbers()
    return Key(private, hashlib.sha256(f"{name}{numbers.n}".encode()).hexdigest()[:40])


def key_file(url: str, person: Person = SERVICE) -> dict[str, str]:
    """Return a service account's key file, as Google's console gives it, with ``token_uri`` at the sandbox."""
    pair = key(person.email)
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": pair.id,
        "private_key": pair.pem(),
        "client_email": person.email,
        "client_id": person.number,
        "auth_uri": f"{url}/o/oauth2/auth",
        "token_uri": f"{url}/token",
        "auth_provider_x509_cert_url": f"{url}/oauth2/v1/certs",
        "universe_domain": "googleapis.com",
    }


def client_file(url: str) -> dict[str, Any]:
    """Return an OAuth client of a desktop application, as Google's console gives it."""
    return {
        "installed": {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "project_id": PROJECT,
            "auth_uri": f"{url}/o/oauth2/v2/auth",
            "token_uri": f"{url}/token",
            "auth_provider_x509_cert_url": f"{url}/oauth2/v1/certs",
            "redirect_uris": ["http://localhost"],
        }
    }


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
