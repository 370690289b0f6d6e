"""The fixed schema: every entity, its columns and their types, declared in one place.

The table below is the whole truth about what Puente stores. Each entity block names its grain;
each line a column, its type and, where the name does not say it, its meaning. Types:

``key``          the vendor's own id, unique within one connection (text)
``-> entity``    id of a row of that entity (text)
``a|b|c``        text, one of the listed values
``money``        DECIMAL(19,4) in the row's ``currency``; reports read ``<name>_base``, converted by rule E3
``instant``      moment in UTC; a date-only value is local midnight of the workspace
``date``, ``number``, ``integer``, ``boolean``, ``text``, ``currency`` (ISO 4217)

Entities marked ``computed`` are queries over the others and are never stored. ``rate_date`` names the
column whose day decides the exchange rate; without it the report date decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal[
    "key", "ref", "enum", "text", "currency", "money", "number", "integer", "boolean", "date", "instant", "map"
]

STORAGE_TYPES: Final[dict[Kind, str]] = {
    "key": "VARCHAR",
    "ref": "VARCHAR",
    "enum": "VARCHAR",
    "text": "VARCHAR",
    "currency": "VARCHAR",
    "money": "DECIMAL(19,4)",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "instant": "TIMESTAMP WITH TIME ZONE",
    "map": "MAP(VARCHAR, VARCHAR)",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an entity. ``target`` is the entity a ``ref`` points to, ``values`` those of an ``enum``."""

    name: str
    kind: Kind
    target: str | None = None
    values: tuple[str, ...] = ()
    doc: str = ""
    derived: bool = False
    """Computed by the store from other rows; a mapping cannot set it."""

    @property
    def storage_type(self) -> str:
        """DuckDB type of the stored column."""
        return STORAGE_TYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of record. ``columns`` holds its own columns, then the common ones."""

    name: str
    grain: str
    columns: MappingProxyType[str, Column]
    computed: bool
    rate_date: str | None

    @property
    def has_money(self) -> bool:
        return any(column.kind == "money" for column in self.columns.values())

    def storage(self) -> tuple[Column, ...]:
        """Columns of the stored table, in order, without the partition columns."""
        return tuple(self.columns.values())


PARTITION_COLUMNS: Final = ("workspace_id", "connection_id")

COMMON: Final = """
    custom                   map                    custom columns by name, values as canonical text
    source_system            text                   salesforce, hubspot, file, ...
    external_url             text                   link to the record in its source
    source_created_at        instant                creation time that the source states
    source_updated_at        instant                time of the last change that the source states
    synced_at                instant                when this version of the row reached Puente
    is_deleted               boolean                gone from the source; left out of every figure
    deleted_at               instant
    merged_into_id           text                   id of the surviving row of a merge
"""

DECLARATION: Final = """
entity connection: one connected source account
    id                       key
    system                   text                   salesforce, hubspot, dynamics, ga4, email, file, ...
    label                    text
    time_zone                text                   IANA zone of the source account
    currency                 currency               ISO 4217 default currency
    last_synced_at           instant
    oldest_record_at         instant

entity owner: one CRM user / rep / agent
    id                       key
    name                     text
    email                    text
    role                     rep|manager|agent|accountant|admin
    team_id                  -> team
    department               text
    branch                   text
    manager_id               -> owner
    is_active                boolean
    hired_on                 date

entity team: one team or user group
    id                       key
    name                     text
    department               text
    branch                   text
    parent_team_id           -> team

entity account: one company or private customer
    id                       key
    name                     text
    parent_account_id        -> account
    domain                   text
    employees                integer
    annual_revenue           money
    industry                 text
    region                   text
    country                  text
    territory                text                   sales territory of the customer
    segment                  text
    service_level            text
    size                     text
    owner_id                 -> owner
    source                   text                   source of first touch
    created_at               instant
    first_won_at             instant                date of the first won deal
    churned_at               instant
    referred_by_account_id   -> account
    is_customer              boolean                true from first_won_at until churned_at
    is_competitor            boolean
    currency                 currency               ISO 4217

entity contact: one person
    id                       key
    account_id               -> account
    owner_id                 -> owner
    full_name                text
    email                    text
    phone                    text
    job_title                text
    job_level                text
    sector                   text
    lifecycle_stage          subscriber|lead|mql|sql|sal|opportunity|customer|evangelist|other
    engagement_score         number
    last_contacted_at        instant
    source                   text
    country                  text
    region                   text
    created_at               instant
    dedupe_key               text                   normalised email, else phone

