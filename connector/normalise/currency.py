"""Currencies: the codes of ISO 4217 and the signs people write instead."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from connector.model.currency import CODES

__all__ = ["CODES", "FREQUENT", "SHARED_SIGNS", "SIGNS", "signs"]

FREQUENT: Final = ("USD", "EUR", "GBP", "BRL", "RUB", "MXN", "CAD", "AUD")
"""Codes that most amounts have: what is looked for among all of them costs a comparison for each."""

SIGNS: Final = MappingProxyType(
    {
        "us$": "USD", "r$": "BRL", "c$": "CAD", "ca$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD", "hk$": "HKD",
        "s$": "SGD", "mx$": "MXN", "€": "EUR", "£": "GBP", "₽": "RUB", "руб.": "RUB", "руб": "RUB", "р.": "RUB",
        "₹": "INR", "₴": "UAH", "₸": "KZT", "₺": "TRY", "₩": "KRW", "₪": "ILS", "₫": "VND", "₱": "PHP", "₦": "NGN",
        "₲": "PYG", "₡": "CRC", "₾": "GEL", "₼": "AZN", "zł": "PLN", "kč": "CZK", "ft": "HUF", "s/": "PEN",
        "s/.": "PEN", "euro": "EUR", "euros": "EUR", "fr.": "CHF",
    }
)  # fmt: skip
"""Sign in lower case to its code."""

SHARED_SIGNS: Final = MappingProxyType(
    {
        "$": (
            "USD",
            "ARS AUD BBD BMD BND BSD BZD CAD CLP COP CRC FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD TWD UYU",
        ),
        "¥": ("JPY", "CNY"),
        "kr": ("SEK", "DKK ISK NOK"),
        "kr.": ("DKK", "ISK NOK SEK"),
    }
)
"""Signs of several currencies: the usual one, and those for which the workspace's own currency decides."""


def signs(workspace: str) -> dict[str, str]:
    """Return every sign, in lower case, with the code it means in a workspace with this report currency."""
    shared = {
        sign: workspace if workspace in family.split() else usual for sign, (usual, family) in SHARED_SIGNS.items()
    }
    return dict(SIGNS) | shared
