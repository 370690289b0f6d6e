"""The documents say what the code does: commands, exit codes, the mapping file, the reference of figures."""

from __future__ import annotations

import re
from pathlib import Path

from connector import errors
from connector.actions.documents import MAPPINGS, TARGET, mapping_text, reference_text
from connector.cli.main import COMMANDS
from connector.metrics.definitions import load_catalogue
from connector.normalise.mapping_reader import parse_mapping
from connector.reports.template import template_ids

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_mapping_file_of_the_readme_is_a_right_mapping() -> None:
    (block,) = [text for text in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if text.startswith("version: 1")]
    mapping = parse_mapping(block, "README")
    fed = {record.entity for entry in mapping.files for record in entry.records}
    assert fed == {"deal", "deal_line", "account", "lead", "cost"}


def test_every_command_is_in_the_readme() -> None:
    missing = [name for name in COMMANDS if not re.search(rf"[ `]{re.escape(name)}[ `]", README)]
    assert missing == []


def test_every_exit_code_is_in_the_readme_and_no_other() -> None:
    codes = {
        each.exit_code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.PuenteError)
    }
    documented = {int(code) for code in re.findall(r"^\| (\d) \|", README, re.MULTILINE)}
    assert documented == codes | {0}


def test_every_package_is_in_the_map() -> None:
    packages = {
        path.name for path in (ROOT / "connector").iterdir() if path.is_dir() and not path.name.startswith("__")
    }
    described = set(re.findall(r"`(\w+)/", README))
    assert packages <= described


def test_the_reference_of_figures_is_generated_from_the_definitions() -> None:
    assert TARGET.read_text(encoding="utf-8") == reference_text(load_catalogue())
    assert MAPPINGS.read_text(encoding="utf-8") == mapping_text()


def test_the_counts_in_the_changelog_are_true() -> None:
    catalogue = load_catalogue()
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"{len(catalogue.metrics)} metrics by {len(catalogue.dimensions)} dimensions" in text
    assert all(f"`{name}`" in text for name in template_ids())
