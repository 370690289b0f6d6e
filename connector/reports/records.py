"""The parts of the data-quality report that show records: what is missing in yellow, what is wrong marked."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from connector.metrics.definitions import load_catalogue
from connector.metrics.dimension import NAMES
from connector.metrics.evaluation import Reader
from connector.metrics.quality import Check, record_checks
from connector.metrics.relation import Request
from connector.metrics.select import matching_records
from connector.metrics.sql import identifier
from connector.metrics.window import Window, calendar_of
from connector.model.filters import Filter
from connector.model.period import resolve
from connector.model.query import Language
from connector.model.report import Block
from connector.model.schema import ENTITIES
from connector.model.table import Cell, Note, Table, TableColumn, Unit
from connector.model.workspace import Profile
from connector.reports.template import BlockTemplate
from connector.reports.words import FIELD_NAMES, word

Parts = tuple[datetime, dict[str, str], str, str]


def repaired_values(name: str, title: str, profile: Profile, language: Language) -> Block:
    """Values that an alias put right while reading, with the number of rows."""
    if not profile.repairs:
        return Block(name, title, text=word("no_repairs", language))
    columns = (
        TableColumn("column", word("column", language), "text", "dimension"),
        TableColumn("found", word("found", language), "text", "dimension"),
        TableColumn("meant", word("meant", language), "text", "dimension"),
        TableColumn("rows", word("rows", language), "count", "metric", adds=True),
    )
    rows = tuple(
        (f"{entry.entity}.{entry.column}", entry.found, entry.meant, entry.rows)
        for entry in sorted(profile.repairs, key=lambda e: (-e.rows, e.entity, e.column, e.found))
    )
    return Block(
        name, title, table=Table(columns, rows, totals=(None, None, None, sum(e.rows for e in profile.repairs)))
    )


def problem_records(
    reader: Reader, block: BlockTemplate, title: str, parts: Parts, *, language: Language, tree: Filter
) -> Block:
    """Records of one entity with something missing or wrong, one row each, worst first (rule E21 of links).

    ``tree`` narrows the records. Raises NotApplicable when they lack a dimension of it.
    """
    now, parameters, currency, zone = parts
    calendar = calendar_of(reader.profile, zone)
    days = resolve("as_of_today", calendar.local_date(now), calendar)
    request = Request(reader.profile, currency, parameters, Window(days, now, calendar), None)
    kept = matching_records(block.entity, request, load_catalogue(), tree, language)
    checks = record_checks(request, block.entity)
    if not checks or not reader.profile.rows.get(block.entity):
        return Block(block.id, title, text=word("nothing_wrong", language))
    fields = list(dict.fromkeys(check.field for check in checks))
    sql, entities = _statement(block.entity, checks, fields, kept.sql, block.limit)
    found = reader.run(sql, [*entities, *kept.entities])
    if not found.rows:
        return Block(block.id, title, text=word("nothing_wrong", language))
    return _shaped(block, title, checks, fields, found.rows, language)


def _statement(entity: str, checks: list[Check], fields: list[str], kept: str, limit: int) -> tuple[str, list[str]]:
    columns = ENTITIES[entity].columns
    entities = {entity} | {target for check in checks for target in check.entities}
    shown: list[str] = []
    joins: list[str] = []
    for position, name in enumerate(fields):
        column = columns[name]
        sql = f"t.{identifier(name)}"
        if column.target is not None and "name" in ENTITIES[column.target].columns:
            alias = f"n{position}"
            entities.add(column.target)
            joins.append(f"LEFT JOIN {identifier(column.target)} AS {alias} ON {alias}.id = {sql}")
            sql = f"COALESCE({alias}.name, {sql})"
        elif column.kind == "instant":
            sql = f"CAST({sql} AS DATE)"
        shown.append(f"{sql} AS v{position}")
    flags = [f"COALESCE({check.condition} AND {check.violated}, FALSE) AS c{n}" for n, check in enumerate(checks)]
    count = " + ".join(f"CAST(c{n} AS INTEGER)" for n in range(len(checks)))
    name = NAMES.get(entity, "name")
    title = f"COALESCE(t.{identifier(name)}, t.id)" if name in columns else "t.id"
    inner = (
        f"SELECT t.id AS id, {title} AS title, t.external_url AS url, {', '.join(shown)}, {', '.join(flags)} "
        f"FROM {identifier(entity)} AS t {' '.join(joins)} WHERE t.is_deleted IS NOT TRUE"
        + (f" AND t.id IN ({kept})" if kept else "")
    )
    statement = (
        f"SELECT *, {count} AS problems, COUNT(*) OVER () AS total FROM ({inner}) WHERE {count} > 0 "
        f"ORDER BY problems DESC, id LIMIT {int(limit)}"
    )
    return statement, sorted(entities)


def _shaped(
    block: BlockTemplate, title: str, checks: list[Check], fields: list[str],
    rows: list[tuple[object, ...]], language: Language,
) -> Block:  # fmt: skip
    entity = block.entity
    columns = [
        TableColumn("record", word("record", language), "text", "dimension"),
        TableColumn("problems", word("problems", language), "count", "metric", direction="down"),
        *(TableColumn(name, field_label(name, language), _unit(entity, name), "dimension") for name in fields),
    ]
    cells: list[tuple[Cell, ...]] = []
    marks: dict[tuple[int, int], Literal["missing", "wrong"]] = {}
    links: dict[int, str] = {}
    for number, row in enumerate(rows):
        values = row[3 : 3 + len(fields)]
        cells.append((row[1], row[-2], *values))  # type: ignore[arg-type]
        if str(row[2]).lower().startswith(("https://", "http://")):
            links[number] = str(row[2])
        for position, check in enumerate(checks):
            if row[3 + len(fields) + position]:
                place = (number, 2 + fields.index(check.field))
                mark: Literal["missing", "wrong"] = "missing" if check.rule == "missing" else "wrong"
                if marks.get(place) != "missing":
                    marks[place] = mark
    total = rows[0][-1]
    note = Note("records_shown", word("records_shown", language, shown=len(rows), total=total))
    table = Table(tuple(columns), tuple(cells), keys=tuple((str(row[0]),) for row in rows))
    return Block(block.id, title, table=table, marks=marks, links=links, notes=(note,))


def field_label(name: str, language: Language, entity: str = "deal") -> str:
    """Name of a field of an entity in the reader's language where a dimension says it."""
    catalogue = load_catalogue()
    known = {"account_id": "account", "owner_id": "owner", "stage_id": "stage", "source": "lead_source"}
    known |= {"created_at": "created_date", "closed_at": "close_date", "status": "deal_status", "contact_id": "contact"}
    known |= {"territory": "customer_territory" if entity == "account" else "sales_territory"}
    dimension = catalogue.dimensions.get(known.get(name, name))
    if dimension is not None:
        return dimension.labels[language]
    named = FIELD_NAMES.get(name)
    return named[language] if named else name.replace("_", " ").capitalize()


def _unit(entity: str, name: str) -> Unit:
    kinds: dict[str, Unit] = {"money": "money", "date": "date", "instant": "date", "number": "number"}
    return kinds.get(ENTITIES[entity].columns[name].kind, "text")
