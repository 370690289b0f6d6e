"""YAML text read as text: every scalar stays a string, every place has a line, every mistake is collected.

YAML's own types are not used: `no`, `1.10` or `2024-01-01` in an alias are what the customer's file holds, not
a boolean, a float or a date. Size, depth and number of nodes are limited before anything is built, so that a
hostile document costs nothing.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from connector.errors import MappingError, quote

MAX_CHARACTERS: Final = 2_000_000
MAX_DEPTH: Final = 16
MAX_NODES: Final = 200_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Mistakes:
    """What is wrong with a document, with lines; raised together."""

    place: str
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, sentence: str) -> None:
        """Note one mistake. ``line`` counts from 1; 0 means the document as a whole."""
        if (line, sentence) not in self.found:
            self.found.append((line, sentence))

    def stop(self, remedy: str = "") -> None:
        """Raise :class:`MappingError` with everything found so far, in the order of the lines."""
        if not self.found:
            return
        listed = [_sentence(line, text) for line, text in sorted(self.found, key=lambda one: one[0])]
        if len(listed) == 1:
            raise MappingError(listed[0], place=self.place, remedy=remedy)
        lines = "".join(f"\n  {one}" for one in listed)
        raise MappingError(f"the mapping has {len(listed)} mistakes:{lines}", place=self.place, remedy=remedy)


def _sentence(line: int, text: str) -> str:
    ended = text if text.endswith(("?", ".")) else f"{text}."
    return f"line {line}: {ended}" if line else ended


def nearest(name: str, known: Iterable[str], ask: str = "did you mean") -> str:
    """Return a half sentence with the names closest to a wrong one, or nothing."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name.casefold(), list(by_fold), n=3, cutoff=0.55)
    return f"; {ask} {' or '.join(quote(by_fold[one]) for one in close)}?" if close else ""


def compose(text: str, mistakes: Mistakes) -> yaml.Node:
    """Return the root node. Raises :class:`MappingError` for text that is no YAML or beyond the limits."""
    if len(text) > MAX_CHARACTERS:
        raise MappingError(
            f"the mapping has {len(text):,} characters, more than the {MAX_CHARACTERS:,} allowed.", place=mistakes.place
        )
    try:
        _check_limits(text, mistakes)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        mistakes.add(mark.line + 1 if mark else 0, f"this is no valid YAML: {getattr(error, 'problem', None) or error}")
        root = None
    except RecursionError:
        mistakes.add(0, "the document is nested too deeply")
        root = None
    mistakes.stop()
    if root is None:
        raise MappingError(
            "the mapping is empty.", place=mistakes.place, remedy="Write at least `version` and `files`."
        )
    return root


def _check_limits(text: str, mistakes: Mistakes) -> None:
    depth = 0
    for nodes, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.AliasEvent):
            mistakes.add(
                event.start_mark.line + 1 if event.start_mark else 0,
                "anchors and aliases (& and *) are not used in a mapping",
            )
            mistakes.stop("Write the part out where it is needed.")
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            limit = f"{MAX_DEPTH} levels" if depth > MAX_DEPTH else f"{MAX_NODES:,} values"
            raise MappingError(f"the mapping has more than {limit}.", place=mistakes.place)


def line_of(node: yaml.Node) -> int:
    """Line of a node, counted from 1."""
    return int(node.start_mark.line) + 1


def is_absent(node: yaml.Node) -> bool:
    """Whether a value was left out or written as null."""
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in ("", "~", "null", "Null", "NULL")


def pairs(node: yaml.Node, what: str, mistakes: Mistakes) -> Iterator[tuple[str, yaml.Node, int]]:
    """Yield key, value and line of a mapping; a key that stands twice is a mistake and its last value is dropped."""
    if not isinstance(node, yaml.MappingNode):
        mistakes.add(line_of(node), f"{what} must be a list of `key: value` lines")
        return
    seen: dict[str, int] = {}
    for key_node, value in node.value:
        line = line_of(key_node)
        if not isinstance(key_node, yaml.ScalarNode):
            mistakes.add(line, f"{what}: a key must be a plain text")
            continue
        name = str(key_node.value)
        if name in seen:
            mistakes.add(line, f"{what}: {quote(name)} stands here a second time (first in line {seen[name]})")
            continue
        seen[name] = line
        yield name, value, line


def known_pairs(node: yaml.Node, what: str, known: Iterable[str], mistakes: Mistakes) -> dict[str, yaml.Node]:
    """Return the values of a mapping whose keys are all known; other keys are mistakes."""
    names = tuple(known)
    found: dict[str, yaml.Node] = {}
    for name, value, line in pairs(node, what, mistakes):
        if name not in names:
            help_text = nearest(name, names) or f"; known: {', '.join(names)}"
            mistakes.add(line, f"{what} has no key {quote(name)}{help_text}")
        elif is_absent(value):
            mistakes.add(line, f"{what}: `{name}` has no value")
        else:
            found[name] = value
    return found


def items(node: yaml.Node, what: str, mistakes: Mistakes) -> list[yaml.Node]:
    """Return the entries of a list."""
    if not isinstance(node, yaml.SequenceNode):
        mistakes.add(line_of(node), f"{what} must be a list")
        return []
    return list(node.value)


def text(node: yaml.Node, what: str, mistakes: Mistakes) -> str:
    """Return a scalar as text."""
    if not isinstance(node, yaml.ScalarNode):
        mistakes.add(line_of(node), f"{what} must be one text or number")
        return ""
    return str(node.value)


def texts(node: yaml.Node, what: str, mistakes: Mistakes) -> tuple[str, ...]:
    """Return a list of scalars, or one scalar as a list of one."""
    if isinstance(node, yaml.ScalarNode):
        return (str(node.value),)
    return tuple(text(entry, what, mistakes) for entry in items(node, what, mistakes))


def choice(node: yaml.Node, what: str, values: Iterable[str], mistakes: Mistakes) -> str | None:
    """Return a scalar that is one of the values."""
    allowed = tuple(values)
    found = text(node, what, mistakes)
    if found in allowed:
        return found
    mistakes.add(line_of(node), f"{what} is {quote(found)}; it can be {', '.join(allowed)}")
    return None


def flag(node: yaml.Node, what: str, mistakes: Mistakes) -> bool | None:
    """Return true or false."""
    found = choice(node, what, ("true", "false"), mistakes)
    return None if found is None else found == "true"


def number(node: yaml.Node, what: str, mistakes: Mistakes) -> float | None:
    """Return a finite number."""
    found = text(node, what, mistakes)
    try:
        value = float(found)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        mistakes.add(line_of(node), f"{what} is {quote(found)}; it must be a number")
        return None
    return value


def integer(node: yaml.Node, what: str, mistakes: Mistakes, low: int, high: int) -> int | None:
    """Return a whole number within bounds."""
    found = text(node, what, mistakes)
    if found.lstrip("-").isdecimal() and len(found) < 10 and low <= int(found) <= high:
        return int(found)
    mistakes.add(line_of(node), f"{what} is {quote(found)}; it must be a whole number from {low} to {high}")
    return None
