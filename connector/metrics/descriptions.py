"""What metrics and dimensions mean, in the reader's language: what is counted, and on which date it stands.

The first sentence is written by hand (``looker_schemas/descriptions/``). The second one follows from the formula: it
names the column that places the metric's rows in time, so it cannot say another date than the one that is used.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from connector.errors import Bug
from connector.metrics.definitions import FOLDER, MetricDefinition, load_catalogue, read_yaml
from connector.metrics.plan import GroupKey, make_plan
from connector.metrics.syntax import ColumnRef
from connector.model.query import Language

_WHEN: Final = "when"
"""Key of a description whose date the formula does not tell, because it depends on a parameter."""
_COMPUTED: Final = {"deal": "deal.expected", "service_case": "service_case.ended"}
"""Entity to what an anchor that is computed from several of its columns means."""
_STANDING: Final = ("sum_except_time", "ratio", "share")


@cache
def _texts(name: str) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = read_yaml(FOLDER / "descriptions" / f"{name}.yaml")
    return texts


def describe_metric(name: str, language: Language) -> str:
    """Return what a metric counts and on which date it stands; empty for one that has no description."""
    text = _texts("metrics").get(name)
    if text is None:
        return ""
    moment = text.get(_WHEN) or moment_of(load_catalogue().metrics[name])
    return f"{text[language]} {_texts('moments')[moment][language]}" if moment else text[language]


def describe_dimension(name: str, language: Language) -> str:
    """Return what the values of a dimension are; empty for one that has no description."""
    text = _texts("dimensions").get(name)
    return "" if text is None else text[language]


@cache
def _moment_of(name: str) -> str:
    definition = load_catalogue().metrics[name]
    if definition.category == "goals":
        return "goal"
    groups = make_plan((name,), load_catalogue(), compare=False).groups
    return _moment(definition, list(groups))


def moment_of(metric: MetricDefinition) -> str:
    """Return the key of ``moments.yaml`` for a metric of the catalogue; empty where its description says the date."""
    found = _moment_of(metric.id)
    if found and found not in _texts("moments"):
        raise Bug(f"no words for the date {found} of {metric.id}", place="looker_schemas/descriptions/moments.yaml")
    return found


def _moment(metric: MetricDefinition, groups: list[GroupKey]) -> str:
    entities = {key.entity for key in groups}
    if "forecast_snapshot" in entities:
        return ""
    if entities == {"deal_move"}:
        return "between"
    if entities == {"dq_result"}:
        return "check"
    anchors = {_anchor(key) for key in groups if key.anchor is not None}
    if anchors == {"deal.closed_at", "deal.expected"}:
        return "deal.forecast"
    is_standing = any(key.stock for key in groups)
    if not anchors:
        return ("stock" if is_standing else "now") if metric.aggregation in _STANDING else ""
    return "mixed" if len(anchors) > 1 or is_standing else anchors.pop()


def _anchor(key: GroupKey) -> str:
    if isinstance(key.anchor, ColumnRef):
        return f"{key.anchor.entity}.{key.anchor.column}"
    return _COMPUTED[key.entity]
