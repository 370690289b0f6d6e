"""The properties that the account has for each kind of record: HubSpot's own and the account's."""

from __future__ import annotations

from connector.sandbox.company.facts import COMPETITORS, PROCUREMENT
from connector.sandbox.crm.fields import Field, Option
from connector.sandbox.hubspot.kinds import OBJECT_TYPES, ObjectType

_ENUMERATIONS = {
    "dealtype": (("newbusiness", "New Business"), ("existingbusiness", "Existing Business")),
    "lifecyclestage": (
        ("subscriber", "Subscriber"), ("lead", "Lead"), ("marketingqualifiedlead", "Marketing Qualified Lead"),
        ("salesqualifiedlead", "Sales Qualified Lead"), ("opportunity", "Opportunity"), ("customer", "Customer"),
    ),
    "hs_ticket_priority": (("LOW", "Low"), ("MEDIUM", "Medium"), ("HIGH", "High"), ("URGENT", "Urgent")),
    "source_type": (("EMAIL", "Email"), ("FORM", "Form"), ("PHONE", "Phone"), ("CHAT", "Chat")),
    "hs_call_direction": (("INBOUND", "Inbound"), ("OUTBOUND", "Outbound")),
    "hs_task_status": (("NOT_STARTED", "Not started"), ("COMPLETED", "Completed"), ("DEFERRED", "Deferred")),
    "hs_quote_status": (("DRAFT", "Draft"), ("APPROVAL_NOT_NEEDED", "Published"), ("SIGNED", "Signed")),
    "hs_manual_forecast_category": (
        ("PIPELINE", "Pipeline"), ("BEST_CASE", "Best case"), ("COMMIT", "Commit"), ("CLOSED", "Closed won"),
        ("OMIT", "Not forecasted"),
    ),
    "procurement": tuple((name.lower(), name) for name in PROCUREMENT),
    "competitors": tuple((name.lower().replace(" ", "_"), name) for name in COMPETITORS),
}  # fmt: skip

_STANDARD = {
    "contacts": "firstname lastname email phone company jobtitle lifecyclestage:enumeration hs_lead_status country "
    "hubspot_owner_id:owner associatedcompanyid:number hs_email_optout:bool hs_analytics_source",
    "companies": "name domain industry numberofemployees:number annualrevenue:number country city state type "
    "lifecyclestage:enumeration hubspot_owner_id:owner hs_parent_company_id:number hs_analytics_source",
    "deals": "dealname amount:number dealstage:enumeration pipeline:enumeration closedate:datetime "
    "dealtype:enumeration deal_currency_code:enumeration hubspot_owner_id:owner hs_is_closed:bool! "
    "hs_deal_stage_probability:number! hs_is_closed_won:bool! "
    "closed_lost_reason closed_won_reason hs_analytics_source hs_priority hs_next_step "
    "hs_manual_forecast_category:enumeration hs_forecast_amount:number! amount_in_home_currency:number! "
    "hs_exchange_rate:number! num_associated_contacts:number! hs_campaign description",
    "tickets": "subject content hs_pipeline:enumeration hs_pipeline_stage:enumeration hs_ticket_priority:enumeration "
    "hs_ticket_category source_type:enumeration hubspot_owner_id:owner closed_date:datetime "
    "first_agent_reply_date:datetime hs_is_closed:bool!",
    "leads": "hs_lead_name hs_lead_type hs_lead_label hs_pipeline:enumeration hs_pipeline_stage:enumeration "
    "hubspot_owner_id:owner hs_lead_source hs_lead_disqualification_reason hs_primary_contact_id:number "
    "hs_primary_company_id:number hs_contact_email hs_lead_is_open:bool!",
    "products": "name description price:number hs_sku hs_cost_of_goods_sold:number hs_product_type",
    "line_items": "name hs_sku hs_product_id:number quantity:number price:number amount:number discount:number "
    "hs_discount_percentage:number hs_line_item_currency_code hs_cost_of_goods_sold:number recurringbillingfrequency",
    "quotes": "hs_title hs_quote_number hs_status:enumeration hs_quote_amount:number hs_currency "
    "hs_expiration_date:datetime hubspot_owner_id:owner hs_esign_date:datetime",
    "feedback_submissions": "hs_survey_type hs_survey_name hs_value:number hs_content hs_submission_timestamp:datetime "
    "hs_contact_email_rollup hs_response_group hs_survey_channel",
    "goal_targets": "hs_goal_name hs_target_amount:number hs_start_datetime:datetime hs_end_datetime:datetime "
    "hs_assignee_user_id:number hs_kpi_value_calculated:number! hs_created_by_user_id:number hs_goal_type",
    "calls": "hs_timestamp:datetime hs_call_title hs_call_body hs_call_direction:enumeration hs_call_disposition "
    "hs_call_duration:number hs_call_status hubspot_owner_id:owner",
    "emails": "hs_timestamp:datetime hs_email_subject hs_email_direction hs_email_status hubspot_owner_id:owner",
    "meetings": "hs_timestamp:datetime hs_meeting_title hs_meeting_outcome hs_meeting_start_time:datetime "
    "hs_meeting_end_time:datetime hs_meeting_location hs_activity_type hubspot_owner_id:owner",
    "tasks": "hs_timestamp:datetime hs_task_subject hs_task_body hs_task_status:enumeration hs_task_type "
    "hs_task_priority hs_task_completion_date:datetime hubspot_owner_id:owner",
    "notes": "hs_timestamp:datetime hs_note_body hubspot_owner_id:owner",
}
"""Properties of HubSpot's own: name, then the type unless it is text; ``!`` marks calculated ones."""

