"""The layers of the architecture: who may import whom, and where each heavy library may be used.

The two tables below are the architecture's own. Every module is read as a syntax tree, so imports inside
functions and under TYPE_CHECKING count as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

STAGES = {"http", "sources", "normalise", "store", "metrics", "reports", "deliver"}
DOORS = {"actions", "model", "errors", "settings", "log"}

MAY_IMPORT: dict[str, set[str]] = {
    "__init__": set(),
    "errors": set(),
    "model": {"errors"},
    "settings": {"model", "errors"},
    "log": {"settings"},
    "http": {"model", "errors"},
    "sources": {"http", "model", "errors"},
    "normalise": {"model", "errors"},
    "store": {"model", "errors"},
    "metrics": {"model", "errors", "store.read"},
    "reports": {"model", "errors", "metrics", "store.read"},
    "deliver": {"model", "errors", "http"},
    "actions": STAGES | {"model", "errors", "log"},
    "jobs": DOORS,
    "web": DOORS,
    "cli": DOORS,
    "sandbox": set(),
    "app": STAGES | DOORS | {"jobs", "web", "cli", "sandbox"},
    "__main__": {"app", "cli"},
}
"""Package or module of connector/ to those it may import beside itself."""

HOMES: dict[str, set[str]] = {
    "requests": {"http", "sources", "deliver.sheets"},
    "httplib2": {"http", "sources", "deliver.sheets"},
    "gspread": {"http", "sources", "deliver.sheets"},
    "googleapiclient": {"http", "sources", "deliver.sheets"},
    "google": {"http", "sources", "deliver.sheets"},
    "flask": {"web", "app", "sandbox"},
    "apiflask": {"web", "app", "sandbox"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "deltalake": {"store"},
    "obstore": {"store"},
    "duckdb": {"store", "normalise", "sources.files"},
}
"""Library to the places where it may be imported."""


def is_within(module: str, place: str) -> bool:
    return module == place or module.startswith(place + ".")


def module_name(path: Path, package: Path) -> str:
    """``connector/web/routes.py`` is ``web.routes``; the file of the package itself is ``__init__``."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports_of(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[tuple[int, str]]:
    """Yield (line, full name) of everything a module imports, relative and dynamic imports included.

    Where a name is computed, every text of the module that looks like a module of ours counts as imported.
    """
    own = ["connector", *module.split(".")] if module != "__init__" else ["connector"]
    base = own if is_package else own[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = base[: len(base) - node.level + 1] if node.level else []
            source = ".".join([*start, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{source}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "importlib.import_module"):
            first = node.args[0] if node.args else None
            yield from [(node.lineno, first.value)] if isinstance(first, ast.Constant) else names_in(tree, node.lineno)


def names_in(tree: ast.AST, line: int) -> list[tuple[int, str]]:
    """Return every text of a module that names a module of ours; ``line`` is where one of them is imported."""
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    named = [(text.lineno, text.value) for text in texts if re.fullmatch(r"connector(\.\w+)+", text.value)]
    return named or [(line, "(a computed name)")]


def reads_environment(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv"):
            yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (node.lineno for alias in node.names if alias.name in ("environ", "environb", "getenv"))


def judge_import(module: str, name: str) -> str:
    """Return what is wrong with ``module`` importing ``name``; empty when nothing is."""
    layer = module.partition(".")[0]
    if name == "(a computed name)":
        return "imports a computed name, which no layer can be checked for"
    top, _, inside = name.partition(".")
    if top == "tests":
        return "imports the tests"
    if top == "connector":
        target = inside.split(".")[0]
        allowed = MAY_IMPORT[layer]
        if not inside or target == layer or any(is_within(inside, place) for place in allowed):
            return ""
        listed = ", ".join(sorted(allowed)) or "nothing of connector"
        return f"imports connector.{inside}; {layer} may import only {listed}"
    homes = HOMES.get(top)
    if homes is not None and not any(is_within(module, home) for home in homes):
        return f"imports {top}, whose home is {', '.join(sorted(homes))}"
    return ""


def violations(package: Path) -> list[str]:
    """Return one line for every import that breaks the tables, with file and line."""
    found = []
    for path in sorted(package.rglob("*.py")):
        module = module_name(path, package)
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        place = path.relative_to(package.parent)
        if module.split(".")[0] not in MAY_IMPORT:
            found.append(f"{place}: the layer {module.split('.')[0]} is not in the table of tests/test_layers.py")
            continue
        imports = imports_of(tree, module, is_package=path.name == "__init__.py")
        wrongs = {(line, judge_import(module, name)) for line, name in imports}
        if module != "settings":
            wrongs |= {(line, "reads the environment; only settings.py may") for line in reads_environment(tree)}
        found += [f"{place}:{line}: {wrong}" for line, wrong in sorted(wrongs) if wrong]
    return found


def test_every_import_keeps_the_layers() -> None:
    found = violations(ROOT / "connector")
    assert not found, "\n" + "\n".join(found)


def test_every_package_has_a_row_and_every_row_a_meaning() -> None:
    present = {
        path.stem for path in (ROOT / "connector").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert present <= set(MAY_IMPORT)
    assert set().union(*MAY_IMPORT.values()) <= set(MAY_IMPORT) | {"store.read"}


BAD = {
    "model/deal.py": "from connector.store.store import Store",
    "metrics/late.py": "def f():\n    import connector.store.state\n    from connector.store import state",
    "metrics/fine.py": "from connector.store.read import Reader\nfrom connector.metrics.fine import f",
    "sources/crm.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import duckdb.typing",
    "sources/files/fine.py": "import duckdb",
    "reports/page.py": "from flask import Flask",
    "web/page.py": "from ..store import store",
    "web/__init__.py": "from . import page\nfrom ..metrics.fine import f",
    "normalise/money.py": "import os\nrate = os.environ['RATE']\nfrom os import getenv",
    "sandbox/vendor.py": "from connector.errors import Bug",
    "cli/plugin.py": "import importlib\nimportlib.import_module('connector.store.store')",
    "cli/blind.py": "__import__(name)",
    "cli/listed.py": "import importlib\nPLACES = ('connector.cli.plugin', 'connector.store.store')\n"
    "importlib.import_module(PLACES[0])",
    "errors.py": "import tests.conftest",
    "bridge/new.py": "",
}


def test_each_kind_of_breach_is_found(tmp_path: Path) -> None:
    package = tmp_path / "connector"
    for name, text in BAD.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, encoding="utf-8")
    found = violations(package)
    assert [line.split(": ")[0] for line in found] == [
        "connector/bridge/new.py",
        "connector/cli/blind.py:1",
        "connector/cli/listed.py:2",
        "connector/cli/plugin.py:2",
        "connector/errors.py:1",
        "connector/metrics/late.py:2",
        "connector/metrics/late.py:3",
        "connector/model/deal.py:1",
        "connector/normalise/money.py:2",
        "connector/normalise/money.py:3",
        "connector/reports/page.py:1",
        "connector/sandbox/vendor.py:1",
        "connector/sources/crm.py:3",
        "connector/web/__init__.py:2",
        "connector/web/page.py:1",
    ]
    assert "metrics may import only errors, model, store.read" in found[5]
