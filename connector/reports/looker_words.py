"""The words of build sheets for Looker Studio, from ``looker_schemas/report_words.yaml``."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from connector.metrics.definitions import FOLDER, Labels, read_yaml
from connector.model.query import Language

Part = Literal["kinds", "ranges", "comparisons", "colours", "heads", "phrases", "operators", "steps"]
AUTO: Final = "auto"
"""The range that follows the one of the report."""


@cache
def _words() -> dict[Part, dict[str, Labels]]:
    words: dict[Part, dict[str, Labels]] = read_yaml(FOLDER / "report_words.yaml")
    return words


def word(part: Part, code: str, language: Language, **values: object) -> str:
    """Return a text in a language, its places filled."""
    return _words()[part][code][language].format(**values)


def heads(language: Language) -> tuple[str, ...]:
    """Return the heads of the table of a page, in order."""
    return tuple(texts[language] for texts in _words()["heads"].values())
