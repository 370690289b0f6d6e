"""A mapping against the columns of the files at hand."""

from __future__ import annotations

import pytest

from connector.errors import MappingError
from connector.normalise.mapping_check import check_mapping, unmapped_columns
from connector.normalise.mapping_reader import parse_mapping

MAPPING = parse_mapping("""
version: 1
files:
  - file: deals.csv
    where: [{column: Kind, equals: deal}]
    records:
      - entity: deal
        columns:
          id: Deal ID
          name: {columns: [Title, Subject]}
          closed_at: {text: "{Day} {Time}", when: [{column: State, equals: won}]}
  - file: plan.csv
    unpivot: {except: [Owner], name: month, value: amount}
    records:
      - entity: goal
        columns: {id: {text: "{Owner}/{month}"}, target_value: amount}
""")
COLUMNS = ["Kind", "Deal ID", "Title", "Day", "Time", "State"]


def test_files_that_hold_what_the_mapping_takes_pass() -> None:
    check_mapping(MAPPING, {"deals.csv": COLUMNS, "plan.csv": ["Owner", "Jan", "Feb"]})
    check_mapping(MAPPING, {"deals.csv": COLUMNS, "other.csv": ["x"]})
    check_mapping(MAPPING, {})


def test_every_missing_column_is_listed_with_the_nearest_names() -> None:
    with pytest.raises(MappingError) as caught:
        check_mapping(MAPPING, {"deals.csv": ["kind", "Deal Id", "Day", "Hour"], "plan.csv": ["Who"]})
    found = str(caught.value)
    assert "line 5: deals.csv has no column 'Kind'; did you mean 'kind'?" in found
    assert "line 9: deals.csv has no column 'Deal ID'; did you mean 'Deal Id'?" in found
    assert "has none of the columns 'Title', 'Subject'" in found
    assert "has no column 'Time'" in found
    assert "has no column 'State'" in found
    assert "plan.csv has no column 'Owner'" in found


def test_a_wide_file_must_have_something_to_turn_and_room_for_the_names() -> None:
    with pytest.raises(MappingError, match="leaves no column"):
        check_mapping(MAPPING, {"plan.csv": ["Owner"]})
    clash = parse_mapping(
        "version: 1\nfiles:\n- file: plan.csv\n  unpivot: {columns: [Jan], name: Owner, value: amount}\n"
        "  records: [{entity: goal, columns: {target_value: amount}}]\n"
    )
    with pytest.raises(MappingError, match=r"which plan\.csv has already"):
        check_mapping(clash, {"plan.csv": ["Owner", "Jan"]})


def test_files_none_of_which_is_named_are_refused() -> None:
    with pytest.raises(MappingError, match="none of the files is named in the mapping"):
        check_mapping(MAPPING, {"Deals (1).csv": COLUMNS})


def test_only_columns_that_nothing_uses_are_new() -> None:
    found = unmapped_columns(
        MAPPING, {"deals.csv": [*COLUMNS, "Subject", "Region"], "plan.csv": ["Owner", "Jan"], "new.csv": ["a"]}
    )
    assert found == {"deals.csv": ("Region",), "new.csv": ("a",)}
