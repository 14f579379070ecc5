"""`chimpline check`: what a sign-in may read, or whether a run could write to a destination.

`chimpline destination NAME` stores what such a check needs: the secret of a destination.
"""

from __future__ import annotations

import json as json_
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from chimpline.errors import DestinationLocked, DestinationUnavailable, UserError
from chimpline.interfaces.cli.command.connections import as_json, show_connection
from chimpline.interfaces.cli.options import Json, SettingsFile, StateDir
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.problems import show_error
from chimpline.interfaces.cli.session import Session, in_words, noted, say, warn
from chimpline.interfaces.cli.typed import Typed, by_option
from chimpline.message import Message
from chimpline.redact import register

if TYPE_CHECKING:
    from pathlib import Path

    from chimpline.service.connection.access import Verified
    from chimpline.service.connection.connections import Connections
    from chimpline.service.destinations import Checked

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
    destination: Annotated[
        str | None,
        typer.Option(
            "--destination",
            metavar="NAME",
            help="Check this destination (or URL) instead: whether a run could write there.",
        ),
    ] = None,
    json: Json = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Check a sign-in and what it may read, or a destination.

    Asks Mailchimp for the account, and for one record of every table. With --destination, asks the
    database whether a run could write there; nothing is written.

    Exit status: 0: every table can be read, or the destination can be written. 1: some tables are
    refused, or the destination is. 2: someone has to fix something.
    """
    from chimpline.service.connection import access

    session: Session = ctx.obj
    if destination is not None:
        if name is not None:
            raise UserError("check-one-of-both", connection=name, destination=destination)
        return _check_destination(session, destination, settings, state_dir, json=json)
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


def _check_destination(
    session: Session, asked: str, settings: Path | None, state_dir: Path | None, *, json: bool
) -> int:
    from chimpline.service.destinations import check as checked_destinations

    checked = checked_destinations(session.read(settings, state_dir), asked)
    for one in checked:
        if json:
            say(json_.dumps(_destination_as_json(one), ensure_ascii=False))
        elif one.refused is None:
            whose = (
                f"It holds a copy of the Mailchimp account {one.owner.account_name} "
                f"({one.owner.account_id})."
                if one.owner
                else "No account was copied there yet."
            )
            named = f"destination {one.name} ({one.url})" if one.name else one.url
            say(f"A run can write to {named}, dataset {one.dataset}. {whose}")
        if one.refused is not None:
            show_error(one.refused)
    return SOME_REFUSED if any(one.refused for one in checked) else 0


def _destination_as_json(one: Checked) -> dict[str, object]:
    from chimpline.interfaces.messages import told

    return {
        "destination": one.name,
        "url": one.url,
        "dataset": one.dataset,
        "reached": not isinstance(one.refused, DestinationUnavailable | DestinationLocked),
        "writable": one.refused is None,
        "account_id": one.owner.account_id if one.owner else None,
        "account_name": one.owner.account_name if one.owner else None,
        "error": str(told(one.refused.problem)) if one.refused else None,
        "problem": one.refused.problem.to_json() if one.refused else None,
    }


def destination(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Destination of the settings: [destinations.NAME]."),
    ],
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Delete the stored password instead.")
    ] = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Store the password of a destination, encrypted, and check it.

    The password is asked for, or read from standard input. An earlier one is replaced.

    Exit status: 0: a run can write there. 1: it cannot; the password is stored all the same.
    2: someone has to fix something.
    """
    from chimpline.service import destinations

    session: Session = ctx.obj
    configuration = session.read(settings, state_dir)
    if forget:
        gone = destinations.forget(configuration, name, session.clock)
        say(f"{'The' if gone else 'No'} password of destination {name} was {_ENDED[gone]}.")
        return 0
    name, names = destinations.secrets_of(configuration, name)
    typed = Typed()
    given = {one: _typed_secret(typed, one, name, quiet=password_stdin) for one in names}
    destinations.store(configuration, name, given, session.clock)
    say(f"The {' and the '.join(names)} of destination {name} is stored, encrypted.")
    return _check_destination(session, name, settings, state_dir, json=False)


_ENDED = {True: "deleted", False: "stored"}


def _typed_secret(typed: Typed, secret: str, name: str, *, quiet: bool) -> str:
    """A secret as it was typed or piped in: blanks may belong to it."""
    what = f"{secret.capitalize()} of destination {name}"
    with nullcontext() if quiet else typed.prompting(f"{what} (not shown): ", hidden=True):
        text = typed.line(what, otherwise=by_option("--password-stdin"))
    register(text)
    if not text:
        raise UserError("secret-of-destination-empty", secret=secret, destination=name)
    return text


def show_access(connections: Connections, found: Verified, *, quiet: bool = False) -> None:
    """Which tables may be read, and which pipelines ask for one that may not."""
    from chimpline.service.metadata import insisted
    from chimpline.service.settings.form.naming import table_names

    if found.warning:
        noted(found.warning)
    if not quiet:
        told = [table for table in found.tables if table.why]
        readable = sum(table.allowed for table in found.tables)
        say(f"{readable} of {len(found.tables)} tables can be read.")
        if told:
            rows = [
                (t.table, "yes" if t.allowed else "refused", in_words(t.why or "")) for t in told
            ]
            show_grid(("table", "readable", "why"), rows)
    for pipeline, tables in connections.selected_but_refused(found.connection.name).items():
        configuration = connections.configuration
        asked = table_names(configuration.sources.get("pipelines", pipeline, "tables"))
        named = isinstance(asked, list | tuple)
        chosen = insisted(configuration.metadata(found.connection.name))
        if wrong := [table for table in tables if named or table in chosen]:
            noted(Message.of("pipeline-asks-for-refused", pipeline=pipeline, tables=wrong))
        else:
            noted(Message.of("pipeline-leaves-out-refused", pipeline=pipeline, tables=tables))
