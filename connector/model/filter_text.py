"""Reads a filter written as text, for the command line and the query endpoint.

    owner = 'Ana Belén'            owner != Ana                 deal.amount >= 1000
    product in (GTX Pro, MG)       stage not in ('Won')         amount between 100 and 900
    lead_source is null            lead_source is not null      account contains corp
    name starts_with A             name matches '^A.*Z$'        name matches_exactly 'A+'
    (country = Spain or country = Portugal) and not segment = smb

A value with ``and``, ``or``, a comma, brackets or quotes in it stands in single or double quotes, a quote in
it doubled. The result is a tree of conditions; nothing of the text ever becomes SQL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from connector.errors import QueryError, quote
from connector.model.filters import AllOf, AnyOf, Condition, Filter, Operator

LONGEST: Final = 10_000
DEEPEST: Final = 40

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?P<sign><=|>=|!=|<>|[=<>(),])|(?P<word>[^\s=<>!(),'"]+))"""
)
_FIELD = re.compile(r"[A-Za-z_][\w.:]*")
_SIGNS: Final[dict[str, tuple[Operator, bool]]] = {
    "=": ("equals", False), "!=": ("equals", True), "<>": ("equals", True), ">": ("greater", False),
    ">=": ("greater_or_equal", False), "<": ("less", False), "<=": ("less_or_equal", False),
}  # fmt: skip
_WORDS: Final[dict[str, Operator]] = {
    "contains": "contains", "starts_with": "starts_with", "matches": "regexp_partial",
    "matches_exactly": "regexp_exact",
}  # fmt: skip
REMEDY: Final = "Write it like: owner = 'Ana' and deal.amount >= 1000, or: lead_source is not null."


def parse_filters(texts: Sequence[str]) -> Filter:
    """Return the tree in which every one of ``texts`` holds. Raises QueryError with the text and position."""
    parts = tuple(parse_filter(text) for text in texts)
    return parts[0] if len(parts) == 1 else AllOf(parts)


def parse_filter(text: str) -> Filter:
    """Return the tree of one text. Raises QueryError with the text and position."""
    if len(text) > LONGEST:
        raise QueryError(f"A filter is longer than {LONGEST} characters.", remedy="Split it into several filters.")
    return _Parser(text).parse()


def negated(tree: Filter) -> Filter:
    """Return the tree that keeps exactly the other rows."""
    if isinstance(tree, Condition):
        return Condition(tree.field, tree.operator, tree.values, not tree.exclude)
    parts = tuple(negated(part) for part in tree.parts)
    return AnyOf(parts) if isinstance(tree, AllOf) else AllOf(parts)


class _Parser:
    """Recursive descent: or, then and, then not, then brackets or one condition."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split()
        self._next = 0
        self._depth = 0

    def _split(self) -> list[tuple[str, str, int]]:
        """Return (kind, text, position) of every token."""
        tokens, position, end = [], 0, len(self._text.rstrip())
        while position < end:
            match = _TOKEN.match(self._text, position)
            if match is None:
                raise self._wrong("cannot be read", position)
            assert match.lastgroup is not None
            tokens.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            position = match.end()
        return tokens

    def parse(self) -> Filter:
        tree = self._either()
        if self._next < len(self._tokens):
            raise self._wrong("is not expected here", self._tokens[self._next][2])
        return tree

    def _either(self) -> Filter:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong("has too many brackets inside each other", 0)
        parts = [self._both()]
        while self._take_word("or"):
            parts.append(self._both())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _both(self) -> Filter:
        parts = [self._part()]
        while self._take_word("and"):
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _part(self) -> Filter:
        exclude = False
        while self._take_word("not"):
            exclude = not exclude
        if self._take_sign("("):
            tree = self._either()
            self._need_sign(")")
        else:
            tree = self._condition()
        return negated(tree) if exclude else tree

    def _condition(self) -> Filter:
        kind, field, position = self._token("a dimension")
        if kind != "word" or not _FIELD.fullmatch(field):
            raise self._wrong("should be the id of a dimension or metric", position)
        kind, word, position = self._token("an operator such as = or in")
        if kind == "sign" and word in _SIGNS:
            operator, exclude = _SIGNS[word]
            return Condition(field, operator, (self._value(),), exclude)
        exclude = word.lower() == "not"
        if exclude:
            kind, word, position = self._token("in, between, contains, starts_with or matches")
        return self._worded(field, word.lower(), position, exclude=exclude)

    def _worded(self, field: str, word: str, position: int, *, exclude: bool) -> Filter:
        if word == "is" and not exclude:
            exclude = self._take_word("not")
            if not self._take_word("null"):
                raise self._wrong("should be null or not null", self._position())
            return Condition(field, "is_null", (), exclude)
        if word == "in":
            return Condition(field, "in_list", self._list(), exclude)
        if word == "between":
            first = self._value()
            if not self._take_word("and"):
                raise self._wrong("should be the word and", self._position())
            return Condition(field, "between", (first, self._value()), exclude)
        if word in _WORDS:
            return Condition(field, _WORDS[word], (self._value(),), exclude)
        raise self._wrong("should be an operator such as =, >=, in, between, contains or is null", position)

    def _list(self) -> tuple[str, ...]:
        self._need_sign("(")
        values = [self._value()]
        while self._take_sign(","):
            values.append(self._value())
        self._need_sign(")")
        return tuple(values)

    def _value(self) -> str:
        """Read a quoted text, or words up to the next ``and``, ``or``, comma or bracket, blanks as written."""
        kind, text, position = self._token("a value")
        if kind == "text":
            return text[1:-1].replace(text[0] * 2, text[0])
        if kind != "word":
            raise self._wrong("should be a value", position)
        end = position + len(text)
        while self._next < len(self._tokens):
            kind, text, start = self._tokens[self._next]
            if kind != "word" or text.lower() in ("and", "or"):
                break
            end = start + len(text)
            self._next += 1
        return self._text[position:end]

    def _token(self, expected: str) -> tuple[str, str, int]:
        if self._next == len(self._tokens):
            raise self._wrong(f"ends where {expected} should come", len(self._text))
        self._next += 1
        return self._tokens[self._next - 1]

    def _take_word(self, word: str) -> bool:
        return self._take("word", word)

    def _take_sign(self, sign: str) -> bool:
        return self._take("sign", sign)

    def _take(self, kind: str, text: str) -> bool:
        here = self._tokens[self._next] if self._next < len(self._tokens) else ("", "", 0)
        found = here[0] == kind and here[1].lower() == text
        self._next += found
        return found

    def _need_sign(self, sign: str) -> None:
        if not self._take_sign(sign):
            raise self._wrong(f"should be {sign}", self._position())

    def _position(self) -> int:
        return self._tokens[self._next][2] if self._next < len(self._tokens) else len(self._text)

    def _wrong(self, sentence: str, position: int) -> QueryError:
        rest = self._text[position:].strip()
        subject = quote(rest, 30) if rest else "The text"
        return QueryError(
            f"{subject} {sentence}.", place=f"filter {quote(self._text)}, character {position + 1}", remedy=REMEDY
        )
