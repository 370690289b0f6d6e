"""Serial numbers as dates and times, by a section of a pattern."""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.sandbox.google.locales import Ways
from connector.sandbox.google.patterns import Section

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - serial numbers have no time zone
SECONDS = {"h": 3600, "m": 60, "s": 1}
DAY = 86_400


def serial_moment(serial: float) -> datetime | None:
    """Return the moment of a serial number, to the second; None for one that no calendar has."""
    try:
        return EPOCH + timedelta(seconds=round(serial * DAY))
    except OverflowError:
        return None


def moment_serial(moment: datetime) -> float:
    """Return the serial number of a moment without time zone."""
    passed = moment - EPOCH
    return passed.days + passed.seconds / DAY


def date_text(serial: float, section: Section, ways: Ways) -> str:
    """Return a serial number by a section with parts of a date."""
    moment = serial_moment(serial)
    if moment is None:
        return str(serial)
    half = section.has("half")
    kinds = [(kind, text.lower()) if kind in ("date", "elapsed") else (kind, text) for kind, text in section.pieces]
    written = []
    for place, (kind, text) in enumerate(kinds):
        if kind == "date":
            minutes = text[0] == "m" and _is_minute(kinds, place)
            written.append(_part(text, moment, ways, minutes=minutes, half=half))
        elif kind == "elapsed":
            written.append(str(int(round(serial * DAY) // SECONDS[text[0]])).rjust(len(text), "0"))
        elif kind == "half":
            written.append(_half(text, moment))
        elif kind in ("literal", "digits"):
            written.append(text if kind == "literal" else text.replace("0", "").replace("#", ""))
    return "".join(written)


def _is_minute(kinds: list[tuple[str, str]], place: int) -> bool:
    """``m`` means minutes right after an hour or right before a second."""
    dated = [(number, text[0]) for number, (kind, text) in enumerate(kinds) if kind in ("date", "elapsed")]
    at = [number for number, _ in dated].index(place)
    return (at > 0 and dated[at - 1][1] == "h") or (at + 1 < len(dated) and dated[at + 1][1] == "s")


def _half(text: str, moment: datetime) -> str:
    return ("AM" if moment.hour < 12 else "PM")[: 2 if "m" in text.lower() else 1]


def _part(text: str, moment: datetime, ways: Ways, *, minutes: bool, half: bool) -> str:
    letter, size = text[0], len(text)
    if letter == "y":
        return f"{moment.year % 100:02d}" if size < 3 else f"{moment.year:04d}"
    if letter == "d":
        names = {3: ways.short_days, 4: ways.days}
        return names[min(size, 4)][moment.weekday()] if size > 2 else str(moment.day).rjust(size, "0")
    if letter == "m" and not minutes:
        if size > 2:
            name = (ways.short_months if size == 3 else ways.months)[moment.month - 1]
            return name[0] if size == 5 else name
        return str(moment.month).rjust(size, "0")
    hour = (moment.hour % 12 or 12) if half else moment.hour
    value = {"h": hour, "m": moment.minute, "s": moment.second}[letter]
    return str(value).rjust(min(size, 2), "0")
