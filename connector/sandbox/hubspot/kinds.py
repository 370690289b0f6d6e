"""The kinds of record that the stand-in of HubSpot has: names, type ids, stamps, scopes and links between them."""

from __future__ import annotations

from dataclasses import dataclass

from connector.sandbox.crm.links import LinkType
from connector.sandbox.crm.record import Kind


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One kind of record as HubSpot calls it. ``scope`` lets an app read it."""

    name: str
    singular: str
    type_id: str
    scope: str
    title: str = ""
    created: str = "hs_createdate"
    modified: str = "hs_lastmodifieddate"
    pipeline: str = ""
    """Property that holds the stage, where records walk through a pipeline."""
    former_scope: str = ""
    """A second scope that opens the records as well, as the contract lists it."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of which any opens the records."""
        return (self.scope, self.former_scope) if self.former_scope else (self.scope,)


OBJECT_TYPES = (
    ObjectType(
        "contacts", "contact", "0-1", "crm.objects.contacts.read", "firstname", "createdate", "lastmodifieddate"
    ),
    ObjectType("companies", "company", "0-2", "crm.objects.companies.read", "name", "createdate"),
    ObjectType("deals", "deal", "0-3", "crm.objects.deals.read", "dealname", "createdate", pipeline="dealstage"),
    ObjectType("tickets", "ticket", "0-5", "tickets", "subject", "createdate", pipeline="hs_pipeline_stage"),
    ObjectType("leads", "lead", "0-136", "crm.objects.leads.read", "hs_lead_name", pipeline="hs_pipeline_stage"),
    ObjectType(
        "products", "product", "0-7", "crm.objects.products.read", "name", "createdate", former_scope="e-commerce"
    ),
    ObjectType("line_items", "line_item", "0-8", "crm.objects.line_items.read", "name", "createdate"),
    ObjectType("quotes", "quote", "0-14", "crm.objects.quotes.read", "hs_title"),
    ObjectType("feedback_submissions", "feedback_submission", "0-19", "crm.objects.feedback_submissions.read"),
    ObjectType("goal_targets", "goal_target", "0-74", "crm.objects.goals.read", "hs_goal_name"),
    ObjectType("calls", "call", "0-48", "crm.objects.contacts.read", "hs_call_title"),
    ObjectType("emails", "email", "0-49", "crm.objects.contacts.read", "hs_email_subject"),
    ObjectType("meetings", "meeting_event", "0-47", "crm.objects.contacts.read", "hs_meeting_title"),
    ObjectType("tasks", "task", "0-27", "crm.objects.contacts.read", "hs_task_subject"),
    ObjectType("notes", "note", "0-46", "crm.objects.contacts.read", "hs_note_body"),
)
BY_NAME = {kind.name: kind for kind in OBJECT_TYPES}
ALIASES = (
    {kind.name: kind for kind in OBJECT_TYPES}
    | {kind.singular: kind for kind in OBJECT_TYPES}
    | {kind.type_id: kind for kind in OBJECT_TYPES}
    | {"meeting": BY_NAME["meetings"], "goal_target": BY_NAME["goal_targets"]}
)
"""Everything that HubSpot accepts in place of an object type: plural, singular, type id."""
CAMPAIGNS, LISTS = "campaigns", "lists"
"""Kinds that have paths of their own."""
SCOPES = frozenset(
    {scope for kind in OBJECT_TYPES for scope in kind.scopes}
    | {
        "oauth", "crm.objects.owners.read", "crm.lists.read", "marketing.campaigns.read", "crm.schemas.custom.read",
        "settings.currencies.read", "multi-currency-read", "settings.users.teams.read", "account-info.security.read",
        "sales-email-read",
    }
)  # fmt: skip
"""Every scope that the sandbox knows; a token has them all unless it is told otherwise."""


def crm_kinds() -> list[Kind]:
    """Return the kinds for the CRM. Ids cross from nine to ten digits and more, so that text does not sort them."""
    kinds = [
        Kind(
            kind.name,
            identity="hs_object_id",
            created=kind.created,
            modified=kind.modified,
            merged="hs_merged_object_ids",
            first_id=(99_999_997_000 if place % 2 else 999_997_000) + place * 11,
        )
        for place, kind in enumerate(OBJECT_TYPES)
    ]
    return [*kinds, Kind(CAMPAIGNS), Kind(LISTS, first_id=2)]


def _both(from_number: int, to_number: int) -> LinkType:
    return LinkType(from_number, to_number)


DEFAULT_LINKS = {
    ("deals", "contacts"): _both(3, 4),
    ("deals", "companies"): _both(341, 342),
    ("contacts", "companies"): _both(279, 280),
    ("tickets", "contacts"): _both(16, 15),
    ("tickets", "companies"): _both(339, 340),
    ("deals", "line_items"): _both(19, 20),
    ("quotes", "deals"): _both(64, 63),
    ("quotes", "line_items"): _both(67, 68),
    ("quotes", "contacts"): _both(69, 70),
    ("quotes", "companies"): _both(71, 72),
    ("leads", "contacts"): _both(608, 609),
    ("leads", "companies"): _both(610, 611),
    ("leads", "deals"): _both(583, 584),
    ("calls", "contacts"): _both(194, 193),
    ("calls", "companies"): _both(182, 181),
    ("calls", "deals"): _both(206, 205),
    ("calls", "leads"): _both(596, 597),
    ("emails", "contacts"): _both(198, 197),
    ("emails", "companies"): _both(186, 185),
    ("emails", "deals"): _both(210, 209),
    ("emails", "leads"): _both(598, 599),
    ("meetings", "contacts"): _both(200, 199),
    ("meetings", "companies"): _both(188, 187),
    ("meetings", "deals"): _both(212, 211),
    ("meetings", "leads"): _both(600, 601),
    ("tasks", "contacts"): _both(204, 203),
    ("tasks", "companies"): _both(192, 191),
    ("tasks", "deals"): _both(216, 215),
    ("tasks", "leads"): _both(606, 607),
    ("notes", "contacts"): _both(202, 201),
    ("notes", "companies"): _both(190, 189),
    ("notes", "deals"): _both(214, 213),
    ("notes", "leads"): _both(854, 855),
    ("feedback_submissions", "contacts"): _both(98, 97),
    ("feedback_submissions", "tickets"): _both(99, 100),
    ("companies", "companies"): LinkType(14, 13, "Child Company", "Parent Company"),
}
"""Link without a label between two kinds: its type number from here and from there."""
PRIMARY = {
    ("deals", "companies"): LinkType(5, 6, "Primary"),
    ("contacts", "companies"): LinkType(1, 2, "Primary"),
    ("tickets", "companies"): LinkType(26, 25, "Primary"),
    ("leads", "contacts"): LinkType(578, 579, "Primary"),
}
"""The link to the main record at the other end."""
ROLES = {
    "Decision maker": LinkType(7, 8, "Decision maker", "Decision maker", custom=True),
    "Budget holder": LinkType(9, 10, "Budget holder", "Budget holder", custom=True),
    "Technical buyer": LinkType(11, 12, "Technical buyer", "Technical buyer", custom=True),
}
"""Labels of the account's own between deals and contacts."""


def default_link(kind: str, to_kind: str) -> LinkType:
    """Return the link without a label between two kinds, whichever way round it is asked for."""
    found = DEFAULT_LINKS.get((kind, to_kind))
    return found if found is not None else DEFAULT_LINKS[to_kind, kind].turned()
