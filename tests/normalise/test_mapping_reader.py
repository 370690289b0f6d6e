"""Mapping files: read, refused with every mistake and its line, written back."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.errors import MappingError
from connector.normalise import mapping as m
from connector.normalise.mapping_reader import parse_mapping
from connector.normalise.mapping_writer import mapping_to_text

DATASETS = sorted((Path(__file__).parents[1] / "datasets").glob("*.yaml"))

FULL = """
version: 1
workspace:
  currency: eur
  time_zone: America/New_York
  week_start: sunday
  fiscal_year_start: 4
  revenue: deal.custom.margin
  conversion: [lead.converted_at]
  rates:
    - {date: 2024-01-01, from: EUR, to: USD, rate: 1.08}
stages:
  - {name: Prospecting, kind: open, probability: 0.1, pipeline: Sales, forecast_category: pipeline, norm_days: 10}
  - Won
files:
  - file: "deals_*.csv"
    read: {separator: ";", header: false, columns: [Deal, Owner, State, Amt, D, T, no], decimal: ",", dates: DMY}
    where: [{column: State, not_equals: x}]
    records:
      - entity: deal
        where: {column: Deal, filled: true}
        columns:
          id: Deal
          owner_id: Owner
          status: {column: State, aliases: {"В работе": open, "": open, no: lost, 1.10: won}}
          amount: {column: Amt, scale: 1000, decimal: ",", on_error: empty, default: 0}
          closed_at: {text: "{D} {T}", dates: "%d/%m/%Y %H:%M:%S", when: [{column: State, in: [a, b]}]}
          expected_close_date: {column: D, add: {months: 3, days: -1}}
          account_id: {column: no, lookup: {entity: account, by: name}}
          source: {constant: yes}
          name: {columns: [Deal, no], empty: [TBD]}
          custom.region_code: {column: no, type: text, label: Region code, allowed: [A, B]}
          custom.margin: {column: Amt, type: money}
      - entity: account
        columns: {id: no, name: {column: no, allowed: {entity: account, column: name}}}
  - file: wide.xlsx#Plan
    unpivot: {except: [Owner], name: month, value: amount}
    records:
      - entity: goal
        group: true
        columns:
          id: {text: "{Owner}/{month}"}
          target_value: {column: amount, pick: sum}
