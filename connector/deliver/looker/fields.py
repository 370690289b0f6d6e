"""Fields of the data source as the community connector contract has them.

Shapes are those of ``getSchema`` and of the ``schema`` of ``getData``: ``name, label, dataType, semantics`` with
``conceptType``, ``semanticType`` and, for metrics only, ``isReaggregatable``; what is not set is absent.
https://developers.google.com/data-studio/connector/reference#field
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from connector.model.table import Unit

SemanticType = str
"""A FieldType of Data Studio: TEXT, NUMBER, PERCENT, YEAR_MONTH_DAY, CURRENCY_EUR ..."""

TIME_TYPES: Final[dict[str, SemanticType]] = {
    "date": "YEAR_MONTH_DAY", "week": "YEAR_WEEK", "month": "YEAR_MONTH", "quarter": "YEAR_QUARTER", "year": "YEAR",
    "hour_of_day": "HOUR", "day_of_week": "DAY_OF_WEEK",
}  # fmt: skip
"""Time dimensions to how their values are written."""
_CURRENCIES: Final = """
AED ALL ARS AUD BDT BGN BOB BRL CAD CDF CHF CLP CNY COP CRC CZK DKK DOP EGP ETB EUR GBP HKD HRK HUF IDR ILS INR IRR ISK
JMD JPY KRW LKR LTL MNT MVR MXN MYR NGN NOK NZD PAB PEN PHP PKR PLN RON RSD RUB SAR SEK SGD THB TRY TWD TZS UAH USD UYU
VEF VND YER ZAR
"""
CURRENCIES: Final = frozenset(_CURRENCIES.split())
"""Currencies that have a field type of their own; another currency's amounts are plain numbers."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``formula`` fields are computed by Looker Studio from other fields and have no values of ours."""

    id: str
    label: str
    concept: Literal["DIMENSION", "METRIC"]
    type: SemanticType
    group: str = ""
    description: str = ""
    adds_up: bool = False
    """A metric that Looker Studio may sum over groups and days; any other must be taken as delivered."""
    formula: str = ""
    is_hidden: bool = False
    is_default: bool = False

    @property
    def data_type(self) -> Literal["STRING", "NUMBER", "BOOLEAN"]:
        """DURATION is a STRING, as Google's own builders give it."""
        if self.type == "BOOLEAN":
            return "BOOLEAN"
        numeric = self.type in ("NUMBER", "PERCENT") or self.type.startswith("CURRENCY_")
        return "NUMBER" if numeric else "STRING"

    def to_json(self) -> dict[str, Any]:
        """Return the field as JSON of the contract."""
        semantics: dict[str, Any] = {"conceptType": self.concept, "semanticType": self.type}
        if self.concept == "METRIC":
            semantics["isReaggregatable"] = self.adds_up
        body: dict[str, Any] = {
            "name": self.id, "label": self.label, "dataType": self.data_type, "semantics": semantics
        }  # fmt: skip
        body |= {"description": self.description} if self.description else {}
        body |= {"group": self.group} if self.group else {}
        body |= {"defaultAggregationType": "SUM"} if self.adds_up else {}
        body |= {"formula": self.formula} if self.formula else {}
        body |= {"isHidden": True} if self.is_hidden else {}
        body |= {"isDefault": True} if self.is_default else {}
        return body


def metric_type(unit: Unit, currency: str) -> SemanticType:
    """Return the field type of a metric's figures."""
    if unit == "money":
        return f"CURRENCY_{currency}" if currency in CURRENCIES else "NUMBER"
    if unit in ("date", "instant"):
        return "YEAR_MONTH_DAY" if unit == "date" else "YEAR_MONTH_DAY_SECOND"
    return {"percent": "PERCENT", "duration_s": "DURATION", "text": "TEXT"}.get(unit, "NUMBER")


def dimension_type(identity: str, kind: str) -> SemanticType:
    """Return the field type of a dimension; ``kind`` is its type in ``looker_schemas/dimensions.yaml``."""
    if identity in TIME_TYPES:
        return TIME_TYPES[identity]
    return {"date": "YEAR_MONTH_DAY", "boolean": "BOOLEAN", "integer": "NUMBER"}.get(kind, "TEXT")
