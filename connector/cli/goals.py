"""``goals``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.session import Session, pass_session, workspace_option
from connector.cli.speech import confirmed, say
from connector.errors import UserError
from connector.model.messages import spoken, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.actions.goals import GoalChanges, ShownGoal


def _period_options(command: Any) -> Any:
    """The ways to say a period; one of them is given."""
    options = [
        click.option("--month", metavar="2026-11", help="The period is a month."),
        click.option("--quarter", metavar="2026-Q4", help="... a calendar quarter."),
        click.option("--year", metavar="2026", help="... a calendar year."),
        click.option("--fiscal-year", metavar="2026", help="... the fiscal year that begins in this year."),
        click.option("--from", "first", metavar="DAY", help="... from this day, e.g. 2026-11-03, with --to."),
        click.option("--to", "last", metavar="DAY", help="... to this day, included."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _period(given: dict[str, Any]) -> str:
    """Return the period as one text. Raises UserError when none or several are given."""
    fiscal = [f"FY{given['fiscal_year']}"] if given["fiscal_year"] else []
    days = [f"{given['first'] or ''}..{given['last'] or ''}"] if given["first"] or given["last"] else []
    found = [given[name] for name in ("month", "quarter", "year") if given[name]] + fiscal + days
    if len(found) > 1:
        raise UserError("Several periods are given.", place="--month, --quarter ...", remedy="Give one.")
    return str(found[0]) if found else ""


@click.group("goals")
def goals_command() -> None:
    """Set, list, remove, import or export goals: what a person, team or the company is to reach.

    A goal is for one metric, one scope and one period. The same goal set again is replaced. Goals that a CRM or a
    file brings stand beside typed ones; where goals of one scope overlap, the shortest period wins on its days.
    """


@goals_command.command("set")
@workspace_option
@click.option("--metric", "-m", required=True, help="Id of any metric, e.g. total_sales, deals_won, win_rate.")
@click.option(
    "--for", "scope", default="company", show_default=True, metavar="SCOPE",
    help="company, team:NAME, owner:NAME, department:NAME or branch:NAME; people also by e-mail or id.",
)  # fmt: skip
@_period_options
@click.argument("target")
@pass_session
def set_one(session: Session, workspace: str, metric: str, scope: str, target: str, **given: Any) -> None:
    """Set the TARGET of one goal: an amount in the workspace's currency, a number, or a percentage.

    \b
    Examples:
      goals set -w acme --metric total_sales --for team:East --month 2026-11 100000
      goals set -w acme --metric deals_won --for owner:ana@acme.com --quarter 2026-Q4 12
      goals set -w acme --metric win_rate --year 2026 35%
      goals set -w acme --metric total_sales --from 2026-11-03 --to 2026-12-15 50000
    """
    from connector.actions.goals import GoalText, set_goal  # noqa: PLC0415 - heavy

    period = _period(given)
    if not period:
        raise UserError(
            "The goal has no period.", place="--month", remedy="Give --month 2026-11, --quarter, --year ..."
        )
    text = GoalText(metric, scope, period, target)
    wait = session.settings.lock_wait_seconds
    _print_changes(set_goal(session.store, workspace, text, session.now(), wait))


@goals_command.command("list")
@workspace_option
@click.option("--metric", "-m", default="", help="Only goals of this metric.")
@click.option("--for", "scope", default="", metavar="SCOPE", help="Only goals of this scope, e.g. team:East.")
@_period_options
@pass_session
def list_all(session: Session, workspace: str, metric: str, scope: str, **given: Any) -> None:
    """List goals: typed ones and those that connections bring."""
    from connector.actions.goals import GoalText, list_goals  # noqa: PLC0415 - heavy

    found = list_goals(session.store, workspace, GoalText(metric, scope, _period(given)))
    if not found:
        say("No goals. Set one with: goals set -w WORKSPACE --metric total_sales --month 2026-11 100000")
        return
    _print_goals(found)


@goals_command.command("remove")
@workspace_option
@click.option("--metric", "-m", default="", help="Goals of this metric.")
@click.option("--for", "scope", default="", metavar="SCOPE", help="Goals of this scope, e.g. team:East.")
@_period_options
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@pass_session
def remove(session: Session, workspace: str, metric: str, scope: str, yes: bool, **given: Any) -> None:
    """Remove the typed goals that fit everything given. Goals that a connection brings stay.

    \b
    Example:
      goals remove -w acme --metric total_sales --for team:East --month 2026-11
    """
    from connector.actions.goals import GoalText, list_goals, remove_goals  # noqa: PLC0415 - heavy

    text = GoalText(metric, scope, _period(given))
    fitting = [goal for goal in list_goals(session.store, workspace, text) if goal.origin == "typed"]
    if fitting and not yes:
        _print_goals(fitting)
        if not confirmed(f"Remove {'this goal' if len(fitting) == 1 else f'these {len(fitting)} goals'}?"):
            raise click.Abort
    wait = session.settings.lock_wait_seconds
    _print_changes(remove_goals(session.store, workspace, text, session.now(), wait))


@goals_command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@workspace_option
@click.option(
    "--replace", is_flag=True, help="Typed goals that the file does not name are removed. Default: they stay."
)
@pass_session
def import_file(session: Session, file: Path, workspace: str, replace: bool) -> None:
    """Set the goals of a CSV or XLSX FILE, all of them or, when a row is wrong, none.

    \b
    Columns: metric; period (2026-11, 2026-Q4, 2026, FY2026, 2026-11-03..2026-12-15) or from and to; target; and
    whose goal it is: for (company, team:East, owner:Ana), or owner, team, department or branch, one of them filled;
    none filled means the company. People and teams are found by name, e-mail or id.

    \b
    Example (goals.csv):
      metric,owner,team,period,target
      total_sales,,East,2026-11,100000
      deals_won,ana@acme.com,,2026-Q4,12
    """
    from connector.actions.goals import GoalFile, import_goals  # noqa: PLC0415 - heavy

    wait = session.settings.lock_wait_seconds
    goals = GoalFile(file, replace, session.limits())
    done = import_goals(session.store, workspace, goals, session.now(), wait)
    _print_changes(done)


@goals_command.command("export")
@workspace_option
@click.option("--out", "target", required=True, type=click.Path(path_type=Path), help="File to write: .csv or .xlsx.")
@pass_session
def export(session: Session, workspace: str, target: Path) -> None:
    """Write the typed goals to a file that import takes back."""
    from connector.actions.goals import export_goals  # noqa: PLC0415 - heavy

    count = export_goals(session.store, workspace, target)
    say(f"Wrote {target} ({count} goals).")


def _print_changes(done: GoalChanges) -> None:
    if done.goals:
        _print_goals(done.goals)
    parts = [(done.added, "added"), (done.changed, "changed"), (done.removed, "removed"), (done.same, "as before")]
    say("Goals: " + ", ".join(told(f"{count} {what}") for count, what in parts if count) + ".")


def _print_goals(goals: Sequence[ShownGoal]) -> None:
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    rows = [(g.metric, g.scope, g.period, g.target_text(spoken()), told(g.origin)) for g in goals]
    print_rows(["metric", "for", "period", "target", "origin"], rows, right=frozenset({3}))
