"""A mapping file's text into a :class:`Mapping`; every mistake is listed with its line, none is guessed away."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from connector.errors import quote
from connector.model.schema import ENTITIES, Kind
from connector.normalise import currency
from connector.normalise.document import (
    Mistakes,
    choice,
    compose,
    flag,
    integer,
    items,
    known_pairs,
    line_of,
    nearest,
    number,
    pairs,
    text,
    texts,
)  # fmt: skip
from connector.normalise.mapping import (
    CUSTOM_PREFIX,
    FileMapping,
    Mapping,
    Rate,
    ReadRules,
    RecordMapping,
    StageRule,
    Unpivot,
    ValueRule,
    WorkspaceRules,
)  # fmt: skip
from connector.normalise.rule_reader import (
    literal_problem,
    read_conditions,
    read_dates,
    read_entity,
    read_rule,
    read_zone,
    target_column,
)  # fmt: skip

VERSION: Final = 1
WEEK_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STAGE_KINDS: Final = ("open", "won", "lost", "unqualified")
_ENCODING: Final = re.compile(r"[A-Za-z0-9_.:-]{1,40}")


def parse_mapping(source: str, place: str = "mapping") -> Mapping:
    """Read the text of a mapping file.

    ``place`` names the text in messages, e.g. the file's name. Raises :class:`MappingError` that lists all
    mistakes with line numbers: YAML that cannot be read, unknown keys, entities and columns, two rules for one
    column, values that do not fit.
    """
    mistakes = Mistakes(place)
    root = compose(source, mistakes)
    keys = known_pairs(root, "the mapping", ("version", "workspace", "stages", "files"), mistakes)
    _check_version(keys, mistakes)
    workspace = _workspace(keys["workspace"], mistakes) if "workspace" in keys else WorkspaceRules()
    stages = _stages(keys["stages"], mistakes) if "stages" in keys else ()
    files = _files(keys["files"], mistakes) if "files" in keys else ()
    if "files" not in keys:
        mistakes.add(0, "`files` is missing: it says which columns of which file feed what")
    mapping = Mapping(files, workspace, stages)
    if not mistakes.found:
        _check_whole(mapping, mistakes)
    mistakes.stop("Correct the mapping; nothing was changed.")
    return mapping


def _check_version(keys: dict[str, yaml.Node], mistakes: Mistakes) -> None:
    if "version" not in keys:
        mistakes.add(0, f"`version: {VERSION}` is missing")
    elif text(keys["version"], "`version`", mistakes) != str(VERSION):
        mistakes.add(line_of(keys["version"]), f"this Puente reads mappings of version {VERSION}")


def _workspace(node: yaml.Node, mistakes: Mistakes) -> WorkspaceRules:
    names = ("currency", "time_zone", "week_start", "fiscal_year_start", "revenue", "conversion", "rates")
    keys = known_pairs(node, "`workspace`", names, mistakes)
    values: dict[str, Any] = {}
    if "currency" in keys:
        values["currency"] = _currency(keys["currency"], "`currency`", mistakes)
    if "time_zone" in keys:
        values["time_zone"] = read_zone(keys["time_zone"], "`time_zone`", mistakes)
    if "week_start" in keys:
        values["week_start"] = choice(keys["week_start"], "`week_start`", WEEK_DAYS, mistakes)
    if "fiscal_year_start" in keys:
        values["fiscal_year_start"] = integer(keys["fiscal_year_start"], "`fiscal_year_start`", mistakes, 1, 12)
    if "revenue" in keys:
        values["revenue"] = text(keys["revenue"], "`revenue`", mistakes)
    if "conversion" in keys:
        values["conversion"] = texts(keys["conversion"], "`conversion`", mistakes)
    if "rates" in keys:
        rates = (_rate(entry, mistakes) for entry in items(keys["rates"], "`rates`", mistakes))
        values["rates"] = tuple(rate for rate in rates if rate is not None)
    return WorkspaceRules(**{name: value for name, value in values.items() if value is not None})


def _currency(node: yaml.Node, what: str, mistakes: Mistakes) -> str | None:
    code = text(node, what, mistakes).upper()
    if code not in currency.CODES:
        mistakes.add(line_of(node), f"{what} is {quote(code)}; it must be a code of ISO 4217 such as EUR")
        return None
    return code


def _rate(node: yaml.Node, mistakes: Mistakes) -> Rate | None:
    keys = known_pairs(node, "a rate", ("date", "from", "to", "rate"), mistakes)
    if len(keys) < 4:
        mistakes.add(line_of(node), "a rate needs `date`, `from`, `to` and `rate`")
        return None
    day = text(keys["date"], "the date of a rate", mistakes)
    if len(day) != 10 or literal_problem(day, "date", None):
        mistakes.add(line_of(node), f"the date of a rate is {quote(day)}; it must be written like 2024-03-31")
    factor = number(keys["rate"], "`rate`", mistakes)
    if factor is not None and factor <= 0:
        mistakes.add(line_of(node), "a rate must be greater than 0")
    source, target = (_currency(keys[name], f"`{name}` of a rate", mistakes) for name in ("from", "to"))
    return Rate(day, source, target, factor) if source and target and factor else None


def _stages(node: yaml.Node, mistakes: Mistakes) -> tuple[StageRule, ...]:
    found: list[StageRule] = []
    for entry in items(node, "`stages`", mistakes):
        stage = _stage(entry, mistakes)
        if stage is None:
            continue
        if any((one.name, one.pipeline) == (stage.name, stage.pipeline) for one in found):
            mistakes.add(stage.line, f"the stage {quote(stage.name)} stands twice in `stages`")
        found.append(stage)
    return tuple(found)


def _stage(node: yaml.Node, mistakes: Mistakes) -> StageRule | None:
    if isinstance(node, yaml.ScalarNode):
        return StageRule(str(node.value), line=line_of(node))
    names = ("name", "kind", "probability", "pipeline", "forecast_category", "norm_days")
    keys = known_pairs(node, "a stage", names, mistakes)
    if "name" not in keys:
        mistakes.add(line_of(node), "a stage needs a `name`")
        return None
    name = text(keys["name"], "the name of a stage", mistakes)
    what = f"the stage {quote(name)}"
    probability = number(keys["probability"], f"{what}: `probability`", mistakes) if "probability" in keys else None
    if probability is not None and not 0 <= probability <= 1:
        mistakes.add(line_of(node), f"{what} has the probability {probability:g}; it must lie between 0 and 1")
    norm_days = number(keys["norm_days"], f"{what}: `norm_days`", mistakes) if "norm_days" in keys else None
    if norm_days is not None and norm_days < 0:
        mistakes.add(line_of(node), f"{what} has a negative `norm_days`")
    categories = ENTITIES["stage"].columns["forecast_category"].values
    return StageRule(
        name,
        choice(keys["kind"], f"{what}: `kind`", STAGE_KINDS, mistakes) if "kind" in keys else None,
        probability,
        text(keys["pipeline"], f"{what}: `pipeline`", mistakes) if "pipeline" in keys else None,
        choice(keys["forecast_category"], f"{what}: `forecast_category`", categories, mistakes)
        if "forecast_category" in keys
        else None,
        norm_days,
        line_of(node),
    )


def _files(node: yaml.Node, mistakes: Mistakes) -> tuple[FileMapping, ...]:
    found = [entry for entry in (_file(one, mistakes) for one in items(node, "`files`", mistakes)) if entry is not None]
    if not found and not mistakes.found:
        mistakes.add(line_of(node), "`files` names no file")
    return tuple(found)


def _file(node: yaml.Node, mistakes: Mistakes) -> FileMapping | None:
    keys = known_pairs(node, "a file", ("file", "read", "where", "unpivot", "records"), mistakes)
    if "file" not in keys or "records" not in keys:
        mistakes.add(line_of(node), "an entry of `files` needs `file` and `records`")
        return None
    name = text(keys["file"], "`file`", mistakes)
    what = f"the file {quote(name)}"
    records = (_record(entry, what, mistakes) for entry in items(keys["records"], f"{what}: `records`", mistakes))
    usable = tuple(record for record in records if record is not None)
    if not usable and isinstance(keys["records"], yaml.SequenceNode) and not keys["records"].value:
        mistakes.add(line_of(node), f"{what} has no records")
    return FileMapping(
        name,
        usable,
        _read(keys["read"], what, mistakes) if "read" in keys else ReadRules(),
        read_conditions(keys["where"], what, mistakes) if "where" in keys else (),
        _unpivot(keys["unpivot"], what, mistakes) if "unpivot" in keys else None,
        line_of(node),
    )


def _read(node: yaml.Node, what: str, mistakes: Mistakes) -> ReadRules:
    keys = known_pairs(node, f"{what}: `read`", tuple(ReadRules.__dataclass_fields__), mistakes)
    values: dict[str, Any] = {}
    for name, value in keys.items():
        values[name] = _read_value(name, value, f"{what}: `{name}`", mistakes)
    rules = ReadRules(**{name: value for name, value in values.items() if value is not None})
    if rules.header is False and not rules.columns:
        mistakes.add(line_of(node), f"{what} has `header: false`; give the names of its columns as `columns`")
    if len(set(rules.columns)) < len(rules.columns):
        mistakes.add(line_of(node), f"{what}: `columns` holds a name twice")
    return rules


def _read_value(name: str, node: yaml.Node, what: str, mistakes: Mistakes) -> Any:
    if name == "skip_rows":
        return integer(node, what, mistakes, 0, 1_000_000)
    if name == "decimal":
        return choice(node, what, (".", ","), mistakes)
    readers = {"header": flag, "columns": texts, "dates": read_dates, "time_zone": read_zone}
    if name in readers:
        return readers[name](node, what, mistakes)
    return _read_text(name, node, what, mistakes)


def _read_text(name: str, node: yaml.Node, what: str, mistakes: Mistakes) -> str:
    found = text(node, what, mistakes)
    if name == "encoding":
        if not _ENCODING.fullmatch(found):
            mistakes.add(line_of(node), f"{what} is {quote(found)}; it must be a name such as utf-8 or windows-1251")
        return found
    if name == "separator" and found in ("\\t", "tab"):
        return "\t"
    if len(found) != 1:
        mistakes.add(line_of(node), f"{what} is {quote(found)}; it must be one character")
    return found


def _unpivot(node: yaml.Node, what: str, mistakes: Mistakes) -> Unpivot | None:
    keys = known_pairs(node, f"{what}: `unpivot`", ("columns", "except", "name", "value"), mistakes)
    if ("columns" in keys) == ("except" in keys):
        mistakes.add(line_of(node), f"{what}: `unpivot` needs either `columns` or `except`")
        return None
    names = {key: text(keys[key], f"{what}: `{key}`", mistakes) if key in keys else key for key in ("name", "value")}
    if names["name"] == names["value"]:
        mistakes.add(line_of(node), f"{what}: `unpivot` gives `name` and `value` the same name")
    return Unpivot(
        names["name"],
        names["value"],
        texts(keys["columns"], f"{what}: `columns`", mistakes) if "columns" in keys else (),
        texts(keys["except"], f"{what}: `except`", mistakes) if "except" in keys else (),
        line_of(node),
    )


def _record(node: yaml.Node, what: str, mistakes: Mistakes) -> RecordMapping | None:
    keys = known_pairs(node, f"{what}: a record", ("entity", "where", "group", "columns"), mistakes)
    if "entity" not in keys or "columns" not in keys:
        mistakes.add(line_of(node), f"{what}: a record needs `entity` and `columns`")
        return None
    entity = read_entity(keys["entity"], mistakes)
    if entity is None:
        return None
    grouped = bool(flag(keys["group"], f"{what}: `group`", mistakes)) if "group" in keys else False
    rules: dict[str, ValueRule] = {}
    for name, value, line in pairs(keys["columns"], f"{what}: {entity}", mistakes):
        target = target_column(entity, name, line, grouped, mistakes)
        rule = read_rule(value, target, mistakes) if target is not None else None
        if rule is not None:
            rules[name] = rule
    if isinstance(keys["columns"], yaml.MappingNode) and not keys["columns"].value:
        mistakes.add(line_of(node), f"{what}: {entity} fills no column")
    if grouped and "id" not in rules and not mistakes.found:
        mistakes.add(line_of(node), f"{what}: {entity} has `group: true` and no `id`, which says what belongs together")
    where = read_conditions(keys["where"], what, mistakes) if "where" in keys else ()
    return RecordMapping(entity, rules, where, grouped, line_of(node))


def _check_whole(mapping: Mapping, mistakes: Mistakes) -> None:
    """What only the whole mapping can tell: custom columns that agree, columns that settings name."""
    custom = _custom_kinds(mapping, mistakes)
    _check_named(mapping.workspace.revenue, ("money",), "`revenue`", custom, mistakes)
    for name in mapping.workspace.conversion:
        _check_named(name, ("date", "instant"), "`conversion`", custom, mistakes)
    plain = {
        f"{record.entity}.{name}"
        for entry in mapping.files
        for record in entry.records
        for name, rule in record.columns.items()
        if rule.lookup is None
    }
    for entry in mapping.files:
        for record in entry.records:
            for name, rule in record.columns.items():
                _check_lookup(record, name, rule, plain, mapping, mistakes)


def _custom_kinds(mapping: Mapping, mistakes: Mistakes) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for entry in mapping.files:
        for record in entry.records:
            for name, rule in record.columns.items():
                if not name.startswith(CUSTOM_PREFIX):
                    continue
                label, kind = f"{record.entity}.{name}", rule.type or "text"
                if kinds.setdefault(label, kind) != kind:
                    mistakes.add(rule.line, f"{label} is {kinds[label]} in one place and {kind} in another")
    return kinds


def _check_named(name: str, kinds: tuple[str, ...], what: str, custom: dict[str, Kind], mistakes: Mistakes) -> None:
    if not name:
        return
    entity, _, column = name.partition(".")
    known = ENTITIES[entity].columns.get(column) if entity in ENTITIES else None
    kind = known.kind if known is not None else custom.get(name)
    if kind is None:
        fitting = [
            f"{one.name}.{other.name}"
            for one in ENTITIES.values()
            for other in one.columns.values()
            if other.kind in kinds
        ]
        mistakes.add(0, f"{what} names {quote(name)}, which does not exist{nearest(name, [*fitting, *custom])}")
    elif kind not in kinds:
        mistakes.add(0, f"{what} names {name}, which is of type {kind}; it must be of type {' or '.join(kinds)}")


def _check_lookup(
    record: RecordMapping, name: str, rule: ValueRule, plain: set[str], mapping: Mapping, mistakes: Mistakes
) -> None:
    if rule.lookup is None:
        return
    label = f"{record.entity}.{name}"
    found = rule.lookup
    if found.entity not in mapping.fed():
        mistakes.add(rule.line, f"{label} looks into {found.entity}, which no file of this mapping feeds")
        return
    for column in (found.by, found.take):
        if f"{found.entity}.{column}" not in plain and column != "id":
            mistakes.add(
                rule.line,
                f"{label} looks at {found.entity}.{column}, which no file fills directly",
            )
    target = record.schema(name).target if not name.startswith(CUSTOM_PREFIX) else None
    if target is not None and found.take == "id" and target != found.entity:
        mistakes.add(rule.line, f"{label} refers to {target}, and the lookup finds the id of {found.entity}")
