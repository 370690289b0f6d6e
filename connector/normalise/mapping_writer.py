"""A :class:`Mapping` as the text of a mapping file, which :func:`parse_mapping` reads back as the same mapping."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import yaml

from connector.normalise.mapping import (
    AllowedFrom,
    Condition,
    FileMapping,
    Mapping,
    ReadRules,
    RecordMapping,
    Shift,
    StageRule,
    Unpivot,
    ValueRule,
    WorkspaceRules,
)  # fmt: skip
from connector.normalise.mapping_reader import VERSION

Plain = Any
"""Text, number, list or dict as YAML writes them."""


class _Dumper(yaml.SafeDumper):
    """Lists are indented below their key; nothing is written as an anchor."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def mapping_to_text(mapping: Mapping) -> str:
    """Write a mapping as YAML; only what differs from the defaults is written."""
    document: dict[str, Plain] = {"version": VERSION}
    workspace = _workspace(mapping.workspace)
    if workspace:
        document["workspace"] = workspace
    if mapping.stages:
        document["stages"] = [_stage(stage) for stage in mapping.stages]
    document["files"] = [_file(entry) for entry in mapping.files]
    return str(
        yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120, default_flow_style=None)
    )


def _changed(value: Any, names: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Fields of a dataclass that differ from their defaults."""
    known = [entry for entry in fields(value) if entry.name != "line" and (names is None or entry.name in names)]
    return {entry.name: getattr(value, entry.name) for entry in known if getattr(value, entry.name) != entry.default}


def _workspace(rules: WorkspaceRules) -> dict[str, Plain]:
    found = _changed(rules)
    if rules.conversion:
        found["conversion"] = list(rules.conversion)
    if rules.rates:
        found["rates"] = [
            {"date": rate.date, "from": rate.source, "to": rate.target, "rate": rate.rate} for rate in rules.rates
        ]
    return found


def _stage(stage: StageRule) -> dict[str, Plain]:
    return {
        "name": stage.name,
        **_changed(stage, ("kind", "probability", "pipeline", "forecast_category", "norm_days")),
    }


def _file(entry: FileMapping) -> dict[str, Plain]:
    found: dict[str, Plain] = {"file": entry.file}
    read = _changed(entry.read) if entry.read != ReadRules() else {}
    if read:
        found["read"] = {name: list(value) if isinstance(value, tuple) else value for name, value in read.items()}
    if entry.where:
        found["where"] = [_condition(one) for one in entry.where]
    if entry.unpivot is not None:
        found["unpivot"] = _unpivot(entry.unpivot)
    found["records"] = [_record(record) for record in entry.records]
    return found


def _unpivot(unpivot: Unpivot) -> dict[str, Plain]:
    which = {"columns": list(unpivot.columns)} if unpivot.columns else {"except": list(unpivot.keep)}
    return {**which, "name": unpivot.name, "value": unpivot.value}


def _record(record: RecordMapping) -> dict[str, Plain]:
    found: dict[str, Plain] = {"entity": record.entity}
    if record.where:
        found["where"] = [_condition(one) for one in record.where]
    if record.group:
        found["group"] = True
    found["columns"] = {name: _rule(rule) for name, rule in record.columns.items()}
    return found


def _condition(condition: Condition) -> dict[str, Plain]:
    if condition.comparison in ("empty", "filled"):
        return {"column": condition.column, condition.comparison: True}
    if condition.comparison in ("in", "not_in"):
        return {"column": condition.column, condition.comparison: list(condition.values)}
    return {"column": condition.column, condition.comparison: condition.values[0]}


def _rule(rule: ValueRule) -> Plain:
    found = _changed(rule)
    if list(found) == ["column"]:
        return rule.column
    if rule.when:
        found["when"] = [_condition(one) for one in rule.when]
    if rule.aliases:
        found["aliases"] = dict(rule.aliases)
    if rule.scale is not None:
        found["scale"] = str(rule.scale)
    for name in ("add", "lookup", "allowed"):
        if isinstance(found.get(name), (Shift, AllowedFrom)) or name == "lookup":
            found = {key: _changed_or_all(value) if key == name else value for key, value in found.items()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def _changed_or_all(value: Any) -> dict[str, Plain]:
    """A part of a rule: required fields always, others when they differ from the default."""
    return {
        entry.name: getattr(value, entry.name) for entry in fields(value) if getattr(value, entry.name) != entry.default
    }
