"""What must never be shown: tokens, and the parts of addresses that may carry them."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Iterable
from typing import Any, Final, NoReturn
from urllib.parse import quote, quote_plus, urlsplit

STARS: Final = "*****"
LONGEST_SHOWN_SEGMENT: Final = 40
"""Longer path segments are no ids; HubSpot's ``/oauth/v1/access-tokens/{token}`` has a token in its path."""

SECRET_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "www-authenticate"}
)


class Token:
    """A secret that prints as stars; only :meth:`reveal` gives it back."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """Return the text itself, for the header or body it belongs into and nothing else."""
        return self.__text

    def __repr__(self) -> str:
        return STARS

    def __format__(self, spec: str) -> str:
        return STARS

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and hmac.compare_digest(self.__text.encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash(hashlib.sha256(self.__text.encode()).digest())

    def __copy__(self) -> Token:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Token:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A token is never pickled.")


def shown_address(url: str) -> str:
    """Return host and path of an address: no password, no query, no fragment, long segments as stars."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    path = "/".join(STARS if len(part) > LONGEST_SHOWN_SEGMENT else part for part in parts.path.split("/"))
    return f"{parts.scheme}://{host}{path}" if host else path


def without(text: str, secrets: Iterable[Token]) -> str:
    """Return ``text`` with every one of the secrets as stars, however it was written into an address."""
    for secret in secrets:
        plain = secret.reveal()
        for form in sorted({plain, quote(plain, safe=""), quote_plus(plain)} - {""}, key=len, reverse=True):
            text = text.replace(form, STARS)
    return text


class _Quiet(logging.Filter):
    """urllib3 writes whole addresses, query included, into its debug lines; ours say the same without secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


_QUIET: Final = _Quiet()


def quieten_transport() -> None:
    """Keep the transport's debug lines out of every log. Harmless when repeated."""
    for name in ("urllib3.connectionpool", "urllib3.poolmanager", "urllib3.util.retry", "urllib3.connection"):
        logging.getLogger(name).addFilter(_QUIET)
