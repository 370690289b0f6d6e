"""What a header may mean: the names of ``headers.yaml``, folded so that one spelling stands for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from connector.model.schema import ENTITIES
from connector.normalise.propose_folding import Tokens, singular, tokens_of

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SOURCE: Final = Path(__file__).with_name("headers.yaml")
EXACT: Final = 1.0
WITHOUT_BRACKETS: Final = 0.97
WITHOUT_PREFIX: Final = 0.95
RANK_STEP: Final = 0.002
"""How much a later name of a column counts below an earlier one."""
EXTRA: Final = "~"
"""Marks what is no column of the schema but decides about one, such as "is won"."""
QUESTION: Final = 0.9
QUESTION_NAME: Final = "a question that asks for a score"
BEHIND: Final = 0.1
"""``source_created_at`` repeats what an entity's own creation time says; it takes only what that leaves."""
PART: Final = 0.6
"""A header that only contains a known name starts here."""

GENERIC_PREFIXES: Final = frozenset(
    {
        "property", "properties", "attributes", "fields", "field", "hs", "cf", "custom", "data", "address1",
        "primaryaddress", "donotmodify", "contactinfo",
    }
)  # fmt: skip
ROW_ID: Final = "(do not modify) "
_BRACKETS: Final = re.compile(r"[(\[][^()\[\]]*[)\]]")
_PREFIX: Final = re.compile(r"\s+[-–—>|/]\s+|[.:]+\s*")
_MARKERS: Final = {name.upper(): name for name in ENTITIES}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A column of the schema that a header may stand for. ``score`` is 0..1, 1 for the very name."""

    entity: str
    column: str
    score: float
    known_as: str
    """The known name that was found, as folded words."""


@dataclass(frozen=True)
class Lexicon:
    """The names of ``headers.yaml`` by folded key."""

    words: dict[Tokens, str]
    """Folded phrase to the entity it names."""
    names: dict[str, tuple[Meaning, ...]]
    files: dict[Tokens, tuple[str, ...]]
    ignored: frozenset[str]
    qualifiers: frozenset[str]
    personal: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    questions: tuple[Tokens, ...] = ()
    own_words: tuple[tuple[str, str], ...] = ()
    """(joined phrase, entity), the longest first, to split headers such as ``dealname``."""

    def marked(self, tokens: Tokens) -> Tokens:
        """Replace the words for an entity by its marker, the longest phrase first."""
        result: list[str] = []
        position = 0
        while position < len(tokens):
            for length in (3, 2, 1):
                phrase = tokens[position : position + length]
                entity = self.words.get(phrase) if len(phrase) == length else None
                if entity is None and length == 1 and phrase[0].endswith("s"):
                    entity = self.words.get((phrase[0][:-1],))
                if entity is not None:
                    result.append(f"<{entity}>")
                    position += length
                    break
            else:
                result.append(tokens[position])
                position += 1
        return tuple(result)

    def meanings(self, header: str) -> tuple[Meaning, ...]:
        """Everything a header may mean, over all entities."""
        best: dict[tuple[str, str], Meaning] = {}
        for tokens, factor in self._readings(header):
            for meaning in self.names.get("".join(tokens), ()):
                _keep(best, meaning, factor)
        if not best:
            for meaning, factor in self._parts(self.marked(tokens_of(header))):
                _keep(best, meaning, factor)
        if self._is_question(tokens_of(header)):
            _keep(best, Meaning("survey_response", "score", QUESTION, QUESTION_NAME), EXACT)
        return tuple(best.values())

    def is_ignored(self, header: str) -> bool:
        return any("".join(tokens) in self.ignored for tokens, _ in self._readings(header))

    def is_foreign(self, header: str) -> bool:
        """Whether only files that the schema has no place for have such a column."""
        return "".join(self.marked(tokens_of(header))) in self.foreign

    def is_personal(self, header: str) -> bool:
        return any("".join(tokens) in self.personal for tokens, _ in self._readings(header))

    def prefix_entity(self, header: str) -> str | None:
        """The entity that the header is qualified with, as in ``Deal - Title``."""
        head, *rest = _PREFIX.split(header, maxsplit=1)
        return self.words.get(tokens_of(head)) if rest and tokens_of(head) else None

    def _readings(self, header: str) -> Iterator[tuple[Tokens, float]]:
        tokens = self.marked(tokens_of(header))
        yield tokens, EXACT
        if len(tokens) == 1 and not tokens[0].startswith("<"):
            yield from self._split(tokens[0])
        if header.lower().startswith(ROW_ID):
            # Dynamics 365 workbooks carry the record's own id under the entity's name.
            yield (*self.marked(tokens_of(header[len(ROW_ID) :])), "id"), EXACT
        bare = _BRACKETS.sub(" ", header)
        if bare != header:
            yield self.marked(tokens_of(bare)), WITHOUT_BRACKETS
        yield from self._without_prefix(bare)

    def _split(self, word: str) -> Iterator[tuple[Tokens, float]]:
        """Readings of a header without any separator, such as ``dealname`` and ``parentaccountid``."""
        for phrase, entity in self.own_words:
            start = word.find(phrase)
            if start >= 0:
                parts = (word[:start], f"<{entity}>", word[start + len(phrase) :])
                yield tuple(part for part in parts if part), WITHOUT_BRACKETS
                return

    def _without_prefix(self, header: str) -> Iterator[tuple[Tokens, float]]:
        head, *rest = _PREFIX.split(header, maxsplit=1)
        if rest:
            prefix = tokens_of(head)
            if prefix in self.words or "".join(prefix) in GENERIC_PREFIXES:
                yield self.marked(tokens_of(rest[0])), WITHOUT_PREFIX
                tokens = tokens_of(rest[0])
                yield (f"<{self.words.get(prefix, '')}>", *self.marked(tokens)), WITHOUT_PREFIX
        tokens = tokens_of(header)
        while len(tokens) > 1 and tokens[0] in GENERIC_PREFIXES:
            tokens = tokens[1:]
            yield self.marked(tokens), WITHOUT_PREFIX
            if len(tokens) == 1:
                yield from self._split(tokens[0])
        if len(tokens) > 1 and tokens[-1] == "c" and header.rstrip().endswith("_c"):
            yield self.marked(tokens[:-1]), WITHOUT_PREFIX

    def _is_question(self, tokens: Tokens) -> bool:
        return len(tokens) >= 5 and any(
            all(any(word.startswith(stem) for word in tokens) for stem in stems) for stems in self.questions
        )

    def _parts(self, tokens: Tokens) -> Iterator[tuple[Meaning, float]]:
        """Known names inside a longer header; a qualifier outside the name forbids it."""
        for length in range(min(len(tokens) - 1, 6), 0, -1):
            found = False
            for start in range(len(tokens) - length + 1):
                part = tokens[start : start + length]
                outside = tokens[:start] + tokens[start + length :]
                if (len(outside) > 3 and length < 3) or any(word in self.qualifiers for word in outside):
                    continue
                if length == 1 and not all(word.startswith("<") for word in outside):
                    continue
                for meaning in self.names.get("".join(part), ()):
                    found = True
                    yield meaning, PART + 0.3 * length / len(tokens)
            if found:
                return

    def file_entities(self, dataset: str) -> tuple[tuple[str, ...], int]:
        """Entities that the name of a file or sheet speaks of, and how many words say so.

        A name that consists of the phrase alone, such as ``Lead.csv``, counts one word more.
        """
        book, _, sheet = dataset.partition("#")
        for name in (sheet, book.rsplit(".", 1)[0]):
            tokens = tuple(singular(token) for token in tokens_of(name))
            for length in (4, 3, 2, 1):
                found = [
                    entity
                    for start in range(len(tokens) - length + 1)
                    for entity in self.files.get(tokens[start : start + length], ())
                ]
                if found:
                    return tuple(dict.fromkeys(found)), length + (length == len(tokens))
        return (), 0


def _keep(best: dict[tuple[str, str], Meaning], meaning: Meaning, factor: float) -> None:
    score = meaning.score * factor
    key = (meaning.entity, meaning.column)
    if key not in best or best[key].score < score:
        best[key] = Meaning(meaning.entity, meaning.column, score, meaning.known_as)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split("|")]


def _names(document: dict[str, Any], lexicon: Lexicon) -> dict[str, tuple[Meaning, ...]]:
    """Fold every name of every column; THIS and upper-case entity names become markers."""
    found: dict[str, dict[tuple[str, str], Meaning]] = {}
    cache: dict[tuple[str, str], Tokens] = {}
    for entity, columns in document["entities"].items():
        merged = {column: list(_listed(text)) for column, text in columns.items()}
        merged |= {EXTRA + name: _listed(text) for name, text in document["extras"].get(entity, {}).items()}
        for column, text in document["common"].items():
            if column in ENTITIES[entity].columns:
                merged.setdefault(column, []).extend(_listed(text))
        for column, names in merged.items():
            for rank, name in enumerate(dict.fromkeys(names)):
                key = (name, entity if "THIS" in name else "")
                if key not in cache:
                    cache[key] = _folded_name(name, entity, lexicon)
                behind = BEHIND if column == "source_created_at" else 0.0
                meaning = Meaning(entity, column, 1 - behind - RANK_STEP * min(rank, 60), name)
                _keep(found.setdefault("".join(cache[key]), {}), meaning, 1.0)
    return {key: tuple(meanings.values()) for key, meanings in found.items()}


def _folded_name(name: str, entity: str, lexicon: Lexicon) -> Tokens:
    tokens: list[str] = []
    plain: list[str] = []
    for word in name.split():
        marker = entity if word == "THIS" else _MARKERS.get(word)
        if marker is None:
            plain.append(word)
            continue
        tokens += lexicon.marked(tokens_of(" ".join(plain))) if plain else ()
        tokens.append(f"<{marker}>")
        plain = []
    tokens += lexicon.marked(tokens_of(" ".join(plain))) if plain else ()
    return tuple(tokens)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Read ``headers.yaml`` once."""
    document = yaml.load(SOURCE.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader, in C
    words = {tokens_of(word): entity for entity, text in document["words"].items() for word in _listed(text)}
    files: dict[Tokens, list[str]] = {}
    for entity, text in document["files"].items():
        for phrase in _listed(text):
            key = tuple(singular(token) for token in tokens_of(phrase))
            files.setdefault(key, []).append(entity)
    own_words = sorted(
        (("".join(phrase), entity) for phrase, entity in words.items() if len("".join(phrase)) >= 4),
        key=lambda pair: -len(pair[0]),
    )
    bare = Lexicon(words, {}, {key: tuple(found) for key, found in files.items()}, frozenset(), frozenset())
    return replace(
        bare,
        names=_names(document, bare),
        ignored=_keys(document["ignored"], bare),
        personal=_keys(document["personal"], bare),
        foreign=_keys(document["foreign"], bare),
        qualifiers=frozenset(word for name in _listed(document["qualifiers"]) for word in tokens_of(name)),
        questions=tuple(tuple(text.split()) for text in _listed(document["questions"])),
        own_words=tuple(own_words),
    )


def _keys(text: str, bare: Lexicon) -> frozenset[str]:
    return frozenset("".join(bare.marked(tokens_of(name))) for name in _listed(text))
