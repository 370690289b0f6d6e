"""Which field of HubSpot fills which column of the fixed schema: one row per column, read by people and programs.

``@name`` is a property of the record, other names are columns of the dataset. Of several sources the first that the
account has is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from connector.normalise.mapping import Condition, Lookup


@dataclass(frozen=True, slots=True)
class Field:
    """Where a column comes from.

    ``aliases`` translate HubSpot's values, ``labels`` takes the labels of a property's choices instead of their
    internal names, ``unless`` names a dataset that tells the same better.
    """

    sources: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    constant: str | None = None
    text: str | None = None
    scale: str | None = None
    default: str | None = None
    when: tuple[Condition, ...] = ()
    lookup: Lookup | None = None
    labels: bool = False
    unless: str = ""
    label: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns without which the field says nothing, each one alternative."""
        return tuple(column_name(source) for source in self.sources)


def column_name(source: str) -> str:
    """Return the column of a dataset that a source names."""
    return f"properties.{source[1:]}" if source.startswith("@") else source


def one(*sources: str, labels: bool = False, unless: str = "") -> Field:
    """Take the first of some sources as it is."""
    return Field(sources, labels=labels, unless=unless)


def words(source: str, text: str, default: str | None = None) -> Field:
    """Translate the values of a source; ``text`` lists ``theirs=ours``."""
    pairs = (pair.split("=") for pair in text.split())
    return Field((source,), aliases=tuple((theirs, ours) for theirs, ours in pairs), default=default)


@dataclass(frozen=True, slots=True)
class Record:
    """Rows of a dataset that make rows of an entity. ``object_type`` is the number in the address of its page."""

    dataset: str
    entity: str
    columns: MappingProxyType[str, Field]
    object_type: str = ""
    where: tuple[Condition, ...] = ()
    unless: str = ""


def record(
    dataset: str, entity: str, columns: dict[str, Field | str], object_type: str = "", *, own: bool = True
) -> Record:
    """Declare a record; ``own`` adds the columns that every record of the CRM has."""
    fields = {name: one(*field.split("|")) if isinstance(field, str) else field for name, field in columns.items()}
    return Record(dataset, entity, MappingProxyType({"id": one("id"), **fields, **(_OWN if own else {})}), object_type)


_OWN: Final = {
    "source_created_at": one("createdAt"),
    "source_updated_at": one("updatedAt"),
    "is_deleted": one("archived"),
    "deleted_at": one("archivedAt"),
    "merged_into_id": one("merged_into"),
}

_CATEGORIES: Final = (
    "ORGANIC_SEARCH=inbound PAID_SEARCH=inbound EMAIL_MARKETING=inbound SOCIAL_MEDIA=inbound PAID_SOCIAL=inbound"
    " DIRECT_TRAFFIC=inbound OTHER_CAMPAIGNS=inbound AI_REFERRALS=inbound REFERRALS=referral OFFLINE=other"
)
_CONNECTED: Final = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
"""HubSpot's own outcome of calls: the same id in every account (developers.hubspot.com, "Calls")."""
_DISPOSITIONS: Final = (
    (_CONNECTED, "Connected"),
    ("9d9162e7-6cf3-4944-bf63-4dff82258764", "Busy"),
    ("73a0d17f-1163-4015-bdd5-ec830791da20", "No answer"),
    ("b2cf5968-551e-4856-9783-52b3da59a7d0", "Left voicemail"),
    ("a4c4c377-d246-4b32-a13b-75a56a4cd0ff", "Left live message"),
    ("17b47fee-58de-441e-a44c-c6300d46f273", "Wrong number"),
)
_CALL_STATUS: Final = (
    "COMPLETED=done BUSY=done NO_ANSWER=done FAILED=done MISSED=done CANCELED=cancelled QUEUED=planned"
    " SCHEDULED=planned RINGING=planned CONNECTING=planned CALLING_CRM_USER=planned IN_PROGRESS=planned"
)
_NOT_MADE: Final = (
    Condition(
        "properties.hs_call_status",
        "not_in",
        ("CANCELED", "QUEUED", "SCHEDULED", "RINGING", "CONNECTING", "CALLING_CRM_USER", "IN_PROGRESS"),
    ),
)
_STATUS_AS_LEAD: Final = (
    "lead=new marketingqualifiedlead=working salesqualifiedlead=qualified opportunity=converted customer=converted"
    " evangelist=converted"
)

