"""The entity sets of a workspace's OData feed: one for each report type, with the field ids of Looker Studio."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from connector.actions.looker_fields import OWN_KINDS, Personal, Source, described, source_fields
from connector.deliver.looker.fields import Field
from connector.deliver.odata.model import KEY, MOST_LETTERS, EdmType, Feed, FeedProperty, Sums
from connector.errors import UnknownName, quote
from connector.metrics.definitions import Catalogue, MetricDefinition, load_catalogue
from connector.metrics.evaluation import Reader
from connector.metrics.parts import DENOMINATOR, NUMERATOR
from connector.metrics.report_types import ReportType, load_report_types
from connector.metrics.syntax import Aggregate, Binary, MetricRef, Negation, Node
from connector.model.messages import told
from connector.model.query import Language
from connector.model.workspace import Profile

_MONEY: Final[EdmType] = "Edm.Decimal"
_UNITS: Final[dict[str, EdmType]] = {
    "money": _MONEY, "number": _MONEY, "by_goal": _MONEY, "date": "Edm.Date", "instant": "Edm.DateTimeOffset",
    "text": "Edm.String",
}  # fmt: skip
"""Units of metrics to types; counts that can only be whole are Edm.Int64, others are Edm.Double."""
_KINDS: Final[dict[str, EdmType]] = {
    "date": "Edm.Date", "period": "Edm.Date", "integer": "Edm.Int32", "boolean": "Edm.Boolean"
}  # fmt: skip
_SERVICE: Final[dict[str, EdmType]] = {
    "puente_data_through": "Edm.DateTimeOffset", "puente_data_status": "Edm.String",
    "puente_rows_rejected": "Edm.Int64", "puente_rows_without_rate": "Edm.Int64",
}  # fmt: skip
_SUMS_TEXT: Final[dict[Sums, str]] = {
    "always": "May be summed.",
    "not_over_time": "May be summed, but not over dates.",
    "never": "Exact for its own row; do not sum or average it.",
}
USUAL_METRICS: Final[dict[str, tuple[str, ...]]] = {
    "sales": (
        "total_sales", "deals_won", "deals_lost", "deals_created", "deals_created_value", "lost_value", "new_revenue",
    ),
    "pipeline": ("pipeline_value", "weighted_pipeline", "open_opportunities", "deals_overdue"),
    "leads": ("new_leads", "qualified_leads", "disqualified_leads", "mql_count", "sql_count", "new_contacts"),
    "activities": ("activities_done", "calls_made", "meetings_held", "emails_sent", "tasks_done", "visits_made"),
    "service": ("cases_opened", "cases_handled", "cases_closed_same_day", "answers_given"),
    "marketing": ("web_visits", "page_views", "new_web_users", "campaign_responses", "emails_delivered"),
    "goals": ("goal_attainment",),
    "customers": ("new_customers", "churned_customers", "deals_won", "total_sales", "client_interactions"),
    "data_quality": ("field_fill_rate", "missing_fields"),
    "everything": ("total_sales", "deals_won", "deals_lost", "deals_created", "new_leads", "activities_done"),
}  # fmt: skip
"""Report type to the figures of rows without a ``$select``, beside its usual dimension; those it cannot split are left
out."""


@dataclass(frozen=True, slots=True)
class FeedChoice:
    """How a feed is read: language of labels and values, currency and zone (empty: the workspace's), personal ones."""

    language: Language
    currency: str = ""
    time_zone: str = ""
    personal: Personal = "show"


@dataclass(frozen=True, slots=True)
class FeedFields:
    """A feed with what stands behind its properties, by property id: the field of the source."""

    feed: Feed
    type: ReportType
    names: dict[str, str]
    """Property id to the id of the metric, or the name queries know the dimension by."""
    parts: dict[str, MetricDefinition]


def feed_titles(language: Language) -> list[Feed]:
    """Return every entity set with its label, without properties."""
    return [
        Feed(kind.id, kind.labels[language], kind.descriptions[language], {}) for kind in load_report_types().values()
    ]


def feeds(reader: Reader, choice: FeedChoice) -> list[Feed]:
    """Return every entity set of a workspace, described in full."""
    return [_feed(kind, reader.profile, choice, full=True).feed for kind in load_report_types().values()]


def feed_fields(name: str, profile: Profile, choice: FeedChoice) -> FeedFields:
    """Return one entity set, without descriptions. Raises UnknownName."""
    kinds = load_report_types()
    if name not in kinds:
        raise UnknownName(
            f"There is no entity set {quote(name)}.", place=quote(name), remedy=f"There are {', '.join(kinds)}."
        )
    return _feed(kinds[name], profile, choice, full=False)


def _feed(kind: ReportType, profile: Profile, choice: FeedChoice, *, full: bool) -> FeedFields:
    currency = choice.currency or profile.currency
    source = Source(kind, choice.language, currency, choice.time_zone or profile.time_zone, choice.personal)
    catalogue = load_catalogue()
    known = source_fields(source, catalogue, profile)
    own = {
        name: OWN_KINDS.get(column.kind, "text") for name, column in zip(known.columns, profile.custom, strict=False)
    }
    properties = {KEY: _key(choice.language)}
    names: dict[str, str] = {}
    for field in known.fields.values():
        shown = described(field, choice.language) if full else field
        found = _property(shown, catalogue, own.get(field.id, ""), currency, choice.language)
        properties[found.id] = found
        names[found.id] = known.columns.get(field.id, field.id)
    feed = Feed(kind.id, kind.labels[choice.language], kind.descriptions[choice.language], properties)
    return FeedFields(feed, kind, names, known.parts)


def _key(language: Language) -> FeedProperty:
    text = "Tells rows of one answer apart: a checksum of their dimensions. It can be left out."
    return FeedProperty(KEY, "Edm.String", "key", "row_id", told(text, language))


def _property(field: Field, catalogue: Catalogue, own: str, currency: str, language: Language) -> FeedProperty:
    if field.id in _SERVICE:
        return FeedProperty(field.id, _SERVICE[field.id], "service", field.label, field.description)
    if field.concept == "DIMENSION":
        kind = own or _dimension_kind(field.id, catalogue)
        text = " ".join(filter(None, (field.description, _time_text(field.id, kind, language))))
        return FeedProperty(property_id(field.id), _KINDS.get(kind, "Edm.String"), "dimension", field.label, text)
    sums = _sums(field, catalogue)
    text = " ".join(filter(None, (field.description, told(_SUMS_TEXT[sums], language))))
    kind, money = _figure(field.id, catalogue)
    return FeedProperty(field.id, kind, "metric", field.label, text, sums, currency if money else "")


def property_id(field_id: str) -> str:
    """Return the id of a field as a name that CSDL allows: one that is too long ends in a checksum."""
    if len(field_id) <= MOST_LETTERS:
        return field_id
    return f"{field_id[: MOST_LETTERS - 17]}_{blake2b(field_id.encode(), digest_size=8).hexdigest()}"


def _dimension_kind(name: str, catalogue: Catalogue) -> str:
    each = catalogue.dimensions[name]
    return "text" if each.edges or each.type == "band" else each.type


def _time_text(name: str, kind: str, language: Language) -> str:
    if kind == "period":
        return told("The first day of the period.", language)
    return told("1 is Monday, 7 is Sunday.", language) if name == "day_of_week" else ""


def _sums(field: Field, catalogue: Catalogue) -> Sums:
    if field.adds_up:
        return "always"
    kind = catalogue.metrics[field.id].aggregation
    return "not_over_time" if kind in ("sum_except_time", "sum_two_dates") else "never"


def _figure(name: str, catalogue: Catalogue) -> tuple[EdmType, bool]:
    """Return the type of a figure, and whether it is an amount in the report's currency."""
    if name.endswith((NUMERATOR, DENOMINATOR)):
        return _MONEY, False
    each = catalogue.metrics[name]
    if each.unit == "count":
        return ("Edm.Int64" if _is_whole(each.formula, catalogue) else "Edm.Double"), False
    return _UNITS.get(each.unit, "Edm.Double"), each.unit == "money"


def _is_whole(node: Node, catalogue: Catalogue) -> bool:
    """Whether a figure can only be a whole number: counts, added and subtracted."""
    if isinstance(node, Aggregate):
        return node.function == "COUNT"
    if isinstance(node, Binary) and node.op in ("+", "-"):
        return _is_whole(node.left, catalogue) and _is_whole(node.right, catalogue)
    if isinstance(node, MetricRef) and not node.by_parameter:
        meant = catalogue.metrics.get(node.metric)
        return meant is not None and _is_whole(meant.formula, catalogue)
    return isinstance(node, Negation) and node.op == "-" and _is_whole(node.part, catalogue)
