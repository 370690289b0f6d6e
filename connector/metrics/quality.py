"""Data-quality results as rows: one for each rule, record and field. Computed when asked, never stored.

``missing``       a required field is empty; blanks and words such as N/A were already read as empty,
                  test words count as empty here
``zero_amount``   an amount of exactly 0 (a real amount, but worth a look: rule E10)
``no_owner``      nobody is responsible
``illogical_date`` closed before creation, or created in the future (rule E11)
``stale``         an open deal or lead that has not changed for ``stale_days``
``wrong_label``   a value outside the list that the mapping or the schema allows
``invalid``       a reference to a record that does not exist
``duplicate``     two live records with one dedupe key (leads, contacts) or one name (accounts)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from connector.errors import QueryError, quote
from connector.metrics.relation import Request
from connector.metrics.sql import identifier, literal
from connector.model.schema import ENTITIES

REQUIRED: Final = (
    "deal.name", "deal.owner_id", "deal.account_id", "deal.stage_id", "deal.amount", "deal.created_at",
    "deal.source", "deal.expected_close_date@open", "deal.closed_at@closed", "deal.loss_reason@lost",
    "lead.owner_id", "lead.source", "lead.status", "lead.created_at",
    "contact.full_name", "contact.email", "contact.account_id", "contact.owner_id",
    "account.name", "account.industry", "account.country", "account.owner_id",
)  # fmt: skip
"""Fields asked for when the request names none; those that no file of the workspace fills are left out."""

TEST_WORDS: Final = ("test", "testing", "asdf", "xxx", "prueba", "teste", "тест", "проверка", "tbd", "n/a", "?")
CHECKED: Final = ("deal", "lead", "contact", "account")
DEFAULT_STALE_DAYS: Final = 30
LONGEST_STALE_DAYS: Final = 36_500


@dataclass
class DataQuality:
    """SQL of the rows and the entities it reads."""

    sql: str
    entities: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule on one field: the rows ``t`` it applies to (``where``), and what they must not be (``violated``)."""

    entity: str
    name: str
    rule: str
    violated: str
    where: str = "TRUE"
    group: str = "NULL"


def required_fields(request: Request) -> tuple[str, ...]:
    """Return ``entity.column`` or ``entity.column@state`` for each required field. Raises QueryError."""
    chosen = request.parameters.get("required", "")
    if not chosen:
        filled = {f"{entity}.{name}" for entity, names in request.profile.filled.items() for name in names}
        return tuple(entry for entry in REQUIRED if entry.partition("@")[0] in filled)
    entries = tuple(part.strip() for part in chosen.split(",") if part.strip())
    for entry in entries:
        path, _, state = entry.partition("@")
        entity, _, column = path.partition(".")
        columns = ENTITIES[entity].columns if entity in CHECKED else {}
        if column not in columns or (state and "status" not in columns):
            raise QueryError(
                f"{quote(entry)} is no field that can be required.",
                place="required",
                remedy="Write entity.column of deal, lead, contact or account, comma between.",
            )
    return entries


@dataclass(frozen=True, slots=True)
class Check:
    """One rule on one field of an entity, as SQL over its rows ``t``."""

    field: str
    rule: str
    violated: str
    condition: str
    entities: tuple[str, ...]


def record_checks(request: Request, entity: str) -> list[Check]:
    """Return the rules of one entity that mark single cells: what is missing, and what is wrong."""
    checks: list[Check] = []
    for rule in quality_rules(request):
        if rule.entity == entity and rule.rule not in ("no_owner", "stale") and not rule.name.startswith("custom."):
            target = ENTITIES[entity].columns[rule.name].target if rule.rule == "invalid" else None
            checks.append(Check(rule.name, rule.rule, rule.violated, rule.where, (target,) if target else ()))
    return checks


def quality_rules(request: Request) -> list[Rule]:
    """Return the rules that the workspace's records are checked by. Raises QueryError for wrong parameters."""
    return [
        *_missing(request), *_dates(request), *_values(request), *_references(request), *_stale(request),
        *_duplicates(request),
    ]  # fmt: skip


def dq_relation(request: Request) -> DataQuality:
    """Return the rows of dq_result for a workspace."""
    rules = quality_rules(request)
    entities = {rule.entity for rule in rules} | {"account"}
    for rule in rules:
        if rule.rule == "invalid":
            target = ENTITIES[rule.entity].columns[rule.name].target
            entities.add(target or "account")
    checked = request.window.moment("now")
    selects = [_select(rule, checked) for rule in rules] or [_nothing(checked)]
    return DataQuality(" UNION ALL ".join(selects), entities)


def _select(rule: Rule, checked: str) -> str:
    owner = "t.owner_id" if "owner_id" in ENTITIES[rule.entity].columns else "NULL"
    return (
        f"SELECT {literal(rule.entity)} AS entity, t.id AS record_id, {literal(rule.name)} AS field, "
        f"{literal(rule.rule)} AS rule_id, COALESCE({rule.violated}, FALSE) AS is_violation, {checked} AS checked_at, "
        f"{owner} AS owner_id, CAST(NULL AS VARCHAR) AS last_modified_by, {rule.group} AS duplicate_group_id "
        f"FROM {identifier(rule.entity)} AS t WHERE t.is_deleted IS NOT TRUE AND {rule.where}"
    )


