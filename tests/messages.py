"""The sentences of the code, read from its syntax trees: what has to be in the catalogues of connector/languages."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "connector"
ERRORS = {
    node.name
    for node in ast.parse((PACKAGE / "errors.py").read_text(encoding="utf-8")).body
    if isinstance(node, ast.ClassDef)
} - {"Bug"}
SHOWN = {"say", "say_head", "confirmed", "told"}
"""What shows its first argument."""
REASONS = {
    "ObjectKind", "LinkKind", "Stream", "SchemaChange", "_assume", "_fail", "_name", "_need", "_note", "_secret",
    "_setting", "_unusable_url", "_without", "_wrong", "add", "append", "fail", "fill", "fill_constant", "literal",
    "stop", "tell",
}  # fmt: skip
"""What hands a sentence, or half of one, on to an error or a table."""
TECHNICAL = {
    "svg_canvas.py","page.py", "page_tables.py", "extract.py", "default_mapping.py",
    "migrations", "sandbox", "documents.py", "propose_text.py", "fields.py", "text_page.py", "columns.py",
}  # fmt: skip
"""Modules and folders whose texts no person reads on a screen: SQL, mapping files, the sandbox."""
PLACE = re.compile(r"\{[^{}]*\}")
WORD = re.compile(r"[A-Za-z]{2}")
WORDS = re.compile(r"[a-z]+[,;:]? [a-z]{2,}|[a-z]{2,} [a-z]+ [a-z]")
NAMES = re.compile(r"--[a-z-]+( [a-z_]+)?\b|\b[a-z]+_[a-z_]+\b|\b[A-Z]+_[A-Z_]+\b|\b(custom|lp)\.")


@dataclass(frozen=True)
class Sentence:
    """A text with named places, and where it stands."""

    text: str
    file: str
    line: int

    @property
    def skeleton(self) -> str:
        """The text with its places emptied: two that differ only in the names of values are one message."""
        return skeleton(self.text)


def skeleton(text: str) -> str:
    return PLACE.sub("{}", text).strip()


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if not TECHNICAL & set(path.relative_to(PACKAGE).parts):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.Call) -> str:
    function = node.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def value_name(node: ast.AST) -> str:
    """``quote(connection.name)`` is ``name``, ``', '.join(known)`` is ``known``."""
    if isinstance(node, ast.Name):
        return node.id.strip("_").lower()
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_").lower()
    if isinstance(node, ast.Call) and node.args:
        return value_name(node.args[0] if called(node) != "map" else node.args[1])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return value_name(node.func.value)
    if isinstance(node, ast.Subscript | ast.Starred):
        return value_name(node.value)
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return value_name(node.generators[0].iter)
    if isinstance(node, ast.BinOp | ast.BoolOp):
        return value_name(node.left if isinstance(node, ast.BinOp) else node.values[0])
    return "value"


def texts(node: ast.AST) -> list[str]:
    """Return every text that an expression can be, values as named places; nothing for what is no text."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    if isinstance(node, ast.BoolOp):
        return [text for value in node.values for text in texts(value)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [a + b for a in texts(node.left) or ["{start}"] for b in texts(node.right) or ["{rest}"]]
    if isinstance(node, ast.JoinedStr):
        parts = [texts(part) if isinstance(part, ast.Constant) else _alternatives(part) for part in node.values]
        return [_numbered("".join(chosen)) for chosen in itertools.islice(itertools.product(*parts), 8)]
    return []


def _alternatives(part: ast.AST) -> list[str]:
    assert isinstance(part, ast.FormattedValue)
    inside = texts(part.value) if isinstance(part.value, ast.IfExp) else []
    return inside or ["{" + value_name(part.value) + "}"]


def _numbered(text: str) -> str:
    """Two places of one name get a number."""
    seen: dict[str, int] = {}

    def name(match: re.Match[str]) -> str:
        seen[match[0]] = seen.get(match[0], 0) + 1
        return match[0] if seen[match[0]] == 1 else f"{match[0][:-1]}_{seen[match[0]]}}}"

    return PLACE.sub(name, text)


def shown_sentences() -> Iterator[Sentence]:
    """Yield what errors, mistakes, reasons and the command line say, whether written at the call or under a name."""
    trees = list(modules())
    constants = {name: [value] for _, tree in trees for name, value in _assigned(tree.body)}
    for path, tree in trees:
        place = str(path.relative_to(ROOT))
        known = dict(constants)
        for name, value in _assigned(ast.walk(tree)):
            known[name] = [*(known[name] if name in known and name not in constants else []), value]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                for argument, least in _arguments(node):
                    values = known.get(argument.id, []) if isinstance(argument, ast.Name) else [argument]
                    found = [text for value in values for text in texts(value)]
                    yield from (
                        Sentence(text, place, node.lineno)
                        for text in found
                        if least.search(bare(text)) and "SELECT" not in text
                    )


def _arguments(node: ast.Call) -> Iterator[tuple[ast.AST, re.Pattern[str]]]:
    """Yield the texts of a call that a person reads, each with what it has to hold to be one."""
    name = called(node)
    if name in ERRORS:
        yield from ((each, WORD) for each in node.args[:1])
        yield from ((each.value, WORD) for each in node.keywords if each.arg in ("place", "remedy"))
    elif name in SHOWN:
        yield from ((each, WORD) for each in node.args[:1])
    elif name in REASONS:
        yield from ((each, WORDS) for each in [*node.args, *(each.value for each in node.keywords)])
    elif name == "print_rows" and node.args and isinstance(node.args[0], ast.List):
        yield from ((each, WORD) for each in node.args[0].elts)


def _assigned(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=False)
                    yield from ((name.id, value) for name, value in pairs if isinstance(name, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


def bare(text: str) -> str:
    """The text without its places and without what is a name in every language: settings, options, addresses."""
    return NAMES.sub("", PLACE.sub("", text))