_OWN = {
    "contacts": (("preferred_language", "Preferred language", "string"), ("portal_user", "Portal user", "bool")),
    "companies": (("size_class", "Size class", "enumeration"), ("branch", "Branch", "string")),
    "deals": (
        ("procurement", "Procurement", "enumeration"),
        ("contract_months", "Contract months", "number"),
        ("competitors", "Competitors", "enumeration"),
        ("fit_score", "Fit score", "number"),
        ("go_live_on", "Go-live", "date"),
        ("id", "Our id", "string"),
        ("archived", 'Filed "away"', "string"),
        ("proposta__r", "Valor da proposta (R$)", "number"),
    ),
    "tickets": (("satisfaction", "Satisfaction", "number"), ("promised_until", "Promised until", "datetime")),
    "leads": (("form", "Form", "string"), ("interest", "Product of interest", "string"), ("score", "Score", "number")),
    "goal_targets": (("metric", "Metric", "string"), ("scope_name", "Scope", "string")),
}
"""Properties of the account's own; two of the deals are called like columns that every record has."""


def fields_of(kind: ObjectType, created_ms: int) -> list[Field]:
    """Return the properties of a kind of record as they are when the account is new."""
    stamps = [
        Field("hs_object_id", "Record ID", "number", calculated=True),
        Field(kind.created, "Create Date", "datetime"),
        Field(kind.modified, "Last Modified Date", "datetime", calculated=True),
        Field("hs_merged_object_ids", "Merged object IDs", "enumeration", calculated=True),
    ]
    found = [*stamps, *(_standard(text) for text in _STANDARD[kind.name].split())]
    for name, label, type_ in _OWN.get(kind.name, ()):
        found.append(Field(name, label, type_, custom=True, options=_options(name)))
    dated = {field.name: field for field in found}
    return [_dated(field, created_ms) for field in dated.values()]


def all_fields(created_ms: int) -> dict[str, list[Field]]:
    """Return the properties of every kind of record."""
    return {kind.name: fields_of(kind, created_ms) for kind in OBJECT_TYPES}


def _dated(field: Field, created_ms: int) -> Field:
    return Field(
        field.name, field.label, field.type, field.custom, field.options, field.calculated, created_ms, created_ms,
        field.refers_to,
    )  # fmt: skip


def _standard(text: str) -> Field:
    name, _, type_ = text.partition(":")
    label = name.removeprefix("hs_").replace("_", " ").capitalize()
    if type_ == "owner":
        return Field(name, "Owner", "enumeration", refers_to="owners")
    kind = type_.rstrip("!") or "string"
    return Field(name, label, kind, options=_options(name), calculated=type_.endswith("!"))


def _options(name: str) -> tuple[Option, ...]:
    return tuple(Option(value, label) for value, label in _ENUMERATIONS.get(name, ()))
