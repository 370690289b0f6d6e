"""Which character separates the cells, which one quotes them and what ends a line, judged on a sample."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

from connector.errors import FileError
from connector.sources.files.grammar import Grammar, Tokenizer
from connector.sources.files.options import NAMED_SEPARATORS, ReadOptions

_USUAL = (",", ";", "\t", "|")
_UNUSUAL = ("^", "~", "\x1f", "\x01", "§", "¦", "¬")
_SAMPLE_BYTES = 1 << 17
_SAMPLE_RECORDS = 300


def grammar_of(sample: bytes, name: str, options: ReadOptions, *, final: bool, place: str) -> Grammar:
    """Return the grammar of UTF-8 text; what the options name is taken as it is.

    ``final`` says that the sample is the whole text. Raises FileError for an impossible option.
    """
    sample = sample[:_SAMPLE_BYTES] if len(sample) > _SAMPLE_BYTES else sample
    final = final and len(sample) < _SAMPLE_BYTES
    separators, quote = _separators(options, place), _quote(options, place)
    comment = (options.comment or "").encode()
    line_end = line_end_of(sample, options)
    if quote is None:
        quote = _quote_in(sample, separators)
    grammars = [Grammar(mark.encode(), quote, line_end, comment=comment) for mark in separators]
    best = grammars[0] if len(grammars) == 1 else _best(grammars, sample, name, final)
    return _with_escape(best, sample, final)


def directive(sample: bytes) -> bytes:
    """Return the separator that an Excel ``sep=;`` line at the top names; empty when there is no such line."""
    match = re.match(rb'"?sep=([^\r\n"])"?\r?(?:\n|\r|$)', sample)
    return match[1] if match else b""


def _separators(options: ReadOptions, place: str) -> tuple[str, ...]:
    if options.separator is None:
        return (*_USUAL, *_UNUSUAL)
    separator = NAMED_SEPARATORS.get(options.separator.lower(), options.separator)
    if not 1 <= len(separator) <= 4 or any(char in '"\r\n\0' for char in separator) or separator == options.quote:
        raise FileError(
            "The separator must be one to four characters, none of them a quote or a line's end.",
            place=place,
            remedy="Set separator to , ; | or tab.",
        )
    return (separator,)


def _quote(options: ReadOptions, place: str) -> bytes | None:
    if options.quote is None:
        return None
    if len(options.quote) > 1 or options.quote in ("\r", "\n", "\0") or not options.quote.isascii():
        raise FileError(
            "The quote must be one ASCII character, or empty when nothing is quoted.",
            place=place,
            remedy="Set quote to a single character.",
        )
    return options.quote.encode()


def line_end_of(sample: bytes, options: ReadOptions) -> bytes:
    r"""Return ``\n``, or ``\r`` for text whose lines all end in it; what stands inside quotes does not count."""
    quote = b'"' if options.quote is None else options.quote.encode()
    outside = sample[:_SAMPLE_BYTES]
    if quote and quote in outside:
        escaped = re.escape(quote)
        outside = re.sub(rb"%b[^%b]*+%b" % (escaped, escaped, escaped), b"", outside)
    return b"\n" if b"\n" in outside or b"\r" not in outside else b"\r"


def _quote_in(sample: bytes, separators: tuple[str, ...]) -> bytes:
    """Return the single quote when cells are quoted by it and none by double quotes, else the double quote."""
    marks = b"|".join(re.escape(mark.encode()) for mark in separators)
    before, behind = rb"(?:^|(?<=[\r\n])|(?:%b))" % marks, rb"(?=%b|[\r\n]|\Z)" % marks
    double = len(re.findall(before + rb'"[^"]*+"' + behind, sample))
    single = len(re.findall(before + rb"'[^'\r\n]*+'" + behind, sample))
    return b"'" if single > 2 and not double and single * 2 > sample.count(b"'") * 0.8 else b'"'


def _best(grammars: list[Grammar], sample: bytes, name: str, final: bool) -> Grammar:
    scores = [_score(grammar, sample, final) for grammar in grammars]
    tab = next((at for at, grammar in enumerate(grammars) if grammar.separator == b"\t"), None)
    if tab is not None and name.lower().endswith((".tsv", ".tab", ".tsv.gz")) and scores[tab] > 0:
        return grammars[tab]
    usual = max(scores[: len(_USUAL)])
    best = usual if usual > 0 else max(scores)
    return grammars[scores.index(best)] if best > 0 else grammars[0]


def _score(grammar: Grammar, sample: bytes, final: bool) -> float:
    """Return how well a grammar explains the sample, from 0 (not at all) to 1.

    It does when most records have the same number of cells, more than one, and the cells hold no other
    separator: "1,5;2,5" is two numbers with decimal commas, not three cells.
    """
    if grammar.separator not in sample:
        return 0.0
    records = list(islice(Tokenizer(grammar).records(sample, 1, final=final), _SAMPLE_RECORDS))
    rows = [record.cells for record in records if record.cells and not record.fault]
    widths = [len(cells) for cells in rows]
    common = [width for width in widths if width > 1]
    if not common:
        return 0.0
    width, support = max(Counter(common).items(), key=lambda item: (item[1], item[0]))
    tail = len(widths) - widths.index(width)
    if support < tail * 0.6:
        return 0.0
    others = [mark.encode() for mark in _USUAL[1:] if mark.encode() != grammar.separator]
    cells = [cell for row in rows if len(row) == width for cell in row]
    mixed = sum(1 for cell in cells if any(mark in cell for mark in others))
    faults = len(records) - sum(1 for record in records if not record.fault)
    return support / (len(widths) + faults) - 0.5 * mixed / len(cells)


def _with_escape(grammar: Grammar, sample: bytes, final: bool) -> Grammar:
    """Return the grammar with backslash escapes when the sample is better explained by them."""
    if not grammar.quote or b"\\" + grammar.quote not in sample:
        return grammar
    escaped = Grammar(grammar.separator, grammar.quote, grammar.line_end, True, grammar.comment)
    return escaped if _score(escaped, sample, final) > _score(grammar, sample, final) else grammar
