"""Field masks: ``sheets(properties/title,data.rowData)``: what of an answer is sent, what of a thing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from connector.sandbox.google.grid import Json

Mask = dict[str, "Mask"]
"""A tree of names; a name without names below it means all of it. The empty mask means everything."""

TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[*(),./]")


class MaskError(ValueError):
    """A text that is no mask."""


def read_mask(text: str) -> Mask:
    """Return the tree of a mask; ``*`` and the empty text are everything. Raises MaskError."""
    compact = re.sub(r"\s+", "", text)
    tokens = TOKEN.findall(compact)
    if "".join(tokens) != compact:
        raise MaskError(text)
    paths = _read(iter([*tokens, ")"]))
    mask: Mask = {}
    for path in paths:
        _add(mask, path)
    return {} if "*" in mask else mask


def _read(tokens: Iterator[str]) -> list[list[str]]:
    """Read paths up to the closing parenthesis."""
    done: list[list[str]] = []
    stems: list[list[str]] = [[]]
    for token in tokens:
        if token == "(":
            stems = [stem + inner for stem in stems for inner in _read(tokens)]
        elif token in "),":
            done += [stem for stem in stems if stem]
            stems = [[]]
            if token == ")":
                return done
        elif token not in "./":
            stems = [[*stem, camel(token)] for stem in stems]
    raise MaskError("an opening parenthesis without its closing one")


def _add(mask: Mask, path: list[str]) -> None:
    """Add a path; one that is a part of what is there already adds nothing."""
    place = mask
    for depth, name in enumerate(path):
        if name == "*" and depth:
            place.clear()
            return
        if name in place and not place[name]:
            return
        if depth == len(path) - 1:
            place[name] = {}
        else:
            place = place.setdefault(name, {})


def camel(name: str) -> str:
    """``row_data`` is ``rowData``."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def below(mask: Mask, *path: str) -> Mask | None:
    """Return the mask of a part; None where the mask does not reach it."""
    for name in path:
        if not mask:
            return mask
        if name not in mask:
            return None
        mask = mask[name]
    return mask


def paths(mask: Mask, stem: str = "") -> Iterator[str]:
    """Yield the paths of a mask, with dots."""
    for name, inner in mask.items():
        if inner:
            yield from paths(inner, f"{stem}{name}.")
        else:
            yield f"{stem}{name}"


def project(part: Any, mask: Mask, done: frozenset[str] = frozenset()) -> Any:
    """Return what of a piece of JSON the mask names. Messages that are there stay, if empty.

    Fields in ``done`` are taken as they are: whoever made them has looked at the mask already.
    """
    if not mask:
        return part
    if isinstance(part, list):
        return [project(entry, mask, done) for entry in part]
    if isinstance(part, dict):
        return {
            name: value if name in done else project(value, mask[name], done)
            for name, value in part.items()
            if name in mask
        }
    return part


def change(target: Json, source: Json, mask: Mask, every: Iterable[str] = ()) -> Json:
    """Return ``target`` with the fields that the mask names taken from ``source``; what is not there is taken away.

    ``every`` are the names that ``*`` means. Null is as not there.
    """
    result = dict(target)
    for name, inner in (mask or {name: {} for name in (*every, *source, *target)}).items():
        value = source.get(name)
        if inner and isinstance(value or {}, dict):
            value = change(target.get(name) or {}, value or {}, inner)
            if not value and name not in target:
                value = None
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result
