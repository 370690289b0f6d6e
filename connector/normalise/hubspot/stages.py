"""Stages of pipelines, and what the stage of a lead or a ticket says in our words."""

from __future__ import annotations

from connector.normalise.hubspot.links import TARGETS
from connector.normalise.hubspot.tables import Tables, first_link, instant


def deal_stages(tables: Tables) -> str:
    """One row per stage of deals with its ``kind``: closed with the probability 1 is won, otherwise closed is lost."""
    closed = f"lower({tables.cell('deal_pipelines', 'is_closed')}) = 'true'"
    chance = f"try_cast({tables.cell('deal_pipelines', 'probability')} AS DOUBLE)"
    order = f"try_cast({tables.cell('deal_pipelines', 'display_order')} AS BIGINT)"
    ended = f"CASE WHEN {chance} = 1 THEN 'won' ELSE 'lost' END"
    kind = f"CASE WHEN coalesce({closed}, {chance} IN (0, 1)) THEN {ended} ELSE 'open' END"
    return (
        f"SELECT id, {tables.cell('deal_pipelines', 'pipeline_id')} AS pipeline_id,"
        f" {tables.cell('deal_pipelines', 'pipeline_label')} AS pipeline_name,"
        f" {tables.cell('deal_pipelines', 'stage_label')} AS name, {order} AS position, {kind} AS kind,"
        f" {chance} AS probability FROM {tables.scan('deal_pipelines')}"
    )


def lead_stages(tables: Tables) -> str:
    """SQL of ``stage`` and ``word``: what each stage that leads are in, or were in, means for a lead.

    HubSpot's own stages have telling ids (``new-stage-id``); those of an account have labels.
    """
    if not tables.has("lead_pipelines"):
        return "SELECT NULL::VARCHAR AS stage, NULL::VARCHAR AS label, NULL::BOOLEAN AS is_closed WHERE false"
    label = tables.cell("lead_pipelines", "stage_label")
    closed = f"lower({tables.cell('lead_pipelines', 'is_closed')}) = 'true'"
    return f"SELECT id AS stage, {label} AS label, {closed} AS is_closed FROM {tables.scan('lead_pipelines')}"


def lead_word(stage: str, label: str, closed: str) -> str:
    """SQL of the status of a lead in a stage."""
    text = f"lower({stage} || ' ' || coalesce({label}, ''))"
    return f"""CASE
        WHEN {stage} IS NULL THEN NULL
        WHEN regexp_matches({text}, 'unqualif|disqualif|not qualif|junk|lost') THEN 'unqualified'
        WHEN regexp_matches({text}, 'convert') THEN 'converted'
        WHEN regexp_matches({text}, 'qualif') THEN 'qualified'
        WHEN regexp_matches({text}, '(^|[^a-z])new([^a-z]|$)') THEN 'new'
        WHEN {closed} THEN 'unqualified' ELSE 'working' END"""


def lead_links(tables: Tables) -> str:
    """One row per lead: what it belongs to, its ``status``, and the deal it became with the moment of that.

    A lead that is linked to a deal is converted, at the creation of the deal.
    """
    stage = tables.property("leads", "hs_pipeline_stage")
    found = [name for name in ("contacts", "companies", "deals") if tables.has("lead_associations", name)]
    cells = "".join(f", {first_link(name)} AS {TARGETS[name]}" for name in found)
    missing = "".join(
        f", NULL::VARCHAR AS {TARGETS[name]}" for name in ("contacts", "companies", "deals") if name not in found
    )
    linked = (
        f"SELECT id{cells}{missing} FROM {tables.scan('lead_associations')}"
        if found
        else f"SELECT NULL::VARCHAR AS id{missing} WHERE false"
    )
    deals = "SELECT NULL::VARCHAR AS id, NULL::TIMESTAMPTZ AS created_at WHERE false"
    if tables.has("deals", "createdAt"):
        created = f'coalesce({tables.property("deals", "createdate")}, "createdAt")'
        deals = f"SELECT id, {instant(created)} AS created_at FROM {tables.scan('deals')}"
    word = lead_word("l.stage", "s.label", "s.is_closed")
    return (
        f"SELECT l.id, a.contact_id, a.account_id, a.deal_id, d.created_at AS converted_at,"
        f" CASE WHEN a.deal_id IS NOT NULL THEN 'converted' ELSE {word} END AS status"
        f" FROM (SELECT id, {stage} AS stage FROM {tables.scan('leads')}) l"
        f" LEFT JOIN ({linked}) a ON a.id = l.id LEFT JOIN ({lead_stages(tables)}) s ON s.stage = l.stage"
        f" LEFT JOIN ({deals}) d ON d.id = a.deal_id"
    )


def ticket_links(tables: Tables) -> str:
    """One row per ticket: what it belongs to, its ``status`` by its stage and the name of its pipeline as ``queue``.

    A closed stage means closed, the first open one new, one that speaks of waiting means waiting.
    """
    found = [name for name in ("contacts", "companies") if tables.has("ticket_associations", name)]
    cells = "".join(f", {first_link(name)} AS {TARGETS[name]}" for name in found)
    linked = (
        f"SELECT id{cells} FROM {tables.scan('ticket_associations')}"
        if found
        else "SELECT NULL::VARCHAR AS id WHERE false"
    )
    columns = "".join(f", a.{TARGETS[name]}" for name in found)
    stage = tables.property("tickets", "hs_pipeline_stage")
    return (
        f"SELECT t.id{columns}, s.status, s.queue FROM (SELECT id, {stage} AS stage FROM {tables.scan('tickets')}) t"
        f" LEFT JOIN ({linked}) a ON a.id = t.id LEFT JOIN ({_ticket_stages(tables)}) s ON s.stage = t.stage"
    )


def _ticket_stages(tables: Tables) -> str:
    if not tables.has("ticket_pipelines"):
        return "SELECT NULL::VARCHAR AS stage, NULL::VARCHAR AS status, NULL::VARCHAR AS queue WHERE false"
    told, state = (tables.cell("ticket_pipelines", name) for name in ("is_closed", "stage_state"))
    closed = f"coalesce(lower({told}) = 'true' OR lower({state}) = 'closed', false)"
    label, pipeline = (tables.cell("ticket_pipelines", name) for name in ("stage_label", "pipeline_id"))
    order = f"try_cast({tables.cell('ticket_pipelines', 'display_order')} AS BIGINT)"
    first = f"row_number() OVER (PARTITION BY {pipeline} ORDER BY {closed}, {order}, id) = 1"
    waits = f"regexp_matches(lower({label}), 'wait|pending|hold')"
    status = f"""CASE WHEN {closed} THEN 'closed' WHEN {waits} THEN 'waiting'
                 WHEN {first} THEN 'new' ELSE 'in_progress' END"""
    queue = tables.cell("ticket_pipelines", "pipeline_label")
    return f"SELECT id AS stage, {status} AS status, {queue} AS queue FROM {tables.scan('ticket_pipelines')}"