entity lead: one enquiry / unqualified prospect
    id                       key
    contact_id               -> contact
    account_id               -> account
    owner_id                 -> owner
    source                   text
    source_category          inbound|outbound|referral|partner|other
    campaign_id              -> campaign
    status                   new|working|qualified|unqualified|converted
    created_at               instant
    assigned_at              instant
    first_action_at          instant                first done outbound call or email; may precede creation
    qualified_at             instant
    mql_at                   instant
    sql_at                   instant
    sal_at                   instant
    disqualified_at          instant
    disqualification_reason  text
    converted_at             instant
    converted_deal_id        -> deal
    converted_account_id     -> account
    score                    number
    product_id               -> product
    referred_by_account_id   -> account
    form_id                  text
    dedupe_key               text

entity lead_status_history: one status change of a lead
    id                       key                    row key, made by the connection
    lead_id                  -> lead
    from_status              text
    to_status                text
    changed_at               instant
    owner_id                 -> owner

entity lead_state computed: computed from lead_status_history: one interval in which the status of a lead did not change
    id                       key
    lead_id                  -> lead
    status                   text
    valid_from               instant
    valid_to                 instant                null = still valid

entity pipeline: one sales pipeline
    id                       key
    name                     text

entity stage: one stage of a pipeline
    id                       key
    pipeline_id              -> pipeline
    name                     text
    position                 integer                1..n for open stages, null for closed kinds
    kind                     open|won|lost|unqualified
    probability              number                 0..1
    forecast_category        pipeline|best_case|commit|closed|omitted
    norm_seconds             integer                target time in stage

entity deal rate_date=closed_at: one opportunity / deal
    id                       key
    name                     text
    pipeline_id              -> pipeline
    stage_id                 -> stage
    status                   open|won|lost|unqualified
    amount                   money                  deal currency
    currency                 currency               ISO 4217
    probability              number                 0..1, own value else stage.probability
    score                    number                 0..100 opportunity score
    forecast_category        text                   own value else stage.forecast_category
    expected_close_date      date
    created_at               instant
    closed_at                instant                last time a closed stage was entered; null while open
    first_action_at          instant                first done outbound call or email; may precede creation
    next_activity_at         instant
    owner_id                 -> owner
    team_id                  -> team
    account_id               -> account
    contact_id               -> contact
    lead_id                  -> lead
    source                   text
    source_category          inbound|outbound|referral|partner|other
    campaign_id              -> campaign
    territory                text                   sales territory
    direction                text                   deal category / business line
    type                     new|renewal|cross_sell|up_sell|repeat
    rating                   hot|warm|cold
    loss_reason              text
    competitor               text
    sales_channel            direct|agency
    partner_id               -> account             agency account
    payment_form             cash|mortgage|instalments|card|transfer|other
    paid_at                  instant                date of full payment
    paid                     money
    units                    number
    area_sqm                 number
    asset_id                 -> asset
    cost                     money                  direct cost
    tags                     text
    reopened_count           integer
    lead_created_at          instant                derived: created_at of the lead of the deal
    closing_owner_id         -> owner               derived: owner at closing (rule E13), else owner_id
    last_open_stage_id       -> stage               derived: stage_id while open, else the last open stage

entity deal_stage_history rate_date=entered_at: one visit of a deal to a stage
    id                       key
    deal_id                  -> deal
    pipeline_id              -> pipeline
    from_stage_id            -> stage
    stage_id                 -> stage
    entered_at               instant
    exited_at                instant                null while the deal is still there
    duration_seconds         integer                exited_at - entered_at
    owner_id                 -> owner               owner during the visit
    amount                   money                  value at entry
    is_backward              boolean                to a lower position; false when either stage is closed
    is_skip                  boolean                a forward move, also to won, over at least one open stage
    currency                 currency               ISO 4217

entity stage_stay computed: computed from deal_stage_history: all the time a deal spent in one stage it has left
    id                       key
    deal_id                  -> deal
    stage_id                 -> stage
    pipeline_id              -> pipeline
    owner_id                 -> owner               owner during the last visit
    seconds                  number                 of all visits, repeated ones included
    visits                   integer
    exited_at                instant                when the last visit ended

