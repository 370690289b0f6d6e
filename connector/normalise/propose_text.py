"""The proposal as a mapping file that a person reads and corrects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from connector.errors import quote

Notes = Mapping[tuple[str, int, str], str]

WIDE: Final = 1 << 30
"""No line is folded: a rule stays beside its column, a remark beside its rule."""
HEAD: Final = """\
# Proposed from the names of the files, their columns and sample values. Correct what is wrong and import again
# with --mapping. A remark says why where the proposal is not sure; the README explains every key.
"""


def mapping_text(mapping: Mapping[str, Any], notes: Notes, unused: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """Return the mapping as YAML. ``notes`` and ``unused`` become remarks, see :class:`Proposal`."""
    lines = [HEAD + f"version: {flow(mapping['version'])}"]
    lines += [f"{key}: {flow(value)}" for key, value in mapping.items() if key not in ("version", "stages", "files")]
    if mapping.get("stages"):
        lines += ["stages:", *(f"  - {flow(stage)}" for stage in mapping["stages"])]
    lines.append("files:" if mapping["files"] else "files: []")
    for entry in mapping["files"]:
        lines += _file(entry, notes)
        lines += _unused(unused.get(entry["file"], ()), "    ")
    named = {entry["file"] for entry in mapping["files"]}
    for dataset in unused:
        if dataset not in named:
            lines.append(f"# {quote(dataset)} is left out: it fits no entity of the schema")
    return "\n".join(lines) + "\n"


def _file(entry: Mapping[str, Any], notes: Notes) -> list[str]:
    lines = [f"  - file: {flow(entry['file'])}"]
    lines += [f"    {key}: {flow(value)}" for key, value in entry.items() if key not in ("file", "records")]
    lines.append("    records:")
    for number, record in enumerate(entry["records"]):
        lines.append(f"      - entity: {flow(record['entity'])}")
        lines += [f"        {key}: {flow(value)}" for key, value in record.items() if key not in ("entity", "columns")]
        lines.append("        columns:")
        for target, rule in record["columns"].items():
            note = notes.get((entry["file"], number, target))
            remark = f"  # {_plain(note)}" if note else ""
            lines.append(f"          {flow(target)}: {flow(rule)}{remark}")
    return lines


def _unused(columns: Sequence[tuple[str, str]], indent: str) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for column, reason in columns:
        by_reason.setdefault(reason, []).append(quote(column))
    return [f"{indent}# not used, {_plain(reason)}: {', '.join(names)}" for reason, names in by_reason.items()]


def _plain(text: str) -> str:
    """A remark on one line, whatever the file's headers hold."""
    return "".join(char if char.isprintable() else " " for char in text)[:200]


class _Dumper(yaml.SafeDumper):
    """Without anchors, which the mapping format does not have, and with every text on one line."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _represent_text)


def flow(value: Any) -> str:
    """Plain data as YAML on one line; a text is quoted where YAML would read something else."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, width=WIDE, allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("...\n").rstrip("\n")
