"""``serve`` and ``check-config``."""

from __future__ import annotations

import click

from connector.cli.session import Session, pass_session
from connector.cli.speech import say
from connector.model.messages import told


@click.command("serve")
@pass_session
def serve_command(session: Session) -> None:
    """Answer HTTP requests on PUENTE_HOST and PUENTE_PORT (default http://127.0.0.1:8080) until stopped."""
    settings = session.settings
    say(f"Serving on http://{settings.host}:{settings.port} (described at /openapi.json). Stop with Ctrl+C.", err=True)
    session.serve()


@click.command("check-config")
@pass_session
def check_config_command(session: Session) -> None:
    """Check every setting and list all mistakes at once; show the settings in force, secrets as stars."""
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy
    from connector.settings import SETTINGS  # noqa: PLC0415 - heavy

    settings = session.settings
    print_rows(
        ["setting", "value", "meaning"], [(s.name, getattr(settings, s.attribute), told(s.help)) for s in SETTINGS]
    )
    say("Every setting is right.")


@click.command("docs")
def docs_command() -> None:
    """Write the reference of metrics and dimensions and the default mappings from the code (for developers)."""
    from connector.actions.documents import write_references  # noqa: PLC0415 - heavy

    for path in write_references():
        say(f"Wrote {path}")
