"""``workspace brand``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from connector.cli.session import Session, pass_session
from connector.cli.speech import say
from connector.errors import UserError
from connector.model.messages import told


@click.command("brand")
@click.option("--workspace", "-w", default="", help="Name of the workspace.")
@click.option("--default", "for_all", is_flag=True, help="The brand of every workspace without one of its own.")
@click.option("--name", default="", help="Name that stands on every report.")
@click.option("--logo", type=click.Path(path_type=Path), help="PNG or JPEG file; it is made small and written anew.")
@click.option("--no-logo", "without_logo", is_flag=True, help="Show no logo, even where the default has one.")
@click.option("--primary", default="", metavar="#RRGGBB", help="Colour of headings and of the first series.")
@click.option("--accent", default="", metavar="#RRGGBB", help="Colour of the second series.")
@click.option("--neutral", default="", metavar="#RRGGBB", help="Colour of the third series.")
@click.option("--font", default="", help="Family of the font, such as Georgia; the reader's machine needs it.")
@click.option("--show", is_flag=True, help="Only show what holds and where it comes from.")
@click.option("--reset", is_flag=True, help="Take the brand back.")
@pass_session
def brand_command(session: Session, workspace: str, for_all: bool, show: bool, reset: bool, **given: Any) -> None:
    """Set name, logo, colours and font of every report, page and PDF of a workspace, or show them.

    What a workspace leaves open is taken from the default (--default), then from Puente's own looks. Colours are
    checked: what cannot be read or told apart is refused, with the nearest colour that passes.

    \b
    Examples:
      workspace brand -w acme --name "Acme Consulting" --logo acme.png --primary '#7A1F4E'
      workspace brand --default --font Georgia
      workspace brand -w acme --show
      workspace brand -w acme --reset
    """
    from connector.actions.brand import BrandRequest, describe_brand, reset_brand, set_brand  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    if bool(workspace) == for_all:
        raise UserError("Name one of --workspace and --default.", place="workspace brand")
    request = BrandRequest(**given)
    if ((show or reset) and request != BrandRequest()) or (show and reset):
        raise UserError("--show and --reset stand alone.", place="workspace brand", remedy="Run them one by one.")
    if reset:
        say("The brand is taken back." if reset_brand(session.store, workspace) else "There was no brand.")
    elif not show:
        set_brand(session.store, workspace, request, session.now())
    lines = describe_brand(session.store, workspace)
    print_rows(["brand", "value", "from"], [(told(line.fact), told(line.value), told(line.origin)) for line in lines])
