"""A ``$filter`` divided by who can answer it: the range of days, the conditions of the query, the finished rows.

Conditions on time become the range of the query where they can, so that each figure is taken on its own date. Other
conditions on dimensions narrow the records before they are counted, whether the dimension is shown or not. Conditions
on figures hold for finished rows. What is left (a computed condition on dimensions) holds for finished rows too where
all it names is shown, and is refused elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from connector.actions.odata_conditions import check_kinds, condition, value_test
from connector.actions.odata_feeds import FeedFields
from connector.actions.odata_terms import EVERYTHING, Terms, day_bounds
from connector.deliver.odata.model import FeedProperty
from connector.deliver.odata.syntax import Expression, Property, conjuncts, walk
from connector.errors import NotBuilt, QueryError, quote
from connector.metrics.definitions import Catalogue
from connector.metrics.dimension import TIME_AXES, band_label
from connector.model.filters import AllOf, Filter
from connector.model.period import EARLIEST, LATEST, Calendar, shift, start_of
from connector.model.query import Language
from connector.model.table import Cell

__all__ = ["Divided", "Range", "divide"]

Test = Callable[[Sequence[Cell]], bool]


@dataclass(frozen=True, slots=True)
class Range:
    """Days that conditions on time leave, both included; an open end is None."""

    first: date | None = None
    last: date | None = None

    def narrowed(self, first: date | None, last: date | None) -> Range:
        """Return the days that are also in another range."""
        lower = max((day for day in (self.first, first) if day is not None), default=None)
        upper = min((day for day in (self.last, last) if day is not None), default=None)
        return Range(lower, upper)

    @property
    def token(self) -> str | None:
        """The range as queries have it; None when it holds no day."""
        if self.first is None and self.last is None:
            return "all_time"
        first, last = max(self.first or EARLIEST, EARLIEST), min(self.last or LATEST, LATEST)
        return f"{first}..{last}" if first <= last else None


@dataclass(frozen=True, slots=True)
class Divided:
    """The parts of a filter. ``after`` are conditions on finished rows, ``is_empty`` that no row can pass."""

    days: Range = Range()
    before: Filter = EVERYTHING
    after: tuple[Expression, ...] = ()
    is_empty: bool = False

    @property
    def named_after(self) -> set[str]:
        """Properties that conditions on finished rows name."""
        return {part.name for tree in self.after for part in walk(tree) if isinstance(part, Property)}

    def tests(self, shown: Sequence[FeedProperty]) -> list[Test]:
        """Return the conditions on rows whose cells are in the order of ``shown``."""
        places = {each.id: (place, each.type) for place, each in enumerate(shown)}
        return [condition(tree, places) for tree in self.after]


def divide(
    tree: Expression | None, fields: FeedFields, shown: Iterable[str], catalogue: Catalogue, calendar: Calendar,
    language: Language,
) -> Divided:  # fmt: skip
    """Divide a filter for rows of the dimensions ``shown``. Raises QueryError and NotBuilt."""
    if tree is None:
        return Divided()
    _check(tree, fields)
    days, before, after = Range(), [], []
    for part in conjuncts(tree):
        named = {each.name for each in walk(part) if isinstance(each, Property)}
        if not named:
            if not condition(part, {})(()):
                return Divided(is_empty=True)
            continue
        found = _range(part, named, calendar)
        if found is not None:
            days = days.narrowed(*found)
            continue
        translated = _before(part, named, fields, catalogue, language)
        if translated is not None:
            before.append(translated)
            continue
        _check_shown(named, fields, set(shown))
        after.append(part)
    return Divided(days, AllOf(tuple(before)), tuple(after), days.token is None)


def _check(tree: Expression, fields: FeedFields) -> None:
    """Check names and kinds of everything before anything is computed."""
    for part in walk(tree):
        if isinstance(part, Property) and part.name not in fields.feed.properties:
            raise unknown_property(part.name, fields, "$filter")
        if isinstance(part, Property) and fields.feed.properties[part.name].role == "key":
            raise NotBuilt(
                "Rows cannot be filtered by row_id.", place="$filter", remedy="Filter by the dimensions of the row."
            )
    check_kinds(tree, {name: each.type for name, each in fields.feed.properties.items()})


def unknown_property(name: str, fields: FeedFields, place: str) -> QueryError:
    """Return the error for a property that an entity set lacks."""
    return QueryError(
        f"{fields.feed.name} has no property {quote(name)}.",
        place=place,
        remedy="The properties are listed in $metadata.",
    )


def _range(part: Expression, named: set[str], calendar: Calendar) -> tuple[date | None, date | None] | None:
    """Return the days that a condition on a time axis leaves, None where they are no range."""
    (name,) = named if len(named) == 1 else ("",)
    grain = TIME_AXES.get(name)
    found = day_bounds(part) if grain is not None else None
    if grain is None or found is None:
        return None
    first, last = found
    try:
        if first is not None and start_of(first, grain, calendar) != first:
            first = shift(start_of(first, grain, calendar), grain, 1)
        if last is not None:
            last = shift(start_of(last, grain, calendar), grain, 1) - timedelta(days=1)
    except (OverflowError, ValueError):
        return None
    return first, last


def _before(
    part: Expression, named: set[str], fields: FeedFields, catalogue: Catalogue, language: Language
) -> Filter | None:
    properties = fields.feed.properties
    if any(properties[name].role != "dimension" for name in named):
        return None
    labels = {name: _labels(fields.names[name], catalogue, language) for name in named}
    kinds = {fields.names[name]: properties[name].type for name in named}
    return Terms(fields.names, kinds, labels, value_test).filter(part)


def _labels(name: str, catalogue: Catalogue, language: Language) -> tuple[dict[str, str], bool]:
    """Return the keys of listed values and of bands with the labels that are shown, and whether there are no others."""
    dimension = catalogue.dimensions.get(name)
    if dimension is None:
        return {}, False
    if dimension.edges:
        bands = [band_label(band, dimension.edges) for band in range(len(dimension.edges) + 1)]
        return dict(zip(bands, bands, strict=True)), True
    return {key: texts[language] for key, texts in (dimension.values or {}).items()}, False


def _check_shown(named: set[str], fields: FeedFields, shown: set[str]) -> None:
    """A condition on finished rows must not need a dimension that they are not split by. Raises NotBuilt."""
    hidden = sorted(
        name for name in named if fields.feed.properties[name].role == "dimension" and name not in shown
    )  # fmt: skip
    if hidden:
        raise NotBuilt(
            f"This condition on {', '.join(map(quote, hidden))} needs rows that are split by it.",
            place="$filter",
            remedy="Add it to $select, or compare it with eq, ne, in, contains, startswith or endswith.",
        )