RECORDS: Final = (
    record(
        "owners",
        "owner",
        {
            "email": "email",
            "is_active": words("archived", "true=false false=true"),
            "custom.user_id": Field(("userIdIncludingInactive", "userId"), label="User ID"),
            "source_created_at": "createdAt",
            "source_updated_at": "updatedAt",
        },
        own=False,
    ),
    record("owner_links", "owner", {"name": "name", "team_id": "team_id"}, own=False),
    record("teams", "team", {"name": "name"}, own=False),
    record(
        "deal_stages",
        "stage",
        {
            "pipeline_id": "pipeline_id",
            "name": "name",
            "position": "position",
            "kind": "kind",
            "probability": "probability",
        },
        own=False,
    ),
    record("deal_stages", "pipeline", {"id": "pipeline_id", "name": "pipeline_name"}, own=False),
    record(
        "companies",
        "account",
        {
            "name": "@name|@domain",
            "parent_account_id": "@hs_parent_company_id",
            "domain": "@domain",
            "employees": "@numberofemployees",
            "annual_revenue": "@annualrevenue",
            "currency": "@hs_annual_revenue_currency_code",
            "industry": one("@industry", labels=True),
            "country": "@country",
            "region": "@state",
            "owner_id": "@hubspot_owner_id",
            "source": one("@hs_analytics_source", labels=True),
            "created_at": "@createdate|createdAt",
        },
        "0-2",
    ),
    record("contact_links", "contact", {"account_id": "account_id"}, own=False),
    record(
        "contacts",
        "contact",
        {
            "account_id": one("@associatedcompanyid", unless="contact_associations"),
            "owner_id": "@hubspot_owner_id",
            "full_name": Field(("@firstname", "@lastname"), text="{@firstname} {@lastname}"),
            "email": "@email",
            "phone": "@phone|@mobilephone",
            "job_title": "@jobtitle",
            "lifecycle_stage": "@lifecyclestage",
            "engagement_score": "@hubspotscore",
            "last_contacted_at": "@notes_last_contacted",
            "source": one("@hs_analytics_source", labels=True),
            "country": "@country",
            "region": "@state",
            "created_at": "@createdate|createdAt",
        },
        "0-1",
    ),
    record(
        "products",
        "product",
        {
            "name": "@name",
            "category": one("@hs_product_type", labels=True),
            "sku": "@hs_sku",
            "list_price": "@price",
            "currency": "@hs_price_currency_code",
            "unit_cost": "@hs_cost_of_goods_sold",
        },
        "0-7",
    ),
    record(
        "campaigns",
        "campaign",
        {
            "name": "@hs_name",
            "status": words(
                "@hs_campaign_status",
                "planned=planned in_progress=active active=active paused=paused completed=completed",
            ),
            "owner_id": "@hs_owner",
            "start_date": "@hs_start_date",
            "end_date": "@hs_end_date",
            "budget": "@hs_budget_items_sum_amount",
            "currency": "@hs_currency_code",
            "created_at": "createdAt",
        },
    ),
    record(
        "campaigns",
        "cost",
        {
            "id": Field(
                ("@hs_spend_items_sum_amount",),
                text="campaign/{id}",
                when=(Condition("properties.hs_spend_items_sum_amount", "filled"),),
            ),
            "date": "@hs_start_date|createdAt",
            "kind": Field(constant="marketing"),
            "campaign_id": "id",
            "amount": "@hs_spend_items_sum_amount",
            "currency": "@hs_currency_code",
            "is_deleted": "archived",
        },
        own=False,
    ),
    record(
        "lead_links",
        "lead",
        {
            "contact_id": "contact_id",
            "account_id": "account_id",
            "converted_deal_id": "deal_id",
            "converted_at": "converted_at",
            "status": "status",
        },
        own=False,
    ),
    record(
        "leads",
        "lead",
        {
            "custom.name": Field(("@hs_lead_name",), label="Name"),
            "contact_id": one("@hs_primary_contact_id", unless="lead_associations"),
            "account_id": one("@hs_primary_company_id", unless="lead_associations"),
            "owner_id": "@hubspot_owner_id",
            "source": one("@hs_lead_source", "@hs_analytics_source", labels=True),
            "source_category": words("@hs_analytics_source", _CATEGORIES),
            "created_at": "@hs_createdate|createdAt",
            "assigned_at": "@hubspot_owner_assigneddate",
            "disqualification_reason": one("@hs_lead_disqualification_reason", labels=True),
            "dedupe_key": "@hs_contact_email",
        },
        "0-136",
    ),
    record(
        "lead_status_events",
        "lead_status_history",
        {"lead_id": "lead_id", "from_status": "from_status", "to_status": "to_status", "changed_at": "changed_at"},
        own=False,
    ),
    record(
        "deal_versions",
        "deal",
        {
            "pipeline_id": "pipeline_id",
            "stage_id": "stage_id",
            "amount": "amount",
            "currency": "currency",
            "expected_close_date": "close_date",
            "owner_id": "owner_id",
            "source_updated_at": "updated_at",
        },
        own=False,
    ),
    record(
        "deals",
        "deal",
        {
            "name": "@dealname",
            "pipeline_id": "@pipeline",
            "stage_id": "@dealstage",
            "amount": "@amount",
            "currency": "@deal_currency_code",
            "forecast_category": words(
                "@hs_manual_forecast_category",
                "OMIT=omitted PIPELINE=pipeline BEST_CASE=best_case COMMIT=commit CLOSED=closed",
            ),
            "expected_close_date": "@closedate",
            "closed_at": "@closedate",
            "created_at": "@createdate|createdAt",
            "next_activity_at": "@notes_next_activity_date",
            "owner_id": "@hubspot_owner_id",
            "team_id": "@hubspot_team_id",
            "source": one("@hs_analytics_source", labels=True),
            "source_category": words("@hs_analytics_source", _CATEGORIES),
            "campaign_id": "@hs_campaign",
            "type": words("@dealtype", "newbusiness=new existingbusiness=repeat"),
            "loss_reason": one("@closed_lost_reason", labels=True),
        },
        "0-3",
    ),
    record("deal_links", "deal", {"account_id": "account_id", "contact_id": "contact_id"}, own=False),
    record(
        "deal_stage_events",
        "deal_stage_history",
        {
            "deal_id": "deal_id",
            "pipeline_id": "pipeline_id",
            "stage_id": "stage_id",
            "entered_at": "entered_at",
            "owner_id": "owner_id",
            "amount": "amount",
            "currency": "currency",
        },
        own=False,
    ),
    record(
        "deal_contacts",
        "deal_contact",
        {"deal_id": "deal_id", "contact_id": "contact_id", "role": "role", "is_primary": "is_primary"},
        own=False,
    ),
    record(
        "deal_lines",
        "deal_line",
        {
            "deal_id": "deal_id",
            "product_id": "@hs_product_id",
            "quantity": "@quantity",
            "unit_price": "@price",
            "discount": "@hs_total_discount|@discount",
            "amount": "@amount",
            "cost": "line_cost",
            "currency": "@hs_line_item_currency_code",
        },
    ),
    record(
        "quotes",
        "proposal",
        {
            "owner_id": "@hubspot_owner_id",
            "sent_at": "@hs_createdate|createdAt",
            "accepted_at": "@hs_esign_date",
            "amount": "@hs_quote_amount",
            "currency": "@hs_currency",
        },
        "0-14",
    ),
    record("quote_links", "proposal", {"deal_id": "deal_id", "account_id": "account_id"}, own=False),
    record(
        "calls",
        "activity",
        {
            "type": Field(constant="call"),
            "direction": "@hs_call_direction",
            "owner_id": "@hubspot_owner_id",
            "subject": "@hs_call_title",
            "created_at": "@hs_createdate|createdAt",
            "due_at": "@hs_timestamp",
            "started_at": "@hs_timestamp",
            "completed_at": Field(("@hs_timestamp",), when=_NOT_MADE),
            "status": words("@hs_call_status", _CALL_STATUS, default="done"),
            "outcome": Field(("@hs_call_disposition",), aliases=_DISPOSITIONS, labels=True),
            "is_connected": words("@hs_call_disposition", f"{_CONNECTED}=true"),
            "duration_seconds": Field(("@hs_call_duration",), scale="0.001"),
        },
    ),
    record(
        "emails",
        "activity",
        {
            "type": Field(constant="email"),
            "direction": words("@hs_email_direction", "EMAIL=outbound INCOMING_EMAIL=inbound FORWARDED_EMAIL=inbound"),
            "owner_id": "@hubspot_owner_id",
            "subject": "@hs_email_subject",
            "created_at": "@hs_createdate|createdAt",
            "due_at": "@hs_timestamp",
            "started_at": "@hs_timestamp",
            "completed_at": Field(
                ("@hs_timestamp",),
                when=(Condition("properties.hs_email_status", "not_in", ("FAILED", "SCHEDULED", "SENDING")),),
            ),
            "status": words(
                "@hs_email_status",
                "SENT=done BOUNCED=done FAILED=cancelled SCHEDULED=planned SENDING=planned",
                default="done",
            ),
        },
    ),
    record(
        "meetings",
        "activity",
        {
            "type": Field(constant="meeting"),
            "owner_id": "@hubspot_owner_id",
            "subject": "@hs_meeting_title",
            "created_at": "@hs_createdate|createdAt",
            "due_at": "@hs_meeting_start_time|@hs_timestamp",
            "started_at": Field(
                ("@hs_meeting_start_time", "@hs_timestamp"),
                when=(Condition("properties.hs_meeting_outcome", "equals", ("COMPLETED",)),),
            ),
            "completed_at": Field(
                ("@hs_meeting_end_time", "@hs_timestamp"),
                when=(Condition("properties.hs_meeting_outcome", "equals", ("COMPLETED",)),),
            ),
            "status": words(
                "@hs_meeting_outcome",
                "SCHEDULED=planned RESCHEDULED=planned COMPLETED=done NO_SHOW=cancelled CANCELED=cancelled",
            ),
            "outcome": one("@hs_meeting_outcome", labels=True),
        },
    ),
    record(
        "tasks",
        "activity",
        {
            "type": Field(constant="task"),
            "owner_id": "@hubspot_owner_id",
            "subject": "@hs_task_subject",
            "created_at": "@hs_createdate|createdAt",
            "due_at": "@hs_timestamp",
            "completed_at": Field(
                ("@hs_task_completion_date",), when=(Condition("properties.hs_task_status", "equals", ("COMPLETED",)),)
            ),
            "status": words(
                "@hs_task_status",
                "NOT_STARTED=planned IN_PROGRESS=planned WAITING=planned"
                " DEFERRED=planned COMPLETED=done DELETED=cancelled",
            ),
        },
    ),
    record(
        "notes",
        "activity",
        {
            "type": Field(constant="note"),
            "owner_id": "@hubspot_owner_id",
            "created_at": "@hs_createdate|createdAt",
            "started_at": "@hs_timestamp",
            "completed_at": "@hs_timestamp",
            "status": Field(constant="done"),
        },
    ),
    *(
        record(
            f"{kind}_links",
            "activity",
            {name: name for name in ("contact_id", "account_id", "deal_id", "lead_id", "case_id")},
            own=False,
        )
        for kind in ("call", "email", "meeting", "task", "note")
    ),
    record(
        "ticket_links",
        "service_case",
        {
            "account_id": "account_id",
            "contact_id": "contact_id",
            "status": "status",
            "queue": "queue",
        },
        own=False,
    ),
    record(
        "tickets",
        "service_case",
        {
            "number": "id",
            "owner_id": "@hubspot_owner_id",
            "priority": one("@hs_ticket_priority", labels=True),
            "topic": one("@hs_ticket_category", labels=True),
            "channel": "@source_type",
            "description": "@subject",
            "opened_at": "@createdate|createdAt",
            "first_response_at": "@first_agent_reply_date",
            "resolved_at": "@closed_date",
            "closed_at": "@closed_date",
            "resolution_note": one("@hs_resolution", labels=True),
        },
        "0-5",
    ),
    record(
        "feedback_submissions",
        "survey_response",
        {
            "kind": "@hs_survey_type",
            "owner_id": "@hubspot_owner_id",
            "score": "@hs_value",
            "responded_at": "@hs_submission_timestamp|@hs_createdate|createdAt",
        },
    ),
    record(
        "feedback_links",
        "survey_response",
        {
            "account_id": "account_id",
            "contact_id": "contact_id",
            "case_id": "case_id",
        },
        own=False,
    ),
    record(
        "goal_targets",
        "goal",
        {
            "metric_id": Field(constant="total_sales"),
            "scope_type": Field(constant="owner"),
            "scope_id": Field(("@hs_assignee_user_id",), lookup=Lookup("owner", "custom.user_id")),
            "period_start": "@hs_start_datetime",
            "period_end": "@hs_end_datetime",
            "target_value": "@hs_target_amount",
            "updated_at": "updatedAt",
            "custom.goal_name": Field(("@hs_goal_name",), label="Goal"),
        },
    ),
    record(
        "currencies",
        "fx_rate",
        {
            "date": "effectiveAt",
            "from_currency": "fromCurrencyCode",
            "to_currency": "toCurrencyCode",
            "rate": "conversionRate",
            "is_deleted": "archived",
        },
        own=False,
    ),
)
"""In the order of the mapping: of two that feed one column of an entity, the first wins."""