def _nothing(checked: str) -> str:
    return (
        "SELECT CAST(NULL AS VARCHAR) AS entity, CAST(NULL AS VARCHAR) AS record_id, CAST(NULL AS VARCHAR) AS field, "
        f"CAST(NULL AS VARCHAR) AS rule_id, FALSE AS is_violation, {checked} AS checked_at, CAST(NULL AS VARCHAR) AS "
        "owner_id, CAST(NULL AS VARCHAR) AS last_modified_by, CAST(NULL AS VARCHAR) AS duplicate_group_id WHERE FALSE"
    )


def _state(entity: str, state: str) -> str:
    """Condition of ``@state``: a deal status, ``closed``, or the name of a stage or lead status."""
    if not state:
        return "TRUE"
    if state == "closed":
        return "t.status IN ('won', 'lost', 'unqualified')"
    if entity == "deal" and state not in ("open", "won", "lost", "unqualified"):
        return f"t.stage_id = {literal(state)}"
    return f"t.status = {literal(state)}"


def _missing(request: Request) -> list[Rule]:
    words = ", ".join(literal(word) for word in TEST_WORDS)
    rules: list[Rule] = []
    for entry in required_fields(request):
        path, _, state = entry.partition("@")
        entity, _, name = path.partition(".")
        column = ENTITIES[entity].columns[name]
        sql = f"t.{identifier(name)}"
        empty = f"({sql} IS NULL)"
        if column.kind in ("text", "key", "enum"):
            empty = f"({sql} IS NULL OR lower(trim({sql})) IN ('', {words}))"
        rules.append(Rule(entity, name, "missing", empty, _state(entity, state)))
        if name == "owner_id":
            rules.append(Rule(entity, name, "no_owner", empty, _state(entity, state)))
    return rules


def _dates(request: Request) -> list[Rule]:
    now = request.window.moment("now")
    rules: list[Rule] = []
    if _filled(request, "deal", "closed_at"):
        rules.append(
            Rule("deal", "closed_at", "illogical_date", "(t.closed_at < t.created_at)", "t.closed_at IS NOT NULL")
        )
    dated = [entity for entity in CHECKED if _filled(request, entity, "created_at")]
    return rules + [Rule(each, "created_at", "illogical_date", f"(t.created_at > {now})") for each in dated]


def _values(request: Request) -> list[Rule]:
    rules: list[Rule] = []
    if _filled(request, "deal", "amount"):
        rules.append(Rule("deal", "amount", "zero_amount", "(t.amount = 0)", "t.status IN ('open', 'won')"))
    for path, allowed in request.profile.allowed.items():
        entity, _, name = path.partition(".")
        if entity not in CHECKED:
            continue
        sql = f"t.{identifier(name)}"
        if name.startswith("custom."):
            sql = f"t.custom[{literal(name.removeprefix('custom.'))}]"
        listed = ", ".join(literal(value) for value in allowed) or "NULL"
        rules.append(Rule(entity, name, "wrong_label", f"({sql} NOT IN ({listed}))", f"{sql} IS NOT NULL"))
    for entity, name in (("lead", "status"), ("deal", "type"), ("deal", "rating")):
        values = ENTITIES[entity].columns[name].values
        if values and _filled(request, entity, name) and f"{entity}.{name}" not in request.profile.allowed:
            listed = ", ".join(literal(value) for value in values)
            sql = f"t.{identifier(name)}"
            rules.append(Rule(entity, name, "wrong_label", f"({sql} NOT IN ({listed}))", f"{sql} IS NOT NULL"))
    return rules


def _references(request: Request) -> list[Rule]:
    rules: list[Rule] = []
    for entity in CHECKED:
        for name in ("account_id", "owner_id", "contact_id"):
            column = ENTITIES[entity].columns.get(name)
            if column is None or column.target is None or not _filled(request, entity, name):
                continue
            if not request.profile.rows.get(column.target):
                continue
            missing = f"NOT EXISTS (SELECT 1 FROM {identifier(column.target)} AS o WHERE o.id = t.{identifier(name)})"
            rules.append(Rule(entity, name, "invalid", f"({missing})", f"t.{identifier(name)} IS NOT NULL"))
    return rules


def _stale(request: Request) -> list[Rule]:
    days = request.parameters.get("stale_days", str(DEFAULT_STALE_DAYS))
    if not days.isdecimal() or int(days) > LONGEST_STALE_DAYS:
        raise QueryError(f"{quote(days)} is no number of days.", place="stale_days", remedy="Write it like 30.")
    limit = f"{request.window.moment('now')} - INTERVAL {int(days)} DAY"
    rules: list[Rule] = []
    for entity, live in (("deal", "t.status = 'open'"), ("lead", "t.status IN ('new', 'working')")):
        if _filled(request, entity, "source_updated_at"):
            rules.append(Rule(entity, "source_updated_at", "stale", f"(t.source_updated_at < {limit})", live))
    return rules


def _duplicates(request: Request) -> list[Rule]:
    rules: list[Rule] = []
    for entity, name in (("lead", "dedupe_key"), ("contact", "dedupe_key"), ("account", "name")):
        if not _filled(request, entity, name):
            continue
        key = f"lower(trim(t.{identifier(name)}))"
        same = (
            f"(SELECT lower(trim({identifier(name)})) FROM {identifier(entity)} "
            f"WHERE is_deleted IS NOT TRUE AND {identifier(name)} IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 1)"
        )
        rules.append(Rule(entity, name, "duplicate", f"({key} IN {same})", f"t.{identifier(name)} IS NOT NULL", key))
    return rules


def _filled(request: Request, entity: str, name: str) -> bool:
    return name in request.profile.filled.get(entity, ())
