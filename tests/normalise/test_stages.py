"""The order and kinds of stages, from the list of the mapping, from the source, or guessed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connector.normalise.mapping import FileMapping, Mapping, StageRule
from connector.normalise.stages import Stage, in_order, with_rules


def rules(*stages: StageRule) -> Mapping:
    return Mapping((FileMapping("x", ()),), stages=stages)


def order(stages: list[Stage]) -> list[str]:
    return [
        stage.id for stage in sorted(in_order(stages), key=lambda one: (one.position is None, one.position, one.id))
    ]


def test_without_a_list_the_source_decides_then_the_probability_then_the_name() -> None:
    assert order([Stage("b", position=2), Stage("a", position=9), Stage("c", position=0)]) == ["c", "b", "a"]
    assert order([Stage("x", probability=0.9), Stage("y", probability=0.1)]) == ["y", "x"]
    assert order([Stage("Negotiation"), Stage("Prospecting"), Stage("Won"), Stage("Proposal")]) == [
        "Prospecting", "Proposal", "Negotiation", "Won",
    ]  # fmt: skip


def test_the_list_goes_first_and_unlisted_stages_follow() -> None:
    mapping = rules(StageRule("Second"), StageRule("First", probability=0.5), StageRule("Done", kind="won"))
    found = with_rules(
        [Stage("First", name="First"), Stage("Extra", name="Extra"), Stage("Done", name="Done")], mapping, (), None
    )
    assert order(found) == ["Second", "First", "Extra", "Done"]
    assert {stage.id: stage.kind for stage in in_order(found)}["Done"] == "won"


def test_a_rule_for_the_pipeline_goes_before_one_for_any() -> None:
    mapping = rules(StageRule("New", probability=0.1), StageRule("New", probability=0.9, pipeline="B"))
    found = with_rules([Stage("A/New", "A", "New"), Stage("B/New", "B", "New")], mapping, ["A", "B"], None)
    assert {stage.id: stage.probability for stage in found} == {"A/New": 0.1, "B/New": 0.9}


@given(
    st.lists(
        st.builds(Stage, st.text(min_size=1, max_size=5), st.sampled_from([None, "P", "Q"])),
        unique_by=lambda one: one.id,
    )
)
def test_open_stages_are_numbered_from_one_whatever_their_order_of_arrival(stages: list[Stage]) -> None:
    found = in_order(stages)
    assert found == in_order(reversed(stages))
    for pipeline in (None, "P", "Q"):
        numbers = sorted(one.position for one in found if one.pipeline_id == pipeline and one.position is not None)
        assert numbers == list(range(1, len(numbers) + 1))
    assert all((one.position is None) == (one.kind != "open") for one in found)