"""


def mistakes(text: str) -> list[str]:
    """Return the mistakes that a mapping is refused for."""
    with pytest.raises(MappingError) as caught:
        parse_mapping(text, "map.yaml")
    assert caught.value.place == "map.yaml"
    lines = caught.value.sentence.splitlines()
    return [line.strip() for line in lines[1:]] if len(lines) > 1 else lines


def record(columns: str, entity: str = "deal", more: str = "") -> str:
    return f"version: 1\nfiles:\n- file: a.csv\n  records:\n  - entity: {entity}\n{more}    columns:\n{columns}"


def settled(workspace: str) -> str:
    """Return a mapping with settings of the workspace."""
    return record("      id: a\n").replace("files:", f"workspace: {{{workspace}}}\nfiles:", 1)


def test_every_key_of_the_format_is_read() -> None:
    found = parse_mapping(FULL)
    assert found.workspace == m.WorkspaceRules(
        "EUR",
        "America/New_York",
        "sunday",
        4,
        "deal.custom.margin",
        ("lead.converted_at",),
        (m.Rate("2024-01-01", "EUR", "USD", 1.08),),
    )
    assert found.stages == (m.StageRule("Prospecting", "open", 0.1, "Sales", "pipeline", 10.0), m.StageRule("Won"))
    deals, plan = found.files
    assert deals.read.columns[-1] == "no"
    assert deals.read.header is False
    rules = deals.records[0].columns
    assert dict(rules["status"].aliases) == {"В работе": "open", "": "open", "no": "lost", "1.10": "won"}
    assert rules["amount"].scale == Decimal(1000)
    assert rules["amount"].on_error == "empty"
    assert rules["closed_at"].placeholders() == ("D", "T")
    assert rules["closed_at"].when == (m.Condition("State", "in", ("a", "b")),)
    assert rules["expected_close_date"].add == m.Shift(months=3, days=-1)
    assert rules["account_id"].lookup == m.Lookup("account", "name", "id")
    assert rules["source"].constant == "yes"
    assert rules["name"] == m.ValueRule(columns=("Deal", "no"), empty=("TBD",))
    assert rules["custom.region_code"].allowed == ("A", "B")
    assert deals.records[0].where == (m.Condition("Deal", "filled"),)
    assert plan.unpivot == m.Unpivot("month", "amount", keep=("Owner",))
    assert plan.records[0].group
    assert plan.records[0].columns["target_value"].pick == "sum"


@pytest.mark.parametrize("path", DATASETS, ids=lambda path: path.stem)
def test_the_mappings_of_the_public_datasets_are_read_and_written_back(path: Path) -> None:
    found = parse_mapping(path.read_text(encoding="utf-8"), path.name)
    assert parse_mapping(mapping_to_text(found)) == found


def test_what_is_written_is_read_back_the_same() -> None:
    found = parse_mapping(FULL)
    assert parse_mapping(mapping_to_text(found)) == found


def test_all_mistakes_are_listed_with_their_lines() -> None:
    found = mistakes(
        "version: 2\n"
        "worksapce: {}\n"
        "files:\n"
        "- file: x\n"
        "  records:\n"
        "  - entity: deal\n"
        "    columns:\n"
        "      id: a\n"
        "      id: b\n"
        "      amout: c\n"
        "      lead_created_at: d\n"
        "      amount: {column: a, columns: [b], dates: DMY}\n"
        "      status: {constant: wonn}\n"
        "  - entity: deall\n"
        "    columns: {id: x}\n"
    )
    assert [re.match(r"line (\d+)", one).group(1) for one in found] == [
        "1",
        "2",
        "9",
        "10",
        "11",
        "12",
        "12",
        "13",
        "14",
    ]  # type: ignore[union-attr]
    assert "did you mean 'workspace'" in found[1]
    assert "'id' stands here a second time (first in line 8)" in found[2]
    assert "did you mean 'amount'" in found[3]
    assert "is computed" in found[4]
    assert "exactly one of column, columns, text, constant" in " ".join(found[5:7])
    assert "open, won, lost, unqualified" in found[7]
    assert "did you mean 'deal'" in found[8]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("version: 1", "`files` is missing"),
        ("version: 1\nfiles: []", "names no file"),
        ("just text", "must be a list of `key: value` lines"),
        ("version: 1\nfiles: [", "no valid YAML"),
        ("a: &x 1\nb: *x", "anchors and aliases"),
        ("version: 1\nfiles:\n- {file: a.csv, records: []}", "has no records"),
        (record("      colour: x\n"), "no column 'colour'"),
        (record("      custom.Bad Name: x\n"), "no name of a custom column"),
        (record("      custom: x\n"), "no column 'custom'"),
        (record("      id: {}\n"), "says not where its value comes from"),
        (record("      id:\n"), "has no rule"),
        (record("      id: {text: plain}\n"), "without any {column}"),
        (record("      name: {text: '{a'}\n"), "bracket that is not closed"),
        (record("      amount: {column: a, scale: x}\n"), "must be a number other than 0"),
        (record("      amount: {column: a, scale: 0}\n"), "must be a number other than 0"),
        (record("      amount: {column: a, decimal: ';'}\n"), "it can be ., ,"),
        (record("      amount: {column: a, pick: sum}\n"), "for records with `group: true`"),
        (record("      closed_at: {column: a, dates: '%Q'}\n"), "or a format such as"),
        (record("      closed_at: {column: a, time_zone: Mars/Base}\n"), "IANA name"),
        (record("      closed_at: {column: a, add: {moths: 1}}\n"), "did you mean 'months'"),
        (record("      amount: {column: a, default: lots}\n"), "plain number"),
        (record("      closed_at: {constant: 2024-02-30}\n"), "a date such as"),
        (record("      currency: {constant: EURO}\n"), "ISO 4217"),
        (record("      name: {column: a, type: text}\n"), "`type` is for custom columns"),
        (record("      custom.x: {column: a, type: list}\n"), "it can be text, number"),
        (record("      owner_id: {column: a, lookup: {entity: owner, by: name}}\n"), "no file of this mapping feeds"),
        (record("      owner_id: {column: a, lookup: {entity: ownr, by: name}}\n"), "did you mean 'owner'"),
        (record("      owner_id: {column: a, lookup: {by: name}}\n"), "give `entity` and `by`"),
        (record("      name: {column: a, when: [{column: b}]}\n"), "needs `column` and exactly one of"),
        (record("      name: {column: a, when: [{column: b, matches: '('}]}\n"), "no regular expression"),
        (record("      name: {column: a, when: [{column: b, matches: '(?=a)'}]}\n"), "is not supported"),
        (record("      name: {column: a, when: [{column: b, empty: maybe}]}\n"), "true or false"),
        (record("      name: a\n", more="    group: true\n"), "no `id`"),
        (record("      id: a\n", entity="deal_snapshot"), "is computed; no file can feed it"),
        (
            record("      custom.a: {column: x, type: money}\n  - entity: deal\n    columns: {custom.a: y}\n"),
            "and text in another",
        ),
        (settled("currency: EURO"), "code of ISO 4217"),
        (settled("fiscal_year_start: 13"), "from 1 to 12"),
        (settled("week_start: someday"), "it can be monday"),
        (settled("revenue: deal.name"), "must be of type money"),
        (settled("revenue: deal.amont"), "did you mean 'deal.amount'"),
        (settled("conversion: [deal.amount]"), "date or instant"),
        (settled("rates: [{date: 1.1.24, from: EUR, to: USD, rate: 1}]"), "written like"),
        (settled("rates: [{date: 2024-01-01, from: EUR, to: USD, rate: -1}]"), "greater than 0"),
        ("version: 1\nstages: [A, {name: A}]\n" + record("      id: a\n")[11:], "stands twice"),
        ("version: 1\nstages: [{name: A, probability: 50}]\n" + record("      id: a\n")[11:], "between 0 and 1"),
        ("version: 1\nstages: [{name: A, kind: closed}]\n" + record("      id: a\n")[11:], "it can be open, won"),
    ],
)
def test_a_mistake_is_named(text: str, words: str) -> None:
    assert any(words in one for one in mistakes(text)), mistakes(text)


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ("{header: false}", "give the names of its columns"),
        ("{header: maybe}", "it can be true, false"),
        ("{separator: ';;'}", "must be one character"),
        ("{skip_rows: -1}", "from 0 to"),
        ("{encoding: 'a b'}", "name such as utf-8"),
        ("{columns: [a, a]}", "holds a name twice"),
        ("{delimiter: ';'}", "no key 'delimiter'"),
    ],
)
def test_how_to_read_a_file_is_checked(read: str, words: str) -> None:
    text = record("      id: a\n").replace("  records:", f"  read: {read}\n  records:", 1)
    assert any(words in one for one in mistakes(text))


@pytest.mark.parametrize(
    "unpivot", ["{name: m, value: v}", "{columns: [a], except: [b]}", "{columns: [a], name: x, value: x}"]
)
def test_how_to_turn_a_wide_file_is_checked(unpivot: str) -> None:
    text = record("      id: a\n").replace("  records:", f"  unpivot: {unpivot}\n  records:", 1)
    assert any("unpivot" in one for one in mistakes(text))


def test_hostile_documents_cost_nothing() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
    )
    assert "anchors" in mistakes(bomb)[0]
    assert "levels" in mistakes("[" * 100_000)[0]
    assert "values" in mistakes("[" + "1," * 300_000 + "]")[0]
    assert "characters" in mistakes("#" * 3_000_000)[0]
    assert any("`key: value`" in one for one in mistakes("!!python/object/apply:os.system ['true']"))
    assert mistakes("version: 1\n\x00")


def test_untrusted_text_is_shortened_and_without_control_characters() -> None:
    (found,) = mistakes(record(f"      {'x' * 500}\\x1b[31m: a\n"))
    assert len(found) < 400
    assert "\x1b" not in found


def test_dataset_names_match_exactly_before_patterns() -> None:
    text = (
        "version: 1\nfiles:\n"
        "- {file: '*.csv', records: [{entity: deal, columns: {id: any}}]}\n"
        "- {file: Deals.csv, records: [{entity: deal, columns: {id: exact}}]}\n"
        "- {file: 'book.xlsx#*', records: [{entity: deal, columns: {id: sheet}}]}\n"
        "- {file: '*.csv', records: [{entity: account, columns: {id: again}}]}\n"
        "- {file: 'de?ls.[csv]', records: [{entity: deal, columns: {id: odd}}]}\n"
    )
    found = parse_mapping(text)

    def ids(dataset: str) -> list[str | None]:
        return [entry.records[0].columns["id"].column for entry in found.files_for(dataset)]

    assert ids("deals.csv") == ["exact"]
    assert ids("other.csv") == ["any", "again"]
    assert ids("book.xlsx#Deals 2024") == ["sheet"]
    assert ids("de1ls.[csv]") == ["odd"]
    assert ids("de1ls.c") == []


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12)
PLAIN = NAMES.map(str.strip).filter(bool)
CONDITIONS = st.one_of(
    st.builds(m.Condition, PLAIN, st.sampled_from(["equals", "not_equals", "contains", "greater"]), st.tuples(PLAIN)),
    st.builds(
        m.Condition, PLAIN, st.sampled_from(["in", "not_in"]), st.lists(PLAIN, min_size=1, max_size=3).map(tuple)
    ),
    st.builds(m.Condition, PLAIN, st.sampled_from(["empty", "filled"])),
)
RULES = st.one_of(
    st.builds(m.ValueRule, column=NAMES),
    st.builds(
        m.ValueRule,
        column=NAMES,
        when=st.lists(CONDITIONS, max_size=2).map(tuple),
        empty=st.lists(PLAIN, max_size=2).map(tuple),
        aliases=st.dictionaries(PLAIN | st.just(""), PLAIN, max_size=4).map(lambda found: tuple(found.items())),
        default=st.none() | PLAIN,
        allowed=st.none() | st.lists(PLAIN, min_size=1, max_size=3).map(tuple),
        on_error=st.sampled_from(["reject", "empty"]),
    ),
    st.builds(m.ValueRule, columns=st.lists(NAMES, min_size=1, max_size=3).map(tuple)),
    st.builds(m.ValueRule, constant=NAMES),
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["id", "name", "source", "tags", "loss_reason", "territory"]), RULES, min_size=1),
    NAMES,
)
def test_any_mapping_survives_being_written_and_read(rules: dict[str, m.ValueRule], file: str) -> None:
    mapping = m.Mapping((m.FileMapping(file, (m.RecordMapping("deal", rules),)),))
    assert parse_mapping(mapping_to_text(mapping)) == mapping
