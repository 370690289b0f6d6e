"""The command line: names of commands, where each lives, and how errors are told.

A command's module loads only when the command is named, so ``--help`` stays quick. Exit codes: 0 done, 1 a bug,
2 something to correct (nothing was changed), 3 done but rows were rejected, 4 try again later.
"""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Final

import click

from connector.cli.session import Session
from connector.cli.speech import Context, language_named, say, show_refusal, speaking
from connector.errors import PuenteError
from connector.model.messages import error_line, speak, told
from connector.model.query import LANGUAGES
from connector.settings import spoken_language

COMMANDS: Final = {
    "demo": ("connector.cli.demo", "Show everything on a made-up company, without any account."),
    "connect": ("connector.cli.syncs", "Connect a CRM account, or Google, to a workspace."),
    "sync": ("connector.cli.syncs", "Read what changed in a connected account, and compare counts."),
    "totals": ("connector.cli.syncs", "Compare the vendor's own counts with ours."),
    "import": ("connector.cli.imports", "Read CSV, TSV or XLSX exports into a workspace."),
    "mapping": ("connector.cli.mappings", "Propose, show or check how files are read."),
    "query": ("connector.cli.queries", "Ask for metrics by dimensions."),
    "metrics": ("connector.cli.queries", "List the metrics."),
    "dimensions": ("connector.cli.queries", "List the dimensions."),
    "parameters": ("connector.cli.queries", "List what --param sets."),
    "goals": ("connector.cli.goals", "Set, list, remove, import or export goals."),
    "report": ("connector.cli.reports", "Write a report as workbook, page, PDF, CSV or JSON."),
    "sheet": ("connector.cli.sheets", "Reports in Google Sheets: make them, refresh them, see how they are."),
    "variants": ("connector.cli.variants", "Save how a report is run under a name."),
    "templates": ("connector.cli.reports", "List, show, check or copy report templates."),
    "workspace": ("connector.cli.workspaces", "Create, list or show workspaces."),
    "keys": ("connector.cli.keys", "Create, list, change or revoke API keys."),
    "links": ("connector.cli.links", "Addresses that answer one question, for IMPORTDATA."),
    "sandbox": ("connector.cli.sandbox", "Run a stand-in of a vendor on this machine, with faults on demand."),
    "serve": ("connector.cli.service", "Answer HTTP requests."),
    "check-config": ("connector.cli.service", "Check every setting and list all mistakes."),
    "docs": ("connector.cli.service", "Write the reference of metrics and dimensions (for developers)."),
}
"""Command to the module that holds it and its line in the help."""


class _Commands(click.Group):
    """Loads the module of a command when it is named."""

    context_class = Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module = importlib.import_module(place[0])
        found: click.Command = getattr(module, cmd_name.replace("-", "_") + "_command")
        return speaking(found)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option("0.1.0", prog_name="puente")
@click.option(
    "--language", type=click.Choice(LANGUAGES), help="Language of all that is shown. Default: PUENTE_LANGUAGE."
)
def main(language: str | None) -> None:
    """Puente reads CRM accounts and exports, normalises them to one schema, and answers with right numbers and reports.

    \b
    Begin with your own files:
      python -m connector import deals.csv owners.csv --workspace acme
      python -m connector query --workspace acme --metrics total_sales,win_rate --dimensions owner
      python -m connector report total_sales --workspace acme --out sales.xlsx

    \b
    Or with a connected account:
      python -m connector connect hubspot --workspace acme
      python -m connector sync --workspace acme

    \b
    Into Google Sheets:
      python -m connector connect google --workspace acme --key-file service-account.json
      python -m connector sheet create total_sales --workspace acme

    \b
    Exit codes: 0 done; 1 a bug in Puente; 2 something to correct, nothing was changed;
    3 done, but some rows were rejected; 4 try again later.
    """
    del language  # read before everything else by run(), so that help and errors speak it too


def run(session: Session) -> int:
    """Run the command line; return the exit code. Errors become one clear sentence on standard error."""
    named = language_named(sys.argv[1:])
    speak(named or spoken_language())
    session.language = named
    try:
        main.main(prog_name="python -m connector", standalone_mode=False, obj=session)
    except PuenteError as error:
        click.echo(f"{told('Note' if error.exit_code == 3 else 'Error')}: {error_line(error)}", err=True)
        return error.exit_code
    except click.ClickException as error:
        show_refusal(error)
        return 2
    except (click.Abort, KeyboardInterrupt):
        say("Stopped. What was published before is untouched.", err=True)
        return 130
    except BrokenPipeError:
        return 0
    except Exception:
        logging.getLogger(__name__).exception("unexpected error")
        say(
            "Error: this is a bug in Puente; nothing was published. The log above says where. Please report it.",
            err=True,
        )
        return 1
    finally:
        session.close()
    return 0
