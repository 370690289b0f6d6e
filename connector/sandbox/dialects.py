"""How an export is written down: encoding, separator, and the ways to write moments, days and money."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

MADRID = ZoneInfo("Europe/Madrid")
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The form of one text file, in words of :mod:`csv`."""

    encoding: str = "utf-8"
    separator: str = ","
    line_end: str = "\n"
    quoting: Literal[0, 1] = csv.QUOTE_MINIMAL
    preamble: str = ""
    """Lines before the header, as web analytics writes them."""

    def write(self, target: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write the file; rows shorter than the header become broken lines, as in a cut-off download."""
        text = io.StringIO(newline="")
        text.write(self.preamble)
        writer = csv.writer(text, delimiter=self.separator, lineterminator=self.line_end, quoting=self.quoting)
        writer.writerow(header)
        writer.writerows(rows)
        target.write_bytes(text.getvalue().encode(self.encoding))


def iso(moment: datetime | None) -> str:
    """``2026-03-14T10:22:05Z``."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain_utc(moment: datetime | None) -> str:
    """``2026-03-14 10:22:05``, UTC without saying so."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def american(moment: datetime | None) -> str:
    """``03/14/2026 06:22 AM``, New York."""
    return "" if moment is None else moment.astimezone(NEW_YORK).strftime("%m/%d/%Y %I:%M %p")


def spanish(moment: datetime | None) -> str:
    """``14/03/2026 11:22``, Madrid."""
    return "" if moment is None else moment.astimezone(MADRID).strftime("%d/%m/%Y %H:%M")


def spanish_day(moment: datetime | date | None) -> str:
    """``14/03/2026``, Madrid."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(MADRID)
    return "" if moment is None else moment.strftime("%d/%m/%Y")


def russian(moment: datetime) -> str:
    """``14.03.2026 11:22``, Madrid."""
    return moment.astimezone(MADRID).strftime("%d.%m.%Y %H:%M")


def dollars(cents: int | None) -> str:
    """``12345.60``; empty when there is no amount."""
    return "" if cents is None else f"{cents // 100}.{cents % 100:02}"


def euros(cents: int | None) -> str:
    """``12.345,60``; empty when there is no amount."""
    return "" if cents is None else f"{cents / 100:,.2f}".translate(str.maketrans(",.", ".,"))
