"""Which hosts we talk to: a vendor's own, and those the operator has listed."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from connector.errors import UserError, quote
from connector.http.redaction import shown_address

_ORIGIN = re.compile(r"[A-Za-z]+://[^/?#]*")
DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def check_host(url: str, allowed: frozenset[str]) -> str:
    """Return a base address without a slash at its end when we may talk to it.

    ``allowed`` holds host names or addresses, ``host`` (any port) or ``host:port``, in lower case. Plain http is for
    this machine only. The address is read by the parser that later connects, so both see the same host.
    Raises UserError that names PUENTE_ALLOWED_HOSTS.
    """
    address = _parsed(url)
    host, port = _host(address), address.port or DEFAULT_PORTS[address.scheme or ""]
    if not {host, f"{host}:{port}"} & {entry.lower() for entry in allowed}:
        raise UserError(
            f"The host {quote(host)} is not one that this installation may talk to.",
            place="base address",
            remedy="Whoever runs Puente can list it in PUENTE_ALLOWED_HOSTS.",
        )
    if address.scheme != "https" and not is_loopback(host):
        raise UserError(
            f"The address of {quote(host)} is not encrypted.", place="base address", remedy="Give it with https://."
        )
    return address.url.rstrip("/")


def origin(url: str) -> tuple[str, str, int]:
    """Return (scheme, host, port) that an address connects to. Raises UserError for what is no web address."""
    start = _ORIGIN.match(url)
    if start is None or _is_odd(url):
        raise _no_address(url)
    return _origin(start[0])


@lru_cache(maxsize=256)
def _origin(start: str) -> tuple[str, str, int]:
    address = _parsed(start)
    return address.scheme or "", _host(address), address.port or DEFAULT_PORTS[address.scheme or ""]


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _parsed(url: str) -> Url:
    try:
        address = parse_url(url)
    except LocationParseError:
        address = Url()
    extra = address.auth or address.query or address.fragment
    if _is_odd(url) or extra or not address.host or address.scheme not in DEFAULT_PORTS:
        raise _no_address(url)
    return address


def _is_odd(url: str) -> bool:
    """Parsers disagree on addresses with blanks, control characters and backslashes: nobody needs them."""
    return not url.isprintable() or " " in url or "\\" in url


def _no_address(url: str) -> UserError:
    return UserError(
        f"{quote(shown_address(url))} is not a web address that can be used.",
        place="base address",
        remedy="Give it as https://host or https://host/path, without user, query or fragment.",
    )


def _host(address: Url) -> str:
    return (address.host or "").lower().rstrip(".")