entity funnel_step computed rate_date=closed_at: computed from deal_stage_history: one deal at one step of its funnel
    id                       key
    deal_id                  -> deal
    pipeline_id              -> pipeline
    stage_id                 -> stage               the open stage, or the stage of won deals
    step                     -> stage               the open stage, or ":won" for the last step
    position                 integer                of the stage
    owner_id                 -> owner               owner when the deal came to the step; at closing for won
    status                   open|won|lost|unqualified
    created_at               instant
    closed_at                instant
    amount                   money                  of the deal as it is now
    currency                 currency               ISO 4217
    is_member                boolean                the deal is in the funnel, whether it came here or not
    reached                  boolean                the deal counts for the step ($funnel_mode)
    reached_before           boolean                it counts for the step before; of the first step, it is a member
    reached_next             boolean                it counts for the step after
    can_go_on                boolean                it counts for the step, and there is one after
    is_first                 boolean                the first step of the funnel
    stopped                  boolean                it counts for the step and for none after
    is_assumed               boolean                no history: it is taken to be where it stands now
    is_unordered             boolean                the stage has no position, so nothing comes before or after

entity lead_funnel_step computed: computed from lead and deal_stage_history: one lead at one step from lead to won
    id                       key
    lead_id                  -> lead
    pipeline_id              -> pipeline
    stage_id                 -> stage               as step, or the stage of won deals
    step                     -> stage               ":lead", ":qualified", an open stage of its deal, or ":won"
    position                 integer                of the stage
    owner_id                 -> owner               of the lead, then of the deal when it came to the step
    created_at               instant                of the lead
    is_member                boolean                the lead is in the funnel, whether it came here or not
    reached                  boolean                it counts for the step
    reached_before           boolean                it counts for the step before; of the first step, it is a member
    reached_next             boolean                it counts for the step after
    is_assumed               boolean                its deal has no history and is taken to be where it stands now
    is_unordered             boolean                the stage has no position, so nothing comes before or after

entity deal_contact: one person's part in a deal
    id                       key                    row key, made by the connection
    deal_id                  -> deal
    contact_id               -> contact
    role                     text
    is_primary               boolean

entity deal_history: one interval in which the tracked columns of a deal did not change
    id                       key                    row key, made by the connection
    deal_id                  -> deal
    valid_from               instant
    valid_to                 instant                null = still valid
    pipeline_id              -> pipeline
    stage_id                 -> stage
    status                   text
    amount                   money
    currency                 currency
    probability              number
    expected_close_date      date
    owner_id                 -> owner
    is_deleted               boolean
    origin                   vendor|observed|reconstructed

entity deal_snapshot computed: computed from deal_history: one deal on one calendar day (end of day, report zone)
    snapshot_date            date
    deal_id                  -> deal
    pipeline_id              -> pipeline
    stage_id                 -> stage
    status                   text
    amount_base              money
    probability              number
    expected_close_date      date
    owner_id                 -> owner
    source                   text

entity deal_move computed: computed from deal_history: one line of how a deal moved the pipeline between two moments
    id                       key
    deal_id                  -> deal
    leg                      opening|added|reopened|increased|decreased|removed|won|lost|unqualified|closing
    happened                 text                   the most telling word for the deal: a leg, advanced, moved_back, ...
    amount                   money                  signed, in the report currency
    deals                    integer                signed: 1, -1, or 0 where only the amount changed
    is_end                   boolean                the one line of each deal that says how it ended
    start_stage_id           -> stage               else ":" and the leg by which it came
    end_stage_id             -> stage               else ":" and the leg by which it left
    pipeline_id              -> pipeline            this and the rest: when it was last in the pipeline
    stage_id                 -> stage               the last open one
    owner_id                 -> owner
    end_amount               money
    probability              number
    expected_close_date      date

entity deal_line: one product line of a deal
    id                       key
    deal_id                  -> deal
    product_id               -> product
    quantity                 number
    unit_price               money
    discount                 money
    amount                   money
    cost                     money
    currency                 currency               ISO 4217

entity product: one product or service
    id                       key
    name                     text
    category                 text
    sku                      text
    list_price               money
    currency                 currency               ISO 4217
    unit_cost                money

