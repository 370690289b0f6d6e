"""``query``, ``metrics`` and ``dimensions``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from connector.cli.session import Session, language_option, pass_session, read_parameters, split_list, workspace_option
from connector.cli.speech import say
from connector.model.query import Query, Sort

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.actions.answers import ShownTable


def asking_options(command: Any) -> Any:
    """Options that every question has."""
    options: list[Callable[[Any], Any]] = [
        click.option("--filter", "filters", multiple=True, metavar="EXPR", help="Condition, e.g. \"owner = 'Ana'\"."),
        click.option("--from", "first", metavar="DAY", help="First day, e.g. 2024-01-01."),
        click.option("--to", "last", metavar="DAY", help="Last day, included."),
        click.option("--range", "token", metavar="RANGE", help="this_month, last_quarter, last_30_days, all_time ..."),
        click.option(
            "--compare", type=click.Choice(["previous_period", "previous_year", "previous_month_end"]),
            help="Show the same figures of another period beside.",
        ),
        click.option("--param", "parameters", multiple=True, metavar="NAME=VALUE", help="Parameter of a formula."),
        click.option("--time-zone", default="", help="IANA zone; default: the workspace's."),
        click.option("--currency", default="", help="Report currency, ISO 4217; default: the workspace's."),
        language_option,
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def question_options(command: Any) -> Any:
    """Options of a whole question: what is asked, by what, and the order of the rows."""
    options: list[Callable[[Any], Any]] = [
        click.option(
            "--metrics", "-m", multiple=True, required=True, metavar="A,B",
            help="Metric ids or name=FORMULA, comma between.",
        ),
        click.option("--dimensions", "-d", multiple=True, metavar="X,Y", help="Dimension ids; time ones take a grain."),
        asking_options,
        click.option("--sort", multiple=True, metavar="F", help="Column to sort by; -F for largest first."),
        click.option("--limit", type=click.IntRange(1), help="Show at most this many rows."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.command("query")
@workspace_option
@question_options
@click.option("--totals/--no-totals", default=True, help="Show the total row (table only).")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@pass_session
def query_command(session: Session, **given: Any) -> None:
    """Ask a workspace for metrics, by dimensions.

    \b
    Examples:
      query -w acme -m total_sales,deals_won -d owner --range this_month --compare previous_year
      query -w acme -m win_rate -d created_date:month,team --from 2024-01-01 --to 2024-12-31
      query -w acme -m "largest=MAX(deal.amount WHERE deal.status = 'won')" -d lead_source --format json
      query -w acme -m deals_won -d product --filter "owner = 'Ana' and deals_won >= 5"
    """
    from connector.actions.answers import answer_csv, answer_json, shown_table, untold_by_csv  # noqa: PLC0415 - heavy
    from connector.actions.query import query  # noqa: PLC0415 - heavy

    question = question_of(session, given)
    table = query(session.store, given["workspace"], question, session.now(), max_rows=session.settings.max_rows)
    if given["form"] == "json":
        click.echo(answer_json(table))
    elif given["form"] == "csv":
        click.echo(answer_csv(table), nl=False)
        for line in untold_by_csv(table):
            say(line, err=True)
    else:
        print_shown(shown_table(session.store, given["workspace"], question, table))


def print_shown(shown: ShownTable) -> None:
    """Print an answer that fits the terminal, what was left out and how fresh it is below it."""
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    totals = [shown.totals] if shown.totals is not None else []
    print_rows(shown.heads, [*shown.rows, *totals], right=shown.right, ruled=bool(totals))
    for line in shown.below:
        say(line)


def question_of(session: Session, given: dict[str, Any]) -> Query:
    """Build the query from the options. Raises QueryError, UserError."""
    from connector.actions.query import range_text  # noqa: PLC0415 - heavy
    from connector.model.filter_text import parse_filters  # noqa: PLC0415 - heavy

    sorts = split_list(given["sort"])
    return Query(
        metrics=split_list(given["metrics"]),
        dimensions=split_list(given["dimensions"]),
        filter=parse_filters(given["filters"]),
        date_range=range_text(given["token"], given["first"], given["last"]),
        compare=given["compare"],
        sort=tuple(Sort(text.lstrip("-"), text.startswith("-")) for text in sorts),
        limit=given["limit"],
        time_zone=given["time_zone"],
        currency=given["currency"],
        language=given["language"] or session.settings.language,
        parameters=read_parameters(given["parameters"]),
        totals=given["totals"] and given["form"] == "table" and bool(given["dimensions"]),
    )


@click.command("metrics")
@click.argument("search", default="")
@language_option
@pass_session
def metrics_command(session: Session, search: str, language: Any) -> None:
    """List the metrics, or those whose id, label or category holds SEARCH."""
    from connector.actions.catalogue import list_metrics, meant_by  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    entries = list_metrics(language or session.settings.language)
    found = _matching(
        [(entry.category_label, entry.id, entry.label, entry.unit_label, entry.description, entry.formula,
          entry.category) for entry in entries], search, meant_by(search),
    )  # fmt: skip
    print_rows(["category", "metric", "label", "unit", "meaning", "formula"], [row[:6] for row in found])


@click.command("dimensions")
@click.argument("search", default="")
@click.option("--workspace", "-w", help="Show the custom columns of this workspace too.")
@language_option
@pass_session
def dimensions_command(session: Session, search: str, workspace: str | None, language: Any) -> None:
    """List the dimensions, or those whose id, label or group holds SEARCH."""
    from connector.actions.catalogue import list_dimensions, list_own_dimensions, meant_by  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    spoken = language or session.settings.language
    entries = list_dimensions(spoken)
    if workspace:
        entries += list_own_dimensions(session.store, workspace, spoken)
    rows = [(entry.group_label, entry.id, entry.label, entry.type_label, entry.description, entry.group)
            for entry in entries]  # fmt: skip
    found = _matching(rows, search, meant_by(search))
    print_rows(["group", "dimension", "label", "type", "meaning"], [row[:5] for row in found])


@click.command("parameters")
@click.argument("search", default="")
@language_option
@pass_session
def parameters_command(session: Session, search: str, language: Any) -> None:
    """List what --param sets, or what holds SEARCH: the values it takes, the default, and what it does.

    \b
    Examples:
      query -w acme -m total_sales -d month --param deal_basis=as_recorded
      report win_loss -w acme --out win_loss.xlsx --param owner_basis=current
    """
    from connector.actions.catalogue import list_parameters  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    rows = [(each.name, each.values, each.default, each.note)
            for each in list_parameters(language or session.settings.language)]  # fmt: skip
    found = [row for row in rows if search.lower() in f"{row[0]} {row[3]}".lower()]
    print_rows(["parameter", "values", "default", "meaning"], found)


def _matching(rows: list[Any], search: str, meant: frozenset[str]) -> list[Any]:
    """Rows whose category, id or label holds a text, the category also as it is called inside (the last cell)."""
    wanted = search.lower()
    return [row for row in rows if wanted in " ".join(map(str, (*row[:3], row[-1]))).lower() or row[1] in meant]