LEADS_FROM_CONTACTS: Final = Record(
    "contacts",
    "lead",
    MappingProxyType(
        {
            "id": one("id"),
            "contact_id": one("id"),
            "account_id": one("@associatedcompanyid"),
            "owner_id": one("@hubspot_owner_id"),
            "source": one("@hs_analytics_source", labels=True),
            "source_category": words("@hs_analytics_source", _CATEGORIES),
            "status": words("@lifecyclestage", _STATUS_AS_LEAD),
            "created_at": one("@hs_v2_date_entered_lead", "@hs_lifecyclestage_lead_date", "@createdate", "createdAt"),
            "mql_at": one(
                "@hs_v2_date_entered_marketingqualifiedlead", "@hs_lifecyclestage_marketingqualifiedlead_date"
            ),
            "sql_at": one("@hs_v2_date_entered_salesqualifiedlead", "@hs_lifecyclestage_salesqualifiedlead_date"),
            "converted_at": one("@hs_v2_date_entered_opportunity", "@hs_lifecyclestage_opportunity_date"),
            "dedupe_key": one("@email"),
            **_OWN,
        }
    ),
    "0-1",
    (
        Condition(
            "properties.lifecyclestage",
            "in",
            ("lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist"),
        ),
    ),
    unless="leads",
)
"""In accounts without leads of their own, contacts that have reached that stage of life are the leads."""

OF_STREAM: Final = {"deal_lines": "line_items"}
"""Datasets whose properties are those of another stream."""