entity activity: one call, email, meeting, visit, showing, task, note or text
    id                       key
    type                     call|email|meeting|visit|showing|task|note|sms
    direction                outbound|inbound
    owner_id                 -> owner
    account_id               -> account
    contact_id               -> contact
    lead_id                  -> lead
    deal_id                  -> deal
    case_id                  -> service_case
    subject                  text
    queue                    text
    created_at               instant
    due_at                   instant                planned time
    started_at               instant
    completed_at             instant
    status                   planned|done|cancelled
    outcome                  text                   type-specific, null = not logged
    is_new_client            boolean                counterpart had no won deal at due_at
    is_connected             boolean                call reached a person
    is_abandoned             boolean                inbound call ended before an agent answered
    is_callback              boolean                inbound repeat contact on a case within the callback window
    answered_at              instant
    wait_seconds             integer
    talk_seconds             integer
    hold_seconds             integer
    wrapup_seconds           integer
    duration_seconds         integer                talk time of the call
    replied_at               instant                first reply to an outbound email
    opened_at                instant
    recording_url            text

entity proposal rate_date=sent_at: one quote / commercial offer
    id                       key
    deal_id                  -> deal
    account_id               -> account
    owner_id                 -> owner
    sent_at                  instant
    accepted_at              instant
    rejected_at              instant
    amount                   money
    currency                 currency               ISO 4217

entity booking: one reservation
    id                       key
    deal_id                  -> deal
    owner_id                 -> owner
    asset_id                 -> asset
    placed_at                instant
    cancelled_at             instant

entity contract rate_date=signed_at: one signed contract
    id                       key
    deal_id                  -> deal
    account_id               -> account
    owner_id                 -> owner
    signed_at                instant
    amount                   money
    cancelled_at             instant
    currency                 currency               ISO 4217

entity invoice rate_date=issued_at: one sales invoice
    id                       key
    number                   text
    account_id               -> account
    contact_id               -> contact
    deal_id                  -> deal
    owner_id                 -> owner
    issued_at                instant
    due_at                   instant
    paid_at                  instant
    status                   draft|sent|paid|partly_paid|overdue|void
    amount                   money
    paid                     money
    currency                 currency

entity payment rate_date=received_at: one incoming payment
    id                       key
    invoice_id               -> invoice
    deal_id                  -> deal
    account_id               -> account
    owner_id                 -> owner
    asset_id                 -> asset
    received_at              instant
    expected_at              instant                scheduled date of an instalment
    status                   expected|received|refunded
    amount                   money
    form                     cash|mortgage|instalments|card|transfer|other
    currency                 currency               ISO 4217

entity asset: one database object, e.g. a property unit
    id                       key
    name                     text
    project                  text                   parent object, e.g. building
    status                   text
    price                    money
    area_sqm                 number
    owner_id                 -> owner
    created_at               instant
    deleted_at               instant
    currency                 currency               ISO 4217

entity campaign rate_date=start_date: one marketing campaign
    id                       key
    name                     text
    type                     email|ads|event|social|content|referral|other
    channel                  text
    status                   planned|active|paused|completed|aborted
    owner_id                 -> owner
    start_date               date
    end_date                 date
    budget                   money
    target_responses         integer
    target_revenue           money
    created_at               instant
    currency                 currency               ISO 4217

entity campaign_member: one person in one campaign send
    id                       key
    campaign_id              -> campaign
    contact_id               -> contact
    lead_id                  -> lead
    sent_at                  instant
    delivered_at             instant
    opened_at                instant
    clicked_at               instant
    responded_at             instant                any positive response: reply, form, click-through conversion
    unsubscribed_at          instant
    bounced_at               instant
    complained_at            instant
    landing_visited_at       instant
    form_submitted_at        instant

entity touch: one marketing touch before a deal
    id                       key
    contact_id               -> contact
    account_id               -> account
    deal_id                  -> deal
    campaign_id              -> campaign
    channel                  text
    source                   text
    touched_at               instant
    is_direct                boolean

entity list_event: one subscription change
    id                       key
    list_id                  text
    contact_id               -> contact
    kind                     subscribe|unsubscribe|bounce|complaint|cleaned
    occurred_at              instant
    page                     text                   page of the sign-up form

entity list_snapshot: one list on one day
    id                       key                    row key, made by the connection
    list_id                  text
    snapshot_date            date
    active_count             integer

