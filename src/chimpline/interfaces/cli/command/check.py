"""`chimpline check NAME`: whether the sign-in is good, and which tables it may read."""

from __future__ import annotations

import json as json_
from typing import TYPE_CHECKING, Annotated

import typer

from chimpline.interfaces.cli.command.connections import as_json, show_connection
from chimpline.interfaces.cli.options import Json, SettingsFile, StateDir
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.session import Session, say, warn

if TYPE_CHECKING:
    from chimpline.service.connection.access import Verified
    from chimpline.service.connection.connections import Connections

SOME_REFUSED = 1


def check(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="Connection to check. Not needed if there is only one."
        ),
    ] = None,
    *,
    json: Json = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Check a sign-in and what it may read.

    Asks Mailchimp for the account, and for one record of every table.

    Exit status: 0: every table can be read. 1: some tables are refused. 2: someone has to fix
    something.
    """
    from chimpline.service.connection import access

    session: Session = ctx.obj
    connections = session.connections(settings, state_dir)
    name = connections.only(name)
    found = access.check(
        connections, name, credential=connections.given_credential(name), notice=warn
    )
    if json:
        line = as_json(connections, found.connection)
        line["tables"] = {table.table: table.allowed for table in found.tables}
        say(json_.dumps(line, ensure_ascii=False))
    else:
        show_connection(connections, found.connection)
    show_access(connections, found, quiet=json)
    return SOME_REFUSED if found.refused else 0


def show_access(connections: Connections, found: Verified, *, quiet: bool = False) -> None:
    """Which tables may be read, and which pipelines ask for one that may not."""
    from chimpline.service.metadata import insisted

    if found.warning:
        warn(f"Note: {found.warning}")
    if not quiet:
        told = [table for table in found.tables if table.why]
        readable = sum(table.allowed for table in found.tables)
        say(f"{readable} of {len(found.tables)} tables can be read.")
        if told:
            rows = [(t.table, "yes" if t.allowed else "refused", t.why) for t in told]
            show_grid(("table", "readable", "why"), rows)
    for pipeline, tables in connections.selected_but_refused(found.connection.name).items():
        configuration = connections.configuration
        named = configuration.sources.get("pipelines", pipeline, "tables") is not None
        chosen = insisted(configuration.metadata(found.connection.name))
        if wrong := [table for table in tables if named or table in chosen]:
            warn(
                f"Note: pipeline {pipeline} asks for {', '.join(wrong)}, which Mailchimp refuses. "
                "The pipeline cannot run until these tables are removed from the settings."
            )
        else:
            warn(f"Note: pipeline {pipeline} does not copy {', '.join(tables)}.")
