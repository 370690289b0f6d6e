"""What the reference pages say and no schema can: good bodies pass, each single slip is said."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.google.reference import data_faults, reference_faults
from tests.google.samples import CHANGES, COLUMN, METADATA, RANGE, requests


@pytest.mark.parametrize("name", requests())
def test_good_requests_pass(name: str) -> None:
    assert reference_faults(requests()[name][2]) == []


def chart(**spec: Any) -> dict[str, Any]:
    return {"requests": [{"addChart": {"chart": {"spec": spec}}}]}


def metadata(**changes: Any) -> dict[str, Any]:
    made = {name: value for name, value in {**METADATA, **changes}.items() if value is not None}
    return {"requests": [{"createDeveloperMetadata": {"developerMetadata": made}}]}


def grid(**changes: Any) -> dict[str, Any]:
    made = {name: value for name, value in {**RANGE, **changes}.items() if value is not None}
    return {"requests": [{"mergeCells": {"range": made, "mergeType": "MERGE_ALL"}}]}


def basic(**changes: Any) -> dict[str, Any]:
    spec = deepcopy(CHANGES["basic chart"][1]["chart"]["spec"])
    spec["basicChart"] |= changes
    return chart(**spec)


WIDE = {"sourceRange": {"sources": [{**RANGE, "endColumnIndex": 4}]}}
TWO = {"sourceRange": {"sources": [RANGE, RANGE]}}
ROWS = {"sheetId": 7, "dimension": "ROWS", "startIndex": 2, "endIndex": 5}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (chart(title="none"), "needs one kind"),
        (chart(pieChart={"domain": COLUMN, "series": COLUMN}, basicChart={}), "needs one kind"),
        (chart(pieChart={"domain": COLUMN}), "a pie needs"),
        (chart(pieChart={"domain": COLUMN, "series": WIDE}), "wider than one"),
        (basic(series=[]), "domains and series"),
        (basic(domains=[]), "domains and series"),
        (basic(series=[{"series": TWO}]), "different numbers of sources"),
        (grid(endRowIndex=0), "ends before it begins"),
        (grid(startColumnIndex=5), "ends before it begins"),
        (grid(sheetId=None), "which sheet"),
        (metadata(metadataKey=None), "without metadataKey"),
        (metadata(visibility=None), "without visibility"),
        (metadata(location=None), "without location"),
        (metadata(location={"sheetId": 1, "spreadsheet": True}), "one place"),
        (metadata(location={"dimensionRange": ROWS}), "more than one row"),
        ({"requests": [{"deleteDimension": {"range": {**ROWS, "dimension": None}}}]}, "rows or columns"),
        ({"requests": [{"deleteDimension": {"range": {**ROWS, "endIndex": 2}}}]}, "ends before"),
        ({"requests": [{}] * 100_001}, "100001 requests"),
        ({"requests": [{"addConditionalFormatRule": {"rule": {"ranges": [RANGE]}}}]}, "boolean rule or a gradient"),
        ({"rows": [{"values": [{"userEnteredValue": {"stringValue": "x" * 50_001}}]}]}, "50000 characters"),
    ],
)
def test_a_slip_is_said(body: Any, said: str) -> None:
    assert said in "\n".join(reference_faults(body))


def test_data_that_would_be_read_like_typing_is_said() -> None:
    assert data_faults({"rows": [{"values": [{"userEnteredValue": {"stringValue": "=1"}}]}]}) == []
    assert data_faults({"valueInputOption": "RAW", "data": [{"values": [["=1"]]}]}) == []
    assert data_faults({"rows": [{"values": [{"userEnteredValue": {"formulaValue": "=1"}}]}]})
    assert data_faults({"valueInputOption": "USER_ENTERED", "data": []})
    assert data_faults({"requests": [{"pasteData": {}}]})