entity web_daily rate_date=date: one day x source/medium x campaign x landing page x country x device
    id                       key                    row key, made by the connection
    date                     date                   property time zone
    source                   text
    medium                   text
    campaign                 text
    channel_group            text
    landing_page             text
    country                  text
    device                   text
    sessions                 integer
    engaged_sessions         integer
    users                    integer                approximate distinct, not additive
    new_users                integer
    page_views               integer
    key_events               integer
    key_event_sessions       integer                sessions with at least one mapped key event
    session_seconds          number                 averageSessionDuration x sessions
    engagement_seconds       number
    revenue                  money
    currency                 currency               ISO 4217

entity web_key_event_daily rate_date=date: one day x source/medium x campaign x landing page x key event
    id                       key                    row key, made by the connection
    date                     date                   property time zone
    source                   text
    medium                   text
    campaign                 text
    channel_group            text
    landing_page             text
    event_name               text                   mapped conversion event
    key_events               integer
    revenue                  money
    currency                 currency               ISO 4217

entity cost rate_date=date: one cost booking
    id                       key                    row key, made by the connection
    date                     date
    kind                     marketing|sales|service|account_mgmt|product|other
    campaign_id              -> campaign
    source                   text
    channel                  text
    account_id               -> account
    owner_id                 -> owner
    amount                   money
    currency                 currency               ISO 4217

entity subscription: one recurring contract
    id                       key
    account_id               -> account
    deal_id                  -> deal
    started_on               date
    ends_on                  date
    renewal_due_on           date
    renewed_on               date
    cancelled_on             date
    mrr                      money
    currency                 currency               ISO 4217

entity service_case rate_date=closed_at: one support case, request or issue
    id                       key
    number                   text
    account_id               -> account
    contact_id               -> contact
    owner_id                 -> owner
    queue                    text
    status                   new|in_progress|waiting|resolved|closed|cancelled
    priority                 text
    severity                 text
    reason                   text
    topic                    text                   question type
    product_id               -> product
    service_level            text
    channel                  phone|email|web|chat|other
    is_complaint             boolean
    is_internal              boolean
    description              text
    opened_at                instant
    first_response_at        instant
    resolved_at              instant
    closed_at                instant
    reopened_at              instant
    sla_due_at               instant
    satisfaction             integer                1..5
    answers_count            integer
    time_spent_seconds       integer
    cost                     money
    resolution_note          text
    currency                 currency               ISO 4217

entity survey_response: one answer to a feedback question
    id                       key
    kind                     nps|csat|ces
    account_id               -> account
    contact_id               -> contact
    case_id                  -> service_case
    owner_id                 -> owner
    score                    number
    sent_at                  instant
    responded_at             instant

entity goal: one target value
    id                       key
    metric_id                text                   id of a metric
    scope_type               company|department|branch|team|owner|territory|source|campaign|product|project
    scope_id                 text
    period_start             date
    period_end               date
    target_value             number
    updated_by               text
    updated_at               instant

entity goal_day computed: computed from goal: the part of a target that falls on one day
    metric_id                text
    scope_type               text
    owner_id                 -> owner
    team_id                  -> team
    department               text
    branch                   text
    date                     date
    is_working_day           boolean
    target                   number                 target spread evenly over the working days of its period
    whole                    number                 the same in whole units: the days of a month add up to it, rounded

entity goal_period computed: computed from goal: the goal of one scope that covers a whole period
    metric_id                text
    scope_type               text
    owner_id                 -> owner
    team_id                  -> team
    department               text
    branch                   text
    first_day                date                   first day of the period that is covered
    target                   number                 target as stated: never prorated, never summed

entity funnel_norm: units of an upstream activity needed for one sale
    id                       key                    row key, made by the connection
    scope_type               text
    scope_id                 text
    indicator                contacts|inquiries|meetings|bookings|contracts
    per_sale                 number
    valid_from               date

entity calendar_day: one day of the working calendar
    id                       key                    row key, made by the connection
    date                     date
    is_working_day           boolean
    calendar_id              text

entity forecast_snapshot computed rate_date=rated_on: computed from deal_history: a deal in the forecast of a past day
    taken_on                 date                   the forecast is the one at the end of this day
    period_start             date
    period_end               date
    whole_range              boolean                the period is the range asked, not a step of its time axis
    deal_id                  -> deal
    owner_id                 -> owner
    source                   text
    part                     won|open
    scenario                 worst|base|best
    method                   weighted|category
    amount                   money
    currency                 currency               ISO 4217
    share                    number                 part of the amount that is expected: the probability, 1 when won
    rated_on                 date                   day of the exchange rate

