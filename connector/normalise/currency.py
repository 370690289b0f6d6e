"""Currencies: the codes of ISO 4217 and the signs people write instead."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

CODES: Final = frozenset(  # a block of text is easier to check against the standard than a list of strings
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
    CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
    GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
    LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XCD XCG XDR XOF XPD XPF XPT YER ZAR ZMW ZWG
    ZWL
    """.split()  # noqa: SIM905
)
"""Codes in force or withdrawn so recently that exports still hold them."""

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
