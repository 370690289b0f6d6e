"""An account with far more properties of its own than a table has columns: all are read, the fullest get a column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.actions.mapping import remembered_mapping
from connector.normalise.hubspot.default_mapping import MOST_CUSTOM
from connector.sandbox.crm.fields import Field
from connector.sandbox.hubspot.service import LONGEST_TARGET
from tests.actions.test_sync import Office

pytestmark = pytest.mark.conformance  # two thousand columns take half a minute

MANY = 2000
NAMES = [f"campaign_answer_{number:04}" for number in range(MANY)]


@pytest.fixture
def wide(tmp_path: Path) -> Iterator[Office]:
    """An account with 2,000 properties of contacts: one contact fills all, six more the last hundred."""
    office = Office(tmp_path)
    for name in NAMES:
        office.crm.add_field("contacts", Field(name, f"Answer {name[-4:]}", custom=True))
    contacts = [record.id for record in office.crm.shelf("contacts").live()]
    office.crm.edit_many("contacts", {each: dict.fromkeys(NAMES, f"by {each}") for each in contacts[:1]})
    office.crm.edit_many("contacts", {each: dict.fromkeys(NAMES[-100:], f"by {each}") for each in contacts[1:7]})
    office.connect()
    try:
        yield office
    finally:
        office.close()


def columns_of(office: Office) -> set[str]:
    rows = office.rows("SELECT DISTINCT unnest(map_keys(custom)) FROM contact", "contact")
    return {name for (name,) in rows if name.startswith("campaign_answer")}


def test_all_are_read_the_fullest_get_columns_and_the_rest_is_said(wide: Office) -> None:
    assert len("&".join(NAMES)) > LONGEST_TARGET, "the names do not go into one address"
    done = wide.sync()
    assert (done.partial, done.published, done.rejected) == (False, True, 0)
    assert columns_of(wide) == {*NAMES[-100:], *NAMES[: MOST_CUSTOM - 100]}
    left_out = {one.name for one in wide.crm.fields["contacts"].all() if one.custom} - columns_of(wide)
    (note,) = [note for note in done.notes if note.startswith("contacts")]
    assert f"{len(left_out):,} custom properties are kept but have no column" in note
    assert f"'{NAMES[MOST_CUSTOM - 100]}'" in note
    assert "mapping show -w acme --connection hubspot" in note
    text = remembered_mapping(wide.store, "acme", "hubspot")
    remarks = {name.strip(" #,\n") for line in text.splitlines() if line.startswith("#  ") for name in line.split(", ")}
    assert remarks == left_out


def test_a_column_is_never_pushed_out_by_one_that_fills_later(wide: Office) -> None:
    wide.sync()
    before = columns_of(wide)
    late = NAMES[1000]
    assert late not in before
    wide.clock.forward(hours=2)
    contacts = [record.id for record in wide.crm.shelf("contacts").live()]
    wide.crm.edit_many("contacts", {each: {late: "now"} for each in contacts})
    assert wide.sync().published
    assert columns_of(wide) == before
