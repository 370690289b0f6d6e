"""In which encoding a text file was written.

A byte order mark decides; then UTF-16 shows by its zero bytes and UTF-8 by its own rules. What is left is an
8-bit code page, chosen by how much each reading looks like words: letters as often as languages use them, no
capital in the middle of a word, no two alphabets in one word.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import pairwise

from connector.errors import FileError, quote

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CODE_PAGES = ("cp1252", "cp1251", "koi8-r", "cp866", "mac-roman", "mac-cyrillic", "iso8859-5", "cp1250", "cp850")
"""8-bit code pages that are told apart, the likelier first."""
_NOT_FOR_FILES = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7", "mbcs", "oem"}

_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_LATIN = "áéíóúñüçãõâêôàèìòùäöåøæßîïëûœłąęśżźćńřšžýěčďťňőűđ"
_MARKS_IN_TEXT = "«»–—‘’“”„…•°ºª¿¡€£§©®™№· "
_INVALID = "puente-invalid"


@dataclass(frozen=True, slots=True)
class Encoding:
    """A Python codec and how many bytes of mark stand before the text."""

    name: str
    mark: int = 0


def _replace_invalid(error: UnicodeError) -> tuple[str, int]:
    # A lone surrogate is no UTF-8: whoever checks the text afterwards finds the row that held the bad bytes.
    end = error.end if isinstance(error, UnicodeDecodeError) else 1
    return "\udc80", end


codecs.register_error(_INVALID, _replace_invalid)


def utf8_decoder(encoding: str) -> codecs.IncrementalDecoder:
    """Return a decoder that turns invalid bytes into lone surrogates instead of failing."""
    return codecs.getincrementaldecoder(encoding)(errors=_INVALID)


def to_utf8(text: str) -> bytes:
    """Encode what :func:`utf8_decoder` gave; lone surrogates become bytes that are no valid UTF-8."""
    return text.encode("utf-8", "surrogatepass")


def marked(head: bytes) -> Encoding | None:
    """Return the encoding that a byte order mark names."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, len(mark))
    return None


def named(name: str, head: bytes, place: str) -> Encoding:
    """Return the encoding that the owner of the file names. Raises FileError for one that does not exist."""
    try:
        codec = codecs.lookup(name).name
        "a".encode(codec)
    except (LookupError, ValueError) as error:
        raise FileError(
            f"There is no text encoding {quote(name)}.", place=place, remedy="Use utf-8, utf-16, cp1251, cp1252 ..."
        ) from error
    if codec in _NOT_FOR_FILES:
        raise FileError(f"{quote(name)} is no encoding of files.", place=place, remedy="Use utf-8, cp1251 ...")
    mark = marked(head)
    if codec in ("utf-16", "utf-32"):
        fallback = _unmarked_utf16(head) if codec == "utf-16" else None
        return mark or fallback or Encoding(f"{codec}-le")
    codec = "utf-8" if codec == "utf-8-sig" else codec
    return mark if mark is not None and mark.name == codec else Encoding(codec)


def detect(head: bytes, sample: bytes) -> Encoding:
    """Return the encoding of a file from its first bytes and from a sample of its bytes above 127."""
    return marked(head) or _unmarked_utf16(head) or Encoding(_eight_bit(sample))


def _unmarked_utf16(head: bytes) -> Encoding | None:
    if b"\0" not in head:
        return None
    even, odd = head[0:4096:2], head[1:4096:2]
    pairs = list(zip(even, odd, strict=False))
    little = sum(1 for low, high in pairs if high == 0 and 0 < low < 128)
    big = sum(1 for high, low in pairs if high == 0 and 0 < low < 128)
    if max(little, big) * 10 < len(pairs) or min(little, big) * 5 > max(little, big):
        return None
    return Encoding("utf-16-le" if little > big else "utf-16-be")


def _eight_bit(sample: bytes) -> str:
    if not sample or _looks_like_utf8(sample):
        return "utf-8"
    scores = {name: _wordlikeness(sample.decode(name, "replace")) for name in CODE_PAGES}
    best = max(scores.values())
    return next(name for name in CODE_PAGES if scores[name] >= best - 0.02)


def _looks_like_utf8(sample: bytes) -> bool:
    """Say whether the sample is UTF-8, a few broken sequences (and those cut at its ends) forgiven."""
    text = sample.decode("utf-8", "replace")
    broken = text.count("�") - sample.count("�".encode())
    whole = sum(1 for char in text if char > "\x7f") - broken
    return whole > broken * 4


def _wordlikeness(text: str) -> float:
    """Return the mean plausibility of the characters above 127, from about -3 to 1."""
    score, count = 0.0, 0
    for word in re.findall(r"[^\x00-\x40\[-`{-\x7f]+", text):
        strange = [char for char in word if char > "\x7f"]
        if strange:
            count += len(strange)
            score += sum(map(_plausibility, strange)) - _oddities(word, len(strange))
    return score / count if count else 0.0


def _plausibility(char: str) -> float:
    lower = char.lower()
    rank = _CYRILLIC.find(lower)
    if rank >= 0:
        return 1.0 - rank * 0.04
    rank = _LATIN.find(lower)
    if rank >= 0:
        return 0.9 - rank * 0.015
    if char in _MARKS_IN_TEXT:
        return 0.2
    return -1.0 if char.isprintable() and char != "�" else -3.0


def _oddities(word: str, strange: int) -> float:
    letters = [char for char in word if char.isalpha()]
    cyrillic = sum(1 for char in letters if "Ѐ" <= char <= "ӿ")
    mixed = strange if 0 < cyrillic < len(letters) else 0
    camel = sum(1 for left, right in pairwise(word) if left.islower() and right.isupper())
    runs = sum(len(run) for run in re.findall(r"[\u00c0-\u024f]{3,}", word))
    inside = sum(1 for char in word[1:-1] if not char.isalpha() and char not in "’-")
    return mixed + camel + runs + inside
