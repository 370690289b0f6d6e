"""Sentences for people in their language: looked up by the English sentence, its values put back.

Code and errors speak English; the doors (command line, web) translate what they are about to show. A catalogue is a
gettext file, ``connector/languages/<language>/LC_MESSAGES/puente.po``: ``msgid`` is the English sentence with named
places (``There is no metric {name}.``), ``msgstr`` the translation with the same places. A sentence that arrives
with its values filled in is matched against the templates, most specific first; its values, which may be sentences
themselves, are translated in turn and put into the translation. Sentences that stand side by side are told apart first,
so that no value swallows the next one. What no entry knows stays as it is.
"""

from __future__ import annotations

import json
import re
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, cast

from connector.errors import PuenteError
from connector.model.query import LANGUAGES, Language

FOLDER: Final = Path(__file__).resolve().parent.parent / "languages"
PLACE: Final = re.compile(r"\{(\w+)\}")
"""A named place of a template."""

_spoken: ContextVar[Language] = ContextVar("spoken", default="en")
_LINE: Final = re.compile(r'(msgid|msgid_plural|msgstr|msgstr\[\d\])?\s*(".*")')
_NUMBER: Final = re.compile(r"[+-]?\d[\d,]*")
_JOINTS: Final = tuple(re.compile(joint) for joint in (r"\n", r" \| ", r"(?<=[.!?]) ", r"(?<=;) ", r"(?<=:) "))
"""Where a text that no template knows as a whole is taken apart, the widest joint first."""
_NEXT: Final = re.compile(r"(?<=[.!?]) ")
"""Between two sentences, where it is outside of quotes."""
_QUOTED: Final = re.compile(r"(?<!\w)'.*?'(?!\w)")
_MOST_SENTENCES: Final = 24
"""More of them are not told apart by what templates know."""
_CHOICES: Final = re.compile(r"'[^' ]*'(?: or '[^' ]*')+|[^ ']+(?: or [^ ']+)+")
"""What a remedy offers: names in quotes or without, never one quoted text that holds the word."""
_VALUE: Final = r"(\n.*|[^\n]*?)"
"""A value stays within its line, or is a list that begins on the next one."""
_FEWEST_LETTERS: Final = 3
"""A template with fewer letters of its own would match anything."""
_FORMS: Final = {"one": 0, "few": 1, "many": 2}
"""Plural category of CLDR to the place of its form in a catalogue with as many forms as the language has."""


def speak(language: Language) -> None:
    """Set the language that this thread or task shows from now on."""
    _spoken.set(language)


def spoken() -> Language:
    """Return the language that this thread or task shows."""
    return _spoken.get()


def told(text: str, language: Language | None = None) -> str:
    """Return an English text, its values filled in, in the given language (default: the spoken one)."""
    return catalogue(language or spoken()).told(text)


def told_error(error: PuenteError, language: Language | None = None) -> tuple[str, str, str]:
    """Return sentence, place and remedy of an error in the given language (default: the spoken one)."""
    known = catalogue(language or spoken())
    return known.told(error.sentence), known.told(error.place), known.told(error.remedy)


def error_line(error: PuenteError, language: Language | None = None) -> str:
    """Return an error as ``str()`` has it, one line, in the given language (default: the spoken one)."""
    sentence, place, remedy = told_error(error, language)
    return f"{f'{place}: ' if place else ''}{sentence}{f' {remedy}' if remedy else ''}"


@dataclass(frozen=True)
class Entry:
    """One message: the English template, and one translation for each plural form (one when nothing is counted)."""

    template: str
    forms: tuple[str, ...]

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Names of the values, in the order of the English sentence."""
        return tuple(PLACE.findall(self.template))

    @cached_property
    def pieces(self) -> list[str]:
        """The fixed parts around the values."""
        return PLACE.split(self.template)[::2]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What the sentence looks like with its values filled in."""
        first, *rest = (re.escape(piece) for piece in self.pieces)
        return re.compile(first + "".join(_VALUE + piece for piece in rest), re.DOTALL)


