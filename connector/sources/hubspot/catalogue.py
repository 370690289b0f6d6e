"""What is read of a HubSpot account: one row of a table per stream, with the scopes it needs.

Scopes are those that the specification names for the paths used (contracts ``2026-03``); where it names several of
which one is enough, the narrowest.
"""

from __future__ import annotations

from dataclasses import dataclass

from connector.sources.stream import Stream

OWNERS = ("crm.objects.owners.read",)


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """A kind of CRM record that is listed, searched and read in batches.

    ``cursor`` is the property that search filters changes by; ``histories`` are the properties whose former values
    are asked for; ``stage`` is the property that holds the pipeline stage, for the counts by stage of ``pipelines``.
    """

    stream: str
    label: str
    scopes: tuple[str, ...]
    cursor: str = "hs_lastmodifieddate"
    histories: tuple[str, ...] = ()
    stage: str = ""
    pipelines: str = ""
    optional: bool = False

    @property
    def object(self) -> str:
        """The word of the paths."""
        return self.stream


DEAL_HISTORIES = ("dealstage", "amount", "closedate", "hubspot_owner_id", "pipeline", "deal_currency_code")

OBJECTS = (
    ObjectKind("companies", "Companies", ("crm.objects.companies.read",)),
    ObjectKind("contacts", "Contacts", ("crm.objects.contacts.read",), cursor="lastmodifieddate"),
    ObjectKind("leads", "Leads", ("crm.objects.leads.read",), histories=("hs_pipeline_stage",), optional=True),
    ObjectKind(
        "deals",
        "Deals",
        ("crm.objects.deals.read",),
        histories=DEAL_HISTORIES,
        stage="dealstage",
        pipelines="deal_pipelines",
    ),
    ObjectKind("calls", "Calls", ("crm.objects.contacts.read",), optional=True),
    ObjectKind("emails", "E-mails", ("crm.objects.contacts.read", "sales-email-read"), optional=True),
    ObjectKind("meetings", "Meetings", ("crm.objects.contacts.read",), optional=True),
    ObjectKind("tasks", "Tasks", ("crm.objects.contacts.read",), optional=True),
    ObjectKind("notes", "Notes", ("crm.objects.contacts.read",), optional=True),
    ObjectKind("products", "Products", ("crm.objects.products.read",), optional=True),
    ObjectKind("line_items", "Line items", ("crm.objects.line_items.read",), optional=True),
    ObjectKind("quotes", "Quotes", ("crm.objects.quotes.read",), optional=True),
    ObjectKind(
        "tickets",
        "Tickets",
        ("tickets",),
        histories=("hs_pipeline_stage",),
        stage="hs_pipeline_stage",
        pipelines="ticket_pipelines",
        optional=True,
    ),
    ObjectKind(
        "feedback_submissions",
        "Feedback submissions",
        ("crm.objects.feedback_submissions.read",),
        optional=True,
    ),
    ObjectKind("goal_targets", "Goals", ("crm.objects.goals.read",), optional=True),
)


@dataclass(frozen=True, slots=True)
class LinkKind:
    """Which records those of ``parent`` are linked to; each child is a column of the stream."""

    stream: str
    label: str
    parent: str
    children: tuple[str, ...]


ACTIVITY_CHILDREN = ("contacts", "companies", "deals", "tickets", "leads")

LINKS = (
    LinkKind("contact_associations", "Companies of contacts", "contacts", ("companies",)),
    LinkKind("lead_associations", "Contacts and companies of leads", "leads", ("contacts", "companies", "deals")),
    LinkKind("deal_associations", "Contacts and companies of deals", "deals", ("contacts", "companies")),
    LinkKind("call_associations", "What calls belong to", "calls", ACTIVITY_CHILDREN),
    LinkKind("email_associations", "What e-mails belong to", "emails", ACTIVITY_CHILDREN),
    LinkKind("meeting_associations", "What meetings belong to", "meetings", ACTIVITY_CHILDREN),
    LinkKind("task_associations", "What tasks belong to", "tasks", ACTIVITY_CHILDREN),
    LinkKind("note_associations", "What notes belong to", "notes", ACTIVITY_CHILDREN),
    LinkKind("line_item_associations", "Deals and quotes of line items", "line_items", ("deals", "quotes")),
    LinkKind("quote_associations", "What quotes belong to", "quotes", ("deals", "contacts", "companies")),
    LinkKind("ticket_associations", "What tickets belong to", "tickets", ("contacts", "companies", "deals")),
    LinkKind(
        "feedback_submission_associations",
        "What feedback belongs to",
        "feedback_submissions",
        ("contacts", "companies", "deals", "tickets"),
    ),
)

KINDS = {kind.stream: kind for kind in OBJECTS}
LINKS_BY_STREAM = {link.stream: link for link in LINKS}

SNAPSHOTS = (
    Stream("owners", "Owners", snapshot=True),
    Stream("teams", "Teams", snapshot=True),
    Stream("deal_pipelines", "Deal pipelines and stages", snapshot=True),
    Stream("ticket_pipelines", "Ticket pipelines and stages", snapshot=True, optional=True),
    Stream("lead_pipelines", "Lead pipelines and stages", snapshot=True, optional=True),
    Stream("currencies", "Exchange rates", snapshot=True, optional=True),
    Stream("campaigns", "Campaigns", snapshot=True, optional=True),
    Stream("lists", "Lists", snapshot=True, optional=True),
)

SNAPSHOT_SCOPES: dict[str, tuple[str, ...]] = {
    "owners": OWNERS,
    "teams": OWNERS,
    "deal_pipelines": ("crm.objects.deals.read",),
    "ticket_pipelines": ("tickets",),
    "lead_pipelines": ("crm.objects.leads.read",),
    "currencies": ("settings.currencies.read",),
    "campaigns": ("marketing.campaigns.read",),
    "lists": ("crm.lists.read",),
}

PIPELINE_OBJECTS = {"deal_pipelines": "deals", "ticket_pipelines": "tickets", "lead_pipelines": "leads"}


def all_streams() -> tuple[Stream, ...]:
    """Return every stream, those that others need first."""
    objects = tuple(
        Stream(kind.stream, kind.label, after=(kind.pipelines,) if kind.pipelines else (), optional=kind.optional)
        for kind in OBJECTS
    )
    links = tuple(
        Stream(link.stream, link.label, after=(link.parent,), optional=KINDS[link.parent].optional) for link in LINKS
    )
    return SNAPSHOTS + objects + links


def scopes_of(stream: str) -> tuple[str, ...]:
    """Return the scopes that a token needs for a stream."""
    if stream in SNAPSHOT_SCOPES:
        return SNAPSHOT_SCOPES[stream]
    if stream in LINKS_BY_STREAM:
        link = LINKS_BY_STREAM[stream]
        return KINDS[link.parent].scopes
    return KINDS[stream].scopes


def needed_scopes(*, optional: bool = True) -> tuple[str, ...]:
    """Return the scopes of all streams, or only of those that no account may lack; in the order of the alphabet."""
    streams = [stream.name for stream in all_streams() if optional or not stream.optional]
    return tuple(sorted({scope for stream in streams for scope in scopes_of(stream)}))