entity obligation_type: one recurring obligation, e.g. a tax return
    id                       key
    name                     text
    periodicity              month|quarter|year
    lead_days                integer                interval between preparations
    stage_plan               text                   ordered stages with day offsets

entity obligation: one obligation of one client for one period
    id                       key
    obligation_type_id       -> obligation_type
    account_id               -> account
    owner_id                 -> owner
    period_label             text
    due_date                 date
    completed_at             instant
    status                   planned|in_progress|waiting_client|submitted|accepted|overdue

entity obligation_step rate_date=completed_at: one stage task of an obligation
    id                       key
    obligation_id            -> obligation
    step_no                  integer
    name                     text
    owner_id                 -> owner
    due_at                   instant
    completed_at             instant
    piece_rate               money
    currency                 currency               ISO 4217

entity document: one incoming primary document
    id                       key
    register_id              text
    account_id               -> account
    owner_id                 -> owner
    type                     text
    received_at              instant
    registered_at            instant
    client_approved_at       instant
    processed_at             instant
    status                   received|registered|awaiting_approval|approved|processed|rejected

entity balance rate_date=date: one balance on one day
    id                       key                    row key, made by the connection
    date                     date
    kind                     receivable|payable|bank
    account_id               -> account
    bank_account             text
    amount                   money
    currency                 currency               ISO 4217

entity statement_line rate_date=period_end: one income-statement line of one period
    id                       key                    row key, made by the connection
    period_end               date
    periodicity              month|quarter|year
    line_code                text
    amount                   money
    position                 integer
    parent_code              text
    currency                 currency               ISO 4217

entity dq_result computed: computed by the rules: one rule result for one record and field
    entity                   text
    record_id                text
    field                    text
    rule_id                  text                   missing, zero_amount, invalid, duplicate, wrong_label, stale, ...
    is_violation             boolean
    checked_at               instant
    owner_id                 -> owner
    last_modified_by         text
    duplicate_group_id       text

entity usage_event: one user action in the CRM
    id                       key                    row key, made by the connection
    owner_id                 -> owner
    kind                     login|create|update|view_report
    occurred_at              instant
    entity                   text
    record_id                text

entity fx_rate: one daily rate
    id                       key                    row key, made by the connection
    date                     date
    from_currency            text
    to_currency              text
    rate                     number
"""

_ENTITY_LINE = re.compile(r"entity (\w+)( computed)?(?: rate_date=(\w+))?: (.+)")
_COLUMN_LINE = re.compile(r"    (\w+) +(-> (\w+)|[\w|]+)(?: +(.*))?")


def _parse_column(line: str) -> Column:
    match = _COLUMN_LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"schema: cannot read the line {line!r}")
    name, kind_text, target, doc = match.group(1), match.group(2), match.group(3), match.group(4) or ""
    derived = doc.startswith("derived: ")
    if target is not None:
        return Column(name, "ref", target=target, doc=doc, derived=derived)
    if "|" in kind_text:
        return Column(name, "enum", values=tuple(kind_text.split("|")), doc=doc, derived=derived)
    for kind in STORAGE_TYPES:
        if kind == kind_text:
            return Column(name, kind, doc=doc, derived=derived)
    raise ValueError(f"schema: unknown type {kind_text!r} in the line {line!r}")


def _parse(declaration: str) -> dict[str, Entity]:
    entities: dict[str, Entity] = {}
    common = [_parse_column(line) for line in COMMON.strip("\n").splitlines()]
    for block in declaration.strip().split("\n\n"):
        head, *lines = block.splitlines()
        match = _ENTITY_LINE.fullmatch(head)
        if match is None:
            raise ValueError(f"schema: cannot read the line {head!r}")
        name, computed, rate_date, grain = match.groups()
        columns = {column.name: column for column in map(_parse_column, lines)}
        if not computed:
            columns |= {column.name: column for column in common if column.name not in columns}
        entities[name] = Entity(name, grain, MappingProxyType(columns), computed is not None, rate_date)
    return entities


ENTITIES: Final[MappingProxyType[str, Entity]] = MappingProxyType(_parse(DECLARATION))
"""Every entity of the fixed schema by name."""

STORED: Final[tuple[str, ...]] = tuple(name for name, entity in ENTITIES.items() if not entity.computed)
"""Names of the entities that have a table."""
