"""The text form of a filter: every operator, brackets, quoting, and a sentence for what cannot be read."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import QueryError
from connector.model.filter_text import DEEPEST, LONGEST, negated, parse_filter, parse_filters
from connector.model.filters import AllOf, AnyOf, Condition, Filter


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("owner = 'Ana Belén'", Condition("owner", "equals", ("Ana Belén",))),
        ("owner=Ana Belén", Condition("owner", "equals", ("Ana Belén",))),
        ("owner != Ana", Condition("owner", "equals", ("Ana",), exclude=True)),
        ("owner <> Ana", Condition("owner", "equals", ("Ana",), exclude=True)),
        ("amount>=-1000.5", Condition("amount", "greater_or_equal", ("-1000.5",))),
        ("amount <= 5", Condition("amount", "less_or_equal", ("5",))),
        ("amount > 5", Condition("amount", "greater", ("5",))),
        ("amount < 5", Condition("amount", "less", ("5",))),
        ("product in (GTX Pro, 'MG, new')", Condition("product", "in_list", ("GTX Pro", "MG, new"))),
        ("stage NOT IN (Won)", Condition("stage", "in_list", ("Won",), exclude=True)),
        ("amount between 1 and 9", Condition("amount", "between", ("1", "9"))),
        ("amount not between 1 and 9", Condition("amount", "between", ("1", "9"), exclude=True)),
        ("source is null", Condition("source", "is_null")),
        ("source IS NOT NULL", Condition("source", "is_null", exclude=True)),
        ("name contains 'it''s'", Condition("name", "contains", ("it's",))),
        ('name not contains "a ""b"""', Condition("name", "contains", ('a "b"',), exclude=True)),
        ("name starts_with A", Condition("name", "starts_with", ("A",))),
        ("name matches '^A.*(x|y)$'", Condition("name", "regexp_partial", ("^A.*(x|y)$",))),
        ("name matches_exactly A+", Condition("name", "regexp_exact", ("A+",))),
        ("deal.custom.list_price > 5", Condition("deal.custom.list_price", "greater", ("5",))),
        ("created_date:month = 2024-01-01", Condition("created_date:month", "equals", ("2024-01-01",))),
        ("city = 'R and D' ", Condition("city", "equals", ("R and D",))),
        ("city = ''", Condition("city", "equals", ("",))),
    ],
)
def test_each_operator_is_read(text: str, tree: Filter) -> None:
    assert parse_filter(text) == tree


A, B, C = (Condition(name, "equals", ("1",)) for name in "abc")
NOT_A, NOT_B = (Condition(name, "equals", ("1",), exclude=True) for name in "ab")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a=1 and b=1 or c=1", AnyOf((AllOf((A, B)), C))),
        ("a=1 AND (b=1 Or c=1)", AllOf((A, AnyOf((B, C))))),
        ("not a=1", NOT_A),
        ("not not a=1", A),
        ("not (a=1 and b=1)", AnyOf((NOT_A, NOT_B))),
        ("not (a=1 or b=1) and c=1", AllOf((AllOf((NOT_A, NOT_B)), C))),
        ("((a=1))", A),
    ],
)
def test_words_between_conditions_bind_as_usual(text: str, tree: Filter) -> None:
    assert parse_filter(text) == tree


def test_several_texts_all_have_to_hold() -> None:
    assert parse_filters(["a=1", "b=1 or c=1"]) == AllOf((A, AnyOf((B, C))))
    assert parse_filters(["a=1"]) == A
    assert parse_filters([]) == AllOf()


@pytest.mark.parametrize(
    ("text", "words", "character"),
    [
        ("", "The text ends where a dimension should come", 1),
        ("owner", "ends where an operator", 6),
        ("owner =", "ends where a value should come", 8),
        ("owner == Ana", "'= Ana' should be a value", 8),
        ("owner ! Ana", "'! Ana' cannot be read", 6),
        ("owner = 'Ana", "''Ana' cannot be read", 8),
        ("owner like Ana", "'like Ana' should be an operator", 7),
        ("owner is empty", "should be null or not null", 10),
        ("a in (1", "should be )", 8),
        ("a in 1", "should be (", 6),
        ("a between 1 or 2", "should be the word and", 13),
        ("a = 1)", "')' is not expected here", 6),
        ("(a = 1", "should be )", 7),
        ("1a = 1", "should be the id of a dimension", 1),
        ("a = 1; drop table deal", "", 0),
        ("a not = 1", "should be an operator", 7),
    ],
)
def test_what_cannot_be_read_is_told_with_its_character(text: str, words: str, character: int) -> None:
    if not words:
        # A semicolon means nothing here: the rest is part of the value, which is compared and never run.
        assert parse_filter(text) == Condition("a", "equals", ("1; drop table deal",))
        return
    with pytest.raises(QueryError) as caught:
        parse_filter(text)
    assert words in caught.value.sentence
    assert caught.value.place.endswith(f"character {character}")
    assert "owner = 'Ana'" in caught.value.remedy


def test_length_and_depth_are_bounded() -> None:
    with pytest.raises(QueryError, match="longer than"):
        parse_filter("a = " + "1" * LONGEST)
    with pytest.raises(QueryError, match="too many brackets"):
        parse_filter("(" * (DEEPEST + 1) + "a=1" + ")" * (DEEPEST + 1))
    assert parse_filter("(" * (DEEPEST - 1) + "a=1" + ")" * (DEEPEST - 1)) == A


@given(st.text(alphabet="ab=<>!()'\", notandorinisull1", max_size=60))
def test_any_text_is_a_tree_or_a_sentence(text: str) -> None:
    with suppress(QueryError):
        parse_filter(text)


values = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
leaves = st.builds(
    lambda field, values, exclude: Condition(field, "in_list", tuple(values), exclude=exclude),
    st.sampled_from(["a", "deal.custom.x", "created_date:month"]),
    st.lists(values, min_size=1, max_size=3),
    st.booleans(),
)  # fmt: skip
trees = st.recursive(
    leaves,
    lambda parts: st.builds(
        lambda kind, inner: kind(tuple(inner)),
        st.sampled_from([AllOf, AnyOf]),
        st.lists(parts, min_size=2, max_size=3),
    ),
    max_leaves=8,
)


def written(tree: Filter) -> str:
    """Write a tree as text."""
    if isinstance(tree, Condition):
        listed = ", ".join("'" + value.replace("'", "''") + "'" for value in tree.values)
        return f"{tree.field} {'not ' if tree.exclude else ''}in ({listed})"
    word = " and " if isinstance(tree, AllOf) else " or "
    return "(" + word.join(map(written, tree.parts)) + ")"


@given(trees)
def test_a_tree_written_as_text_is_read_back(tree: Filter) -> None:
    assert parse_filter(written(tree)) == tree


@given(trees)
def test_negating_twice_changes_nothing_and_not_means_negated(tree: Filter) -> None:
    assert negated(negated(tree)) == tree
    assert parse_filter(f"not ({written(tree)})") == negated(tree)
