"""The formula language: what is wrong or hostile is refused in words at its character, and never reaches the engine."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.errors import FormulaError, QueryError, UnknownName
from connector.metrics.evaluate import evaluate
from connector.metrics.formula import AGGREGATES, MAX_OPERATORS, ROW_FUNCTIONS, parse_formula
from connector.model.filters import AllOf, AnyOf, Condition
from connector.model.query import Query
from connector.model.workspace import CustomColumn, Profile
from tests.metrics.memory import NOW, MemoryReader

BOUNDED = settings(deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def reader() -> MemoryReader:
    own = (CustomColumn("deal", "seats", "number", "Seats"), CustomColumn("deal", "zone", "text", "Zone"))
    made = MemoryReader(Profile(custom=own))
    made.add("account", {"id": "a1", "name": "Acme", "industry": "Food"})
    day = datetime(2024, 5, 2, tzinfo=UTC)
    common = {"created_at": day, "closed_at": day, "account_id": "a1", "status": "won"}
    return made.add(
        "deal", common | {"id": "d1", "amount": 100, "units": 4, "custom": {"seats": "3", "zone": "north"}},
        common | {"id": "d2", "amount": 50, "units": 0, "source": "Fair", "score": 12},
    )  # fmt: skip


def figure(reader: MemoryReader, formula: str, **more: Any) -> Any:
    return evaluate(reader, Query((f"x={formula}",), **more), NOW).rows[0][0]


HOSTILE = {
    "a statement": "SUM(deal.amount); DROP TABLE deal",
    "a comment": "SUM(deal.amount) -- rest",
    "a block comment": "SUM(deal.amount) /* rest */",
    "a subquery": "(SELECT 1)",
    "a union": "SUM(deal.amount) UNION SELECT 1",
    "an identifier in quotes": 'SUM("deal"."amount")',
    "a backtick": "SUM(`deal`.amount)",
    "brackets of a list": "SUM(deal.amount[1])",
    "a cast": "SUM(deal.amount::VARCHAR)",
    "a file function": "read_csv('/etc/passwd')",
    "a file function in a row": "SUM(read_text('/etc/passwd'))",
    "an environment function": "COUNT(deal.id WHERE getenv('HOME') = 'x')",
    "a table of the engine": "COUNT(duckdb_settings.name)",
    "a pragma": "PRAGMA database_list",
    "a dollar text": "SUM($$x$$)",
    "a placeholder": "SUM(?)",
    "a lambda": "SUM(x -> x)",
    "a digit of another script": "SUM(deal.amount * ١)",
    "a wide digit": "SUM(deal.amount * １)",
    "a full-width bracket": "SUM（deal.amount）",
    "a look-alike letter": "SUM(dеal.amount)",
    "a hidden character": "SUM(deal.am\u200bount)",
    "a NUL": "SUM(deal.amount)\x00",
    "a text left open": "COUNT(deal.id WHERE deal.name = 'x",
    "an exponent": "SUM(deal.amount * 1e5)",
    "a number without end": "SUM(deal.amount * " + "9" * 400 + ")",
    "nothing": "",
    "blanks": "  \n ",
    "an open bracket": "SUM(deal.amount",
    "a bracket too many": "SUM(deal.amount))",
    "two values": "SUM(deal.amount) SUM(deal.amount)",
    "a comma too many": "SUM(deal.amount,)",
    "an operator without value": "SUM(deal.amount) +",
    "a doubled operator": "SUM(deal.amount) * / 2",
    "very deep brackets": "(" * 400 + "1" + ")" * 400,
    "very deep functions": "ABS(" * 300 + "1" + ")" * 300,
    "a long row of NOT": "COUNT(deal.id WHERE " + "NOT " * 900 + "TRUE)",
    "a long sum": "1" + "+1" * 1500,
    "a very long text": "SUM(deal.amount)" + " " * 5000,
    "too many aggregates": "+".join(["COUNT(deal.id)"] * 41),
}

WRONG = {
    "an unknown function": "MEAN(deal.amount)",
    "an unknown column": "SUM(deal.price)",
    "an unknown entity": "SUM(offer.amount)",
    "a bare name": "revenue",
    "a column outside": "deal.amount + SUM(deal.amount)",
    "a column outside in a condition": "IF(deal.amount > 1, SUM(deal.amount), 0)",
    "a nested aggregate": "SUM(COUNT(deal.id))",
    "a metric in a row": "SUM(deal.amount * @win_rate)",
    "a total in a row": "SUM(TOTAL(deal.amount))",
    "two entities without path": "SUM(lead.score WHERE deal.amount > 1)",
    "counting nothing": "COUNT(*)",
    "adding a constant": "SUM(1)",
    "DISTINCT of a sum": "SUM(DISTINCT deal.amount)",
    "two values in a sum": "SUM(deal.amount, deal.units)",
    "too few arguments": "SUM(IF(deal.units > 1, 2))",
    "a text added": "SUM(deal.name)",
    "the mean of a text": "AVG(deal.name)",
    "the median of a time": "MEDIAN(deal.created_at)",
    "a time added": "SUM(deal.created_at)",
    "a condition added": "SUM(deal.amount > 1)",
    "a text and a number": "SUM(deal.amount + deal.name)",
    "minus a text": "SUM(-deal.name)",
    "a number as a condition": "COUNT(deal.id WHERE deal.amount)",
    "NOT of a number": "COUNT(deal.id WHERE NOT deal.amount)",
    "AND of a text": "COUNT(deal.id WHERE deal.units > 1 AND deal.name)",
    "a text compared with a number": "COUNT(deal.id WHERE deal.status = 5)",
    "a number compared with a text": "COUNT(deal.id WHERE deal.amount = 'much')",
    "a text compared with a time": "COUNT(deal.id WHERE deal.status > deal.created_at)",
    "a condition compared with a text": "COUNT(deal.id WHERE deal.is_deleted = 'no')",
    "a list of another kind": "COUNT(deal.id WHERE deal.status IN ('won', 2))",
    "no date": "COUNT(deal.id WHERE deal.expected_close_date > 'soon')",
    "no date in a list": "COUNT(deal.id WHERE deal.expected_close_date IN ('2024-02-30'))",
    "no time": "COUNT(deal.id WHERE deal.created_at >= 'yesterday')",
    "a number in time": "COUNT(deal.id WHERE deal.amount IN period)",
    "a moment outside": "today",
    "a period outside": "COUNT(deal.id) IN period",
    "a local date of a number": "COUNT(deal.id WHERE local_date(deal.amount) = today)",
    "days of an amount": "SUM(days(deal.amount))",
    "lower of a number": "COUNT(deal.id WHERE lower(deal.amount) = 'x')",
    "abs of a text": "SUM(ABS(deal.name))",
    "round by a column": "SUM(ROUND(deal.amount, deal.units))",
    "round by a text": "SUM(ROUND(deal.amount, 'x'))",
    "round by too much": "ROUND(SUM(deal.amount), 99999)",
    "a mixed choice": "SUM(COALESCE(deal.amount, deal.name))",
    "a mixed choice of figures": "COALESCE(SUM(deal.amount), 'none')",
    "a mixed comparison of figures": "GREATEST(SUM(deal.amount), MAX(deal.created_at))",
    "a text as the figure": "MAX(deal.name)",
    "a constant text": "'hello'",
    "a condition as the figure": "SUM(deal.amount) > 5",
    "a difference of times outside": "MAX(deal.closed_at) - MIN(deal.created_at)",
    "a row function outside": "days(5)",
    "all custom columns": "COUNT(DISTINCT deal.custom)",
    "an unknown custom column": "SUM(deal.custom.weight)",
    "a custom text added": "SUM(deal.custom.zone)",
    "a custom text multiplied": "SUM(deal.amount * deal.custom.zone)",
    "a custom number beside a text": "COUNT(deal.id WHERE deal.custom.seats = 'many')",
    "a custom text in time": "COUNT(deal.id WHERE deal.custom.zone IN period)",
    "a mixed choice with a custom column": "SUM(COALESCE(deal.custom.zone, 1))",
}


@pytest.mark.parametrize("formula", [*HOSTILE.values(), *WRONG.values()], ids=[*HOSTILE, *WRONG])
def test_a_formula_that_is_wrong_or_hostile_is_refused_at_its_character(reader: MemoryReader, formula: str) -> None:
    with pytest.raises(FormulaError) as caught:
        figure(reader, formula)
    assert re.search(r"character \d+", caught.value.sentence), caught.value
    assert caught.value.remedy
    assert len(str(caught.value)) < 1200


KNOWN_ONLY_IN_A_WORKSPACE = ("deal.custom.", "lead.score WHERE deal", "days(deal.amount)")


@pytest.mark.parametrize(
    "formula", [text for text in WRONG.values() if not any(part in text for part in KNOWN_ONLY_IN_A_WORKSPACE)]
)
def test_what_the_schema_shows_to_be_wrong_is_refused_before_any_workspace_is_read(formula: str) -> None:
    """So that templates and definitions are checked when they are loaded."""
    with pytest.raises(FormulaError, match=r"character \d+"):
        parse_formula(formula)


def test_the_character_named_is_the_one_that_is_wrong() -> None:
    for formula, position in (
        ("SUM(deal.amount) + MEAN(deal.amount)", 20),
        ("COUNT(deal.id WHERE deal.status = 'won' AND deal.amount = 'x')", 45),
        ("SUM(deal.amount) ; 1", 18),
        ("SUM(deal.amount) / deal.units", 20),
        ("ROUND(SUM(deal.amount), 99)", 25),
    ):
        with pytest.raises(FormulaError, match=rf"character {position}\b"):
            parse_formula(formula)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUM(deal.amount)", 150),
        ("sum(deal.amount where deal.source = 'Fair')", 50),
        ("COUNT(deal.id WHERE deal.name = 'x'' OR 1=1 --')", 0),
        ("COUNT(*) + COUNT(deal.id)", 4),
        ("-SUM(deal.amount) * 2", -300),
        ("SUM(deal.amount * deal.units)", 400),
        ("SUM(deal.amount * 007.50)", 1125),
        ("SUM(deal.amount / deal.units)", 25),
        ("SUM(deal.amount / 0)", 0),
        ("SUM(deal.amount) / 0", None),
        ("SUM(deal.amount) / (COUNT(deal.id) - 2)", None),
        ("SUM(deal.amount) / COUNT(deal.id WHERE deal.units > 100)", None),
        ("AVG(deal.amount WHERE deal.units > 100)", None),
        ("SUM(deal.custom.seats)", 3),
        ("SUM(deal.amount WHERE deal.custom.zone = 'north')", 100),
        ("COUNT(deal.id WHERE account.industry = 'Food')", 2),
        ("COUNT(deal.id WHERE deal.created_at >= '2024-05-02')", 2),
        ("COUNT(deal.id WHERE '2024-05-03' <= deal.created_at)", 0),
        ("COUNT(deal.id WHERE deal.created_at >= '2024-05-02T02:00:00+02:00')", 2),
        ("COUNT(deal.id WHERE deal.closed_at <= today AND deal.closed_at IN period)", 2),
        ("COUNT(deal.id WHERE deal.source IS NULL)", 1),
        ("COUNT(deal.id WHERE NOT (deal.source IN ('Fair', 'Web')) OR deal.source IS NULL)", 1),
        ("COUNT(deal.id WHERE deal.source NOT IN ('Web'))", 1),
        ("COUNT(DISTINCT deal.account_id)", 1),
        ("MEDIAN(deal.amount)", 75),
        ("GREATEST(SUM(deal.amount), 1000)", 1000),
        ("IF(COUNT(deal.id) > 1 AND SUM(deal.amount) >= 150, 1, 0)", 1),
        ("ROUND(SUM(deal.amount) / 7, 2)", 21.43),
        ("@total_sales / TOTAL(@total_sales)", 1),
        ("SUM(deal.amount * $share)", 75),
        ("COUNT(deal.id WHERE deal.source = $source)", 1),
        ("SUM(deal.amount) * $share", 75),
    ],
)
def test_a_sound_formula_has_its_value(reader: MemoryReader, formula: str, value: float | None) -> None:
    given = {"share": "0.5", "source": "Fair"}
    read = {name: text for name, text in given.items() if f"${name}" in formula}
    found = figure(reader, formula, parameters=read)
    assert found is None if value is None else float(found) == pytest.approx(value)


def test_times_of_a_formula_without_a_zone_are_of_the_report_zone(reader: MemoryReader) -> None:
    formula = "COUNT(deal.id WHERE deal.created_at >= '2024-05-02')"
    assert figure(reader, formula, time_zone="America/New_York") == 0
    assert figure(reader, formula, time_zone="Asia/Kathmandu") == 2


def test_a_time_beside_a_date_is_compared_by_its_local_day() -> None:
    late = datetime(2024, 5, 14, 23, 0, tzinfo=UTC)
    reader = MemoryReader().add("invoice", {"id": "i", "due_at": late, "status": "sent", "amount": 9})
    overdue = "COUNT(invoice.id WHERE invoice.due_at < today)"
    assert figure(reader, overdue) == 1
    assert figure(reader, overdue, time_zone="Europe/Madrid") == 0


def test_the_latest_date_is_a_figure_too(reader: MemoryReader) -> None:
    query = Query(("last=MAX(deal.closed_at)",), date_range="this_month", compare="previous_period")
    table = evaluate(reader, query, NOW)
    assert table.rows[0][0] == datetime(2024, 5, 2, tzinfo=UTC)
    assert table.columns[0].unit == "instant"


@pytest.mark.parametrize("name", ["k0", "M12", "l1", "o0", "a__b", "total_sales", "1st", "", "a b", 'a"b', "a;b"])
def test_a_formula_takes_no_name_that_means_something_else(reader: MemoryReader, name: str) -> None:
    with pytest.raises(QueryError):
        evaluate(reader, Query((f"{name}=SUM(deal.amount)",), ("owner",)), NOW)


@pytest.mark.parametrize(
    ("metrics", "dimensions"),
    [(("owner=SUM(deal.amount)",), ("owner",)), (("a=SUM(deal.amount)", "A=COUNT(deal.id)"), ())],
)
def test_two_columns_never_share_a_name(
    reader: MemoryReader, metrics: tuple[str, ...], dimensions: tuple[str, ...]
) -> None:
    with pytest.raises(QueryError, match="name of another column"):
        evaluate(reader, Query(metrics, dimensions), NOW)


def test_figures_that_cannot_be_split_say_so(reader: MemoryReader) -> None:
    for formula in ("x=5", "x=TOTAL(SUM(deal.amount))"):
        with pytest.raises(QueryError, match="can be split"):
            evaluate(reader, Query((formula,), ("owner",)), NOW)
    assert figure(reader, "TOTAL(SUM(deal.amount)) + 5") == 155


@pytest.mark.parametrize(
    ("metric", "parameters"),
    [
        ("x=SUM(deal.amount) * $p", {"p": "abc"}),
        ("x=SUM(deal.amount) * $p", {"p": "nan"}),
        ("x=SUM(deal.amount * $p)", {"p": "inf"}),
        ("x=SUM(deal.amount * $p)", {"p": "1 OR 1=1"}),
        ("x=SUM(deal.amount * $p)", {}),
        ("x=COUNT(deal.id WHERE deal.amount > $p)", {"p": "much"}),
        ("win_rate", {"small_sample_n": "few"}),
        ("stale_records", {"stale_days": "²"}),
        ("stale_records", {"stale_days": "9999999999999"}),
        ("stale_records", {"stale_days": "-1"}),
        ("missing_fields", {"required": "contact.email@open"}),
        ("missing_fields", {"required": "deal.name; DROP TABLE deal"}),
        ("missing_fields", {"required": "secret.key"}),
    ],
)
def test_parameters_that_are_wrong_are_refused(reader: MemoryReader, metric: str, parameters: dict[str, str]) -> None:
    with pytest.raises(QueryError) as caught:
        evaluate(reader, Query((metric,), parameters=parameters), NOW)
    assert caught.value.remedy


HOSTILE_VALUES = (
    "'; DROP TABLE deal; --", "' OR ''='", "\\", "%", "_", "", "\x00", "a\nb", "(not set", "NULL", "🙂", "ﬀ",
    "' || (SELECT 1) || '", "x" * 20_000, "{{7*7}}", "=HYPERLINK(1)",
)  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE_VALUES, ids=range(len(HOSTILE_VALUES)))
@pytest.mark.parametrize("operator", ["equals", "in_list", "contains", "starts_with"])
@pytest.mark.parametrize("field", ["lead_source", "owner", "account", "deal.custom.zone", "deal_size_band", "product"])
def test_a_hostile_filter_value_matches_nothing_and_harms_nothing(
    reader: MemoryReader, value: str, operator: Any, field: str
) -> None:
    query = Query(("deals_won",), (), Condition(field, operator, (value,)))
    found = evaluate(reader, query, NOW).rows[0][0]
    everywhere = value.replace("\x00", "") == "" and operator in ("contains", "starts_with")
    assert found == 0 or everywhere
    assert figure(reader, "COUNT(deal.id)") == 2


@pytest.mark.parametrize(
    ("field", "operator", "values"),
    [
        ("lead_source", "regexp_partial", ("(",)),
        ("lead_source", "regexp_exact", ("[",)),
        ("owner", "regexp_partial", ("*a",)),
        ("lead_source", "regexp_partial", ("(?=a)",)),
        ("lead_source", "regexp_partial", ("(a{1000}){1000}",)),
        ("lead_source", "regexp_partial", ("\\",)),
        ("deal.amount", "greater", ("nan",)),
        ("deal.amount", "between", ("1", "inf")),
        ("deal.amount", "equals", ("much",)),
        ("deal.amount", "less", ("1; DROP TABLE deal",)),
        ("close_date", "between", ("2024-01-01", "soon")),
        ("close_date", "contains", ("2024",)),
        ("close_date", "greater", ("2024-02-30",)),
        ("lead_source", "equals", ()),
        ("lead_source", "between", ("a",)),
        ("deals_won", "greater", ()),
        ("deals_won", "greater", ("x",)),
        ("deals_won", "contains", ("1",)),
        ("deals_won", "regexp_partial", ("(",)),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_in_words(
    reader: MemoryReader, field: str, operator: Any, values: tuple[str, ...]
) -> None:
    with pytest.raises(QueryError) as caught:
        evaluate(reader, Query(("deals_won",), ("lead_source",), Condition(field, operator, values)), NOW)
    assert caught.value.remedy


def test_sound_patterns_match(reader: MemoryReader) -> None:
    for operator, pattern, found in (
        ("regexp_partial", "^F.*r$", 1), ("regexp_exact", "Fa", 0), ("regexp_exact", "(?i)fair", 1),
    ):  # fmt: skip
        query = Query(("deals_won",), (), Condition("lead_source", operator, (pattern,)))  # type: ignore[arg-type]
        assert evaluate(reader, query, NOW).rows == ((found,),)


def test_a_number_equals_a_number_however_it_is_written(reader: MemoryReader) -> None:
    for value in ("100", "100.0", "1e2", " 100 "):
        assert figure(reader, "COUNT(deal.id)", filter=Condition("deal.amount", "equals", (value,))) == 1


def test_an_empty_or_lets_nothing_pass_and_an_empty_and_everything(reader: MemoryReader) -> None:
    assert figure(reader, "COUNT(deal.id)", filter=AllOf((AnyOf(), AllOf()))) == 0
    assert figure(reader, "COUNT(deal.id)", filter=AllOf((AllOf(),))) == 2


@settings(BOUNDED, max_examples=200)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_random_text_is_a_formula_or_refused(text: str) -> None:
    with contextlib.suppress(FormulaError):
        parse_formula(text)


PIECES = [
    *sorted(AGGREGATES), *sorted(ROW_FUNCTIONS), "(", ")", ",", "+", "-", "*", "/", "=", "<", "<>", ">=", ".", "@", "$",
    "deal.amount", "deal.name", "deal.created_at", "deal.expected_close_date", "deal.is_deleted", "deal.custom.seats",
    "deal.custom.zone", "account.industry", "lead.score", "DISTINCT", "WHERE", "AND", "OR", "NOT", "IN", "IS", "NULL",
    "TRUE", "period", "today", "as_of", "1", "2.5", "0", "'won'", "'2024-01-01'", "$p", "@win_rate", "TOTAL", "deal.id",
]  # fmt: skip


@settings(BOUNDED, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_random_words_of_the_language_are_answered_or_refused(reader: MemoryReader, words: list[str]) -> None:
    _try(reader, " ".join(words))


def _rows() -> st.SearchStrategy[str]:
    """Row expressions of every kind, fitting or not."""
    leaves = st.sampled_from([
        "deal.amount", "deal.units", "deal.name", "deal.created_at", "deal.closed_at", "deal.expected_close_date",
        "deal.is_deleted", "deal.custom.seats", "deal.custom.zone", "account.industry", "1", "2.5", "0", "'won'",
        "today", "as_of", "period_start", "TRUE", "NULL", "$p", "$n", "'2024-05-02'",
    ])  # fmt: skip
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "=", "<", "AND", "OR"]), inner),
            st.builds(
                "{}({})".format, st.sampled_from(["ABS", "DAYS", "SECONDS", "LOCAL_DATE", "LOWER", "ROUND"]), inner
            ),
            st.builds("{}({}, {})".format, st.sampled_from(["COALESCE", "GREATEST", "LEAST"]), inner, inner),
            st.builds("IF({}, {}, {})".format, inner, inner, inner),
            st.builds("(NOT {})".format, inner),
            st.builds("(-{})".format, inner),
            st.builds("({} IS NULL)".format, inner),
            st.builds("({} IN ({}, {}))".format, inner, inner, inner),
            st.builds("({} IN period)".format, inner),
        ),
        max_leaves=5,
    )


@settings(BOUNDED, max_examples=400)
@given(_rows(), st.sampled_from(["SUM", "AVG", "MIN", "MAX", "MEDIAN", "COUNT", "STDDEV"]), st.booleans())
def test_random_row_expressions_are_answered_or_refused(
    reader: MemoryReader, row: str, function: str, as_condition: bool
) -> None:
    _try(reader, f"COUNT(deal.id WHERE {row})" if as_condition else f"{function}({row} WHERE deal.id IS NOT NULL)")


def _try(reader: MemoryReader, formula: str) -> None:
    """Only the errors of the language may come out, never one of the engine."""
    query = Query((f"x={formula}",), date_range="this_month", parameters={"p": "won", "n": "3"})
    with contextlib.suppress(QueryError, UnknownName):
        evaluate(reader, query, NOW)


def test_the_longest_chain_is_still_answered(reader: MemoryReader) -> None:
    assert figure(reader, "COUNT(deal.id)" + "+1" * MAX_OPERATORS) == 2 + MAX_OPERATORS
