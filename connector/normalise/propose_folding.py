"""Headers and file names as words: without case, accents, punctuation, camelCase and small words."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

SMALL_WORDS: Final = frozenset(
    {
        "a", "an", "the", "of", "de", "del", "la", "el", "los", "las", "en", "y", "do", "da", "dos", "das", "o", "em",
        "e", "в", "во", "и", "на", "по",
    }
)  # fmt: skip
SAME_WORDS: Final = {
    "number": "no", "num": "no", "numero": "no", "nr": "no", "номер": "no", "n": "no", "#": "no",
    "identifier": "id", "identificador": "id", "идентификатор": "id", "ид": "id", "uuid": "id",
    "correo": "email", "почта": "email",
}  # fmt: skip
SAME_PHRASES: Final = (
    ("e mail", "email"),
    ("correo electronico", "email"),
    ("direccion email", "email"),
    ("эл почта", "email"),
    ("электронная почта", "email"),
    ("адрес электронной почты", "email"),
    ("электронный адрес", "email"),
)

LONGEST: Final = 300
"""Characters of a header that are read."""
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)")
_TOKEN: Final = re.compile(r"[^\W_]+|#")

Tokens = tuple[str, ...]


def unaccented(text: str) -> str:
    """Return the text without accents and in lower case; camelCase becomes separate words."""
    parts = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text))
    return "".join(char for char in parts if not unicodedata.combining(char)).lower()


def tokens_of(text: str) -> Tokens:
    """Fold a header or a file name to its significant words."""
    joined = " ".join(_TOKEN.findall(unaccented(text[:LONGEST])))
    for phrase, meant in SAME_PHRASES:
        if phrase in joined:
            joined = joined.replace(phrase, meant)
    words = [SAME_WORDS.get(token, token) for token in joined.split()]
    return tuple(word for word in words if word not in SMALL_WORDS) or tuple(words)


def singular(token: str) -> str:
    if token.endswith("ies"):
        return token[:-3] + "y"
    return token[:-1] if token.endswith("s") and len(token) > 3 and not token.endswith("ss") else token
