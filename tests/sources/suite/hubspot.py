"""HubSpot in the shared suite: a small account with records of every kind, and how its source is opened."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import urllib3

from connector.actions.hubspot_system import HubspotNormaliser
from connector.http.client import Client, ClientOptions
from connector.http.clock import Clock
from connector.http.pool import VendorPool
from connector.http.redaction import Token
from connector.http.tokens import Grant, OAuthToken, StaticToken
from connector.http.wire import Timeouts
from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.people import ExchangeRate, Person, Pipeline, PipelineStage, Team
from connector.sandbox.crm.record import to_ms
from connector.sandbox.http.stand_in import StandIn
from connector.sandbox.hubspot.kinds import CAMPAIGNS, LISTS, OBJECT_TYPES, SCOPES, default_link
from connector.sandbox.hubspot.start import RunningHubspot, start_hubspot
from connector.sandbox.hubspot.tokens import CLIENT_ID, CLIENT_SECRET
from connector.sandbox.hubspot.world import empty_crm
from connector.sources.hubspot.catalogue import KINDS, LINKS
from connector.sources.hubspot.oauth import OAuthApp, TokenDesk
from connector.sources.hubspot.policy import hubspot_policy, route
from connector.sources.hubspot.source import HubspotOptions, open_hubspot
from connector.sources.hubspot.versions import DEFAULT_VERSION, find_version
from connector.sources.stream import Source
from tests.sources.suite.vendor import SPARE, START, Hands, Part, Vendor

LONG_AGO = START - timedelta(days=400)
OWNERS, RATES, LIST_ROWS = 104, 3, 252
HOSTS = frozenset({"127.0.0.1"})
APP = OAuthApp(CLIENT_ID, Token(CLIENT_SECRET))
REDIRECT = "http://localhost:1/callback"

VALUES = {
    "companies": {"name": "Company {n}", "domain": "c{n}.example", "country": "ES"},
    "contacts": {"firstname": "Ana", "lastname": "Nr {n}", "email": "ana{n}@a.example"},
    "deals": {
        "dealname": "Deal {n}",
        "amount": "{n}0",
        "dealstage": "open",
        "pipeline": "default",
        "closedate": "2026-12-01T00:00:00Z",
        "deal_currency_code": "USD",
    },
    "leads": {"hs_lead_name": "Lead {n}", "hs_pipeline": "leads", "hs_pipeline_stage": "lead-open"},
    "tickets": {"subject": "Ticket {n}", "hs_pipeline": "0", "hs_pipeline_stage": "1"},
    "products": {"name": "Product {n}", "price": "{n}", "hs_sku": "S{n}"},
    "line_items": {"name": "Line {n}", "quantity": "2", "price": "{n}", "amount": "{n}1"},
    "quotes": {"hs_title": "Quote {n}", "hs_quote_amount": "{n}"},
    "feedback_submissions": {
        "hs_survey_type": "NPS",
        "hs_value": "9",
        "hs_content": "Answer {n}",
        "hs_submission_timestamp": "2026-01-05T00:00:00Z",
    },
    "goal_targets": {
        "hs_goal_name": "Goal {n}",
        "hs_target_amount": "{n}00",
        "hs_start_datetime": "2026-01-01T00:00:00Z",
        "hs_end_datetime": "2026-04-01T00:00:00Z",
    },
    "calls": {"hs_call_title": "Call {n}", "hs_timestamp": "2026-01-05T00:00:00Z"},
    "emails": {"hs_email_subject": "Mail {n}", "hs_timestamp": "2026-01-05T00:00:00Z"},
    "meetings": {"hs_meeting_title": "Meeting {n}", "hs_timestamp": "2026-01-05T00:00:00Z"},
    "tasks": {"hs_task_subject": "Task {n}", "hs_timestamp": "2026-01-05T00:00:00Z"},
    "notes": {"hs_note_body": "Note {n}", "hs_timestamp": "2026-01-05T00:00:00Z"},
}
STAGES = {
    "deals": ("default", ("open", "won", "lost")),
    "tickets": ("0", ("1", "2", "3")),
    "leads": ("leads", ("lead-open", "lead-met", "lead-done")),
}


def fill(hands: Hands, count: int) -> Crm:
    """Return an account with ``count`` records of every kind, half as many where former values make pages shorter."""
    crm = empty_crm(hands)
    with crm.at(LONG_AGO):
        _account(crm)
        for kind in OBJECT_TYPES:
            crm.add_field(kind.name, Field(SPARE, "Spare", custom=True))
            histories = kind.name in KINDS and KINDS[kind.name].histories
            for number in range((count + 1) // 2 if histories else count):
                values = {name: text.format(n=number) for name, text in VALUES[kind.name].items()}
                owner = {"hubspot_owner_id": str(1 + number % 7)} if "hubspot_owner_id" in crm.fields[kind.name] else {}
                crm.create(kind.name, values | owner, at=LONG_AGO + timedelta(minutes=number))
        _links(crm)
    return crm


def _account(crm: Crm) -> None:
    then = to_ms(LONG_AGO)
    crm.teams = {str(n): Team(str(n), f"Team {n}") for n in (1, 2, 3)}
    crm.people = {
        str(n): Person(str(n), f"rep{n}@a.example", "Rep", str(n), 1000 + n, then, then, [str(1 + n % 3)], n % 9 == 0)
        for n in range(1, OWNERS + 1)
    }
    for kind, (pipeline, names) in STAGES.items():
        stages = [
            PipelineStage(name, name.title(), n, n > 0, n % 2 / 1 if kind == "deals" and n else None, then, then)
            for n, name in enumerate(names)
        ]
        crm.pipelines[kind] = {pipeline: Pipeline(pipeline, f"{kind.title()} pipeline", 0, stages, then, then)}
    crm.account.other_currencies = ("EUR",)
    crm.account.rates = [ExchangeRate(str(n), "EUR", f"1.{n}", then + n) for n in range(1, RATES + 1)]
    for number in range(OWNERS):
        crm.create(CAMPAIGNS, {"hs_name": f"Campaign {number}"}, record_id=f"c-{number}")
    for number in range(LIST_ROWS):
        told = {"name": f"List {number}", "size": "3", "processing_type": "MANUAL", "object_type_id": "0-1"}
        crm.create(LISTS, told)


def _links(crm: Crm) -> None:
    """Link two thirds of the parents of every stream of links: a child each, some two."""
    for link in LINKS:
        for child in link.children:
            with_default = _linkable(link.parent, child)
            parents, children = crm.shelf(link.parent).live(), crm.shelf(child).live()
            for place, parent in enumerate(parents if with_default else ()):
                for turn in range(place % 3):
                    to = children[(place * 2 + turn) % len(children)]
                    crm.links.add(link.parent, parent.id, child, to.id, default_link(link.parent, child))


def _linkable(kind: str, other: str) -> bool:
    try:
        default_link(kind, other)
    except KeyError:
        return False
    return True


def start(crm: Crm, scopes: Sequence[str] | None, faults: str) -> RunningHubspot:
    return start_hubspot(crm, scopes=scopes, faults=faults)


def open_source(running: StandIn, hands: Hands, by_oauth: bool) -> Source:
    """Return a source over the real client: its pauses take no time, its answers come from the stand-in."""
    ticks = itertools.count()
    clock = Clock(now=hands, monotonic=lambda: float(next(ticks)) / 100, sleep=lambda _seconds: None)
    options = ClientOptions(policy=hubspot_policy(), clock=clock, timeouts=Timeouts(connect=5, read=5, total=10))
    token = _allowed(running, options) if by_oauth else StaticToken(running.token)
    client = Client(HOSTS, token, None, options)
    return open_hubspot(HubspotOptions(base_url=running.url, clock=hands), VendorPool(client, route))


class _Kept:
    """A grant in memory."""

    def __init__(self, grant: Grant) -> None:
        self.grant = grant

    def load(self) -> Grant:
        return self.grant

    def save(self, grant: Grant) -> None:
        self.grant = grant

    @contextmanager
    def exchange_under_lock(self) -> Iterator[None]:
        yield


def _allowed(running: StandIn, options: ClientOptions) -> OAuthToken:
    """Go to the consent page, allow, and trade the code that comes back."""
    asked = {"client_id": CLIENT_ID, "redirect_uri": REDIRECT, "state": "s", "scope": " ".join(sorted(SCOPES))}
    with urllib3.PoolManager(timeout=5, retries=False) as browser:
        page = browser.request("GET", f"{running.url}/oauth/authorize?{urlencode(asked)}", redirect=False)
    code = parse_qs(urlsplit(page.headers["Location"]).query)["code"][0]
    desk = TokenDesk(Client(HOSTS, None, None, options), find_version(DEFAULT_VERSION), running.url, APP)
    return OAuthToken(_Kept(desk.exchange_code(code, REDIRECT)), desk.exchange_refresh, options.clock)


def lag(running: StandIn, seconds: float) -> None:
    assert isinstance(running, RunningHubspot)
    running.service.search.lag_ms = round(seconds * 1000)


PARTS = (
    Part("owners", "/crm/owners/"),
    Part("teams", "/crm/owners/"),
    Part("deal_pipelines", "/deals"),
    Part("ticket_pipelines", "/tickets"),
    Part("lead_pipelines", "/leads"),
    Part("currencies", "/settings/currencies/"),
    Part("campaigns", "/marketing/campaigns/"),
    Part("lists", "/crm/lists/"),
    *(Part(kind, f"/{kind}", kind) for kind in KINDS),
    *(Part(link.stream, f"/{link.parent}/", link.parent, link.children) for link in LINKS),
)

HUBSPOT = Vendor(
    name="hubspot",
    parts=PARTS,
    fill=fill,
    start=start,
    open=open_source,
    lag=lag,
    kind="deals",
    links="deal_associations",
    linked="contacts",
    scopes=tuple(sorted(SCOPES - {"crm.objects.quotes.read"})),
    optional="quotes",
    normaliser=HubspotNormaliser,
    page=200,
    wall="connector.sandbox.hubspot.search.WALL",
    core=frozenset({"owners", "deal_pipelines", "lists", "contacts", "deals", "tasks", "deal_associations"}),
    link=lambda crm, one, other: crm.links.add("deals", one, "contacts", other, default_link("deals", "contacts")),
)
