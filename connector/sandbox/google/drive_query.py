"""The language of ``q`` in Drive's ``files.list``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from connector.sandbox.google.drive_refusals import file_not_found, invalid_value

_TOKEN = re.compile(r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<word>!=|<=|>=|[=<>(){}]|[\w.]+))""")
Test = Callable[["Described"], bool]


class Described(Protocol):
    """What a query can ask about a file."""

    def fact(self, name: str) -> Any:
        """Return one fact: text, boolean, list of texts, or pairs for ``properties`` and ``appProperties``."""
        ...


TEXTS = ("name", "mimeType", "fullText")
MOMENTS = ("createdTime", "modifiedTime", "viewedByMeTime")
FLAGS = ("trashed", "starred", "sharedWithMe")
LISTS = ("parents", "owners", "writers", "readers")
PAIRS = ("properties", "appProperties")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    is_quoted: bool


def parse_query(query: str, knows: Callable[[str], bool] = lambda _folder: True) -> Test:
    """Return the test that a query is; every file passes the empty one. ``knows`` says whether there is a folder.

    Raises DriveRefused: 400, and 404 for the files of a folder that is not there.
    """
    if not query.strip():
        return lambda file: True  # noqa: ARG005 - every file
    reader = _Reader(_words(query), knows)
    test = reader.any_of()
    reader.end()
    return test


def _words(query: str) -> list[_Word]:
    found, place = [], 0
    while query[place:].strip():
        match = _TOKEN.match(query, place)
        if match is None:
            raise invalid_value("q")
        quoted = match["text"]
        text = re.sub(r"\\(.)", r"\1", quoted[1:-1]) if quoted is not None else match["word"]
        found.append(_Word(text, quoted is not None))
        place = match.end()
    return found


class _Reader:
    """Reads a query by its grammar: or, and, not, a term or brackets."""

    def __init__(self, words: list[_Word], knows: Callable[[str], bool]) -> None:
        self._words = words
        self._knows = knows
        self._place = 0

    def any_of(self) -> Test:
        tests = [self._all_of()]
        while self._take("or"):
            tests.append(self._all_of())
        return lambda file: any(test(file) for test in tests)

    def _all_of(self) -> Test:
        tests = [self._one()]
        while self._take("and"):
            tests.append(self._one())
        return lambda file: all(test(file) for test in tests)

    def _one(self) -> Test:
        if self._take("not"):
            test = self._one()
            return lambda file: not test(file)
        if self._take("("):
            test = self.any_of()
            self._need(")")
            return test
        word = self._next()
        return self._within(word.text) if word.is_quoted else self._term(word.text)

    def _within(self, text: str) -> Test:
        self._need("in")
        return self._listed(self._next().text, text)

    def _listed(self, name: str, text: str) -> Test:
        if name not in LISTS:
            raise invalid_value("q")
        if name == "parents" and not self._knows(text):
            raise file_not_found("")
        return lambda file: text in file.fact(name)

    def _term(self, name: str) -> Test:
        if name in PAIRS:
            return self._pair(name)
        if name in FLAGS:
            sign = self._next().text if self._peek() in ("=", "!=") else ""
            wanted = (self._next().text == "true") == (sign != "!=") if sign else True
            return lambda file: file.fact(name) is wanted
        sign, value = self._next().text, self._next()
        if sign == "in" and value.is_quoted:  # Google reads this order, too
            return self._listed(name, value.text)
        if name not in (*TEXTS, *MOMENTS) or not value.is_quoted:
            raise invalid_value("q")
        return _compared(name, sign, value.text)

    def _pair(self, name: str) -> Test:
        for word in ("has", "{", "key", "="):
            self._need(word)
        key = self._next().text
        for word in ("and", "value", "="):
            self._need(word)
        value = self._next().text
        self._need("}")
        return lambda file: file.fact(name).get(key) == value

    def end(self) -> None:
        if self._place != len(self._words):
            raise invalid_value("q")

    def _peek(self) -> str:
        word = self._words[self._place] if self._place < len(self._words) else _Word("", is_quoted=True)
        return "" if word.is_quoted else word.text.lower()

    def _next(self) -> _Word:
        if self._place >= len(self._words):
            raise invalid_value("q")
        self._place += 1
        return self._words[self._place - 1]

    def _take(self, text: str) -> bool:
        found = self._peek() == text
        self._place += found
        return found

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise invalid_value("q")


def _compared(name: str, sign: str, value: str) -> Test:
    folded = value.casefold()
    tests: dict[str, Test] = {
        "=": lambda file: file.fact(name).casefold() == folded,
        "!=": lambda file: file.fact(name).casefold() != folded,
    }
    if name in TEXTS:
        tests["contains"] = lambda file: _holds(file.fact(name).casefold(), folded, starts=name != "fullText")
    else:
        tests |= {
            ">": lambda file: file.fact(name) > value,
            ">=": lambda file: file.fact(name) >= value,
            "<": lambda file: file.fact(name) < value,
            "<=": lambda file: file.fact(name) <= value,
        }
    if sign not in tests:
        raise invalid_value("q")
    return tests[sign]


def _holds(text: str, part: str, *, starts: bool) -> bool:
    """``contains`` looks only at the beginnings of words in a name, as Drive documents it."""
    return re.search(rf"(?<!\w){re.escape(part)}", text) is not None if starts else part in text
