"""Lists written with commas, as the command line and addresses take them."""

from __future__ import annotations

from collections.abc import Iterable


def split_list(texts: Iterable[str]) -> tuple[str, ...]:
    """Split ``a,b`` at commas outside of brackets and quotes, so that formulas stay whole."""
    found: list[str] = []
    for text in texts:
        depth, quoted, start = 0, False, 0
        for place, char in enumerate(text):
            if char == "'":
                quoted = not quoted
            elif not quoted and char in "()":
                depth += 1 if char == "(" else -1
            elif not quoted and char == "," and depth <= 0:
                found.append(text[start:place].strip())
                start = place + 1
        found.append(text[start:].strip())
    return tuple(part for part in found if part)