class Catalogue:
    """The messages of one language."""

    def __init__(self, language: Language, entries: list[Entry]) -> None:
        self.language = language
        self._plain = {entry.template: entry for entry in entries}
        templates = [entry for entry in entries if entry.places and _letters(entry) >= _FEWEST_LETTERS]
        self._templates = [
            (max(entry.pieces, key=len), entry)
            for entry in sorted(templates, key=lambda entry: (_letters(entry), len(entry.pieces[0])), reverse=True)
        ]

    def told(self, text: str) -> str:
        """Return a text in the language of the catalogue: whole, else line by line, else sentence by sentence."""
        if not self._plain or not text.strip():
            return text
        if text[0] == "'" == text[-1] and not _CHOICES.fullmatch(text):
            return text
        if _NUMBER.fullmatch(text):
            return self._number(text) if "," in text else text
        core = text.strip()
        found = self._found(core)
        if found is None:
            found = self._in_parts(core)
        before = len(text) - len(text.lstrip())
        return text[:before] + found + text[before + len(core) :]

    def _found(self, text: str) -> str | None:
        entry = self._plain.get(text)
        if entry is not None:
            return entry.forms[0]
        said = self._clean(text)
        if said is None:
            match = self._match(text, ())
            return None if match is None else self._filled(*match)
        return said

    def _match(self, text: str, starts: tuple[int, ...]) -> tuple[Entry, tuple[str, ...]] | None:
        """Return the first template that a text fits with values that hold none of these starts of sentences."""
        for longest, template in self._templates:
            match = template.pattern.fullmatch(text) if longest in text else None
            if match is not None and not any(
                match.start(place) < start <= match.end(place)
                for place in range(1, len(template.places) + 1)
                for start in starts
            ):
                return template, match.groups()
        return None

    def _clean(self, text: str) -> str | None:
        """Return a text of one message or of several side by side, the longest first; None where one is not known."""
        starts = _starts(text)
        edges = (0, *starts, len(text) + 1)
        said: list[str | None] = [None] * (len(starts) + 1) + [""]
        for first in reversed(range(len(starts) + 1)):
            for after in reversed(range(first + 1, len(edges))):
                rest = said[after]
                if rest is None:
                    continue
                begin, end = edges[first], edges[after] - 1
                one = self._one(text[begin:end], tuple(each - begin for each in starts if begin < each < end))
                if one is not None:
                    said[first] = f"{one} {rest}" if rest else one
                    break
        return said[0]

    def _one(self, text: str, starts: tuple[int, ...]) -> str | None:
        known = self._plain.get(text)
        if known is not None:
            return known.forms[0]
        match = self._match(text, starts)
        return None if match is None else self._filled(*match)

    def _filled(self, entry: Entry, values: tuple[str, ...]) -> str:
        count = next((value for value in values if _NUMBER.fullmatch(value)), "")
        form = entry.forms[self._form(count) if count and len(entry.forms) > 1 else -1]
        given = {name: self.told(value) for name, value in zip(entry.places, values, strict=True)}
        return PLACE.sub(lambda place: given[place[1]], form)

    def _form(self, count: str) -> int:
        from babel import Locale  # noqa: PLC0415 - heavy

        category = Locale(self.language).plural_form(int(count.replace(",", "")))
        return _FORMS.get(category, -1) if self.language == "ru" or category == "one" else -1

    def _number(self, text: str) -> str:
        from babel.numbers import format_decimal  # noqa: PLC0415 - heavy

        sign = "+" if text[0] == "+" else ""
        return sign + str(format_decimal(int(text.replace(",", "")), locale=self.language))

    def _in_parts(self, text: str) -> str:
        for joint in _JOINTS:
            found = joint.search(text)
            if found is not None:
                return found[0].join(self.told(part) for part in joint.split(text))
        if _CHOICES.fullmatch(text):
            return f" {self.told('or')} ".join(text.split(" or "))
        return self.told(text[:-1]) + text[-1] if text[-1] in ".:;" else text


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: Language) -> Catalogue:
    """Return the messages of a language, read once. English has none: the code speaks it."""
    path = FOLDER / language / "LC_MESSAGES" / "puente.po"
    return Catalogue(language, read_catalogue(path.read_text(encoding="utf-8")) if path.exists() else [])


def read_catalogue(text: str) -> list[Entry]:
    """Read the entries of a gettext catalogue (the part of the format that our files use), without its header."""
    entries: list[Entry] = []
    parts: dict[str, str] = {}
    field = ""
    for line in [*text.splitlines(), 'msgid ""']:
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        if match[1] == "msgid" and parts:
            entries += _entry(parts)
            parts = {}
        field = match[1] or field
        parts[field] = parts.get(field, "") + cast("str", json.loads(match[2]))
    return entries


def _entry(parts: dict[str, str]) -> list[Entry]:
    template = parts.get("msgid_plural") or parts["msgid"]
    forms = tuple(text for field, text in parts.items() if field.startswith("msgstr") and text)
    return [Entry(template, forms)] if parts["msgid"] and forms else []


def _starts(text: str) -> tuple[int, ...]:
    """Return where sentences of one line begin, but for the first; none where there are too many."""
    if "\n" in text:
        return ()
    bare = _QUOTED.sub(lambda quoted: "'" * len(quoted[0]), text)
    found = tuple(match.end() for match in _NEXT.finditer(bare))
    return found if len(found) < _MOST_SENTENCES else ()


def _letters(entry: Entry) -> int:
    return sum(len(piece) for piece in entry.pieces)
