"""`chimpline connections`: list, show, edit and delete them, and change the key of the vault."""

from __future__ import annotations

import json as json_
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from chimpline.errors import UserError
from chimpline.interfaces.cli.commands import show_command, this_command
from chimpline.interfaces.cli.options import Json, SettingsFile, StateDir
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.view import moment
from chimpline.interfaces.cli.session import Session, in_words, say

if TYPE_CHECKING:
    from chimpline.service.connection.connections import Connection, Connections

SHOW = "show"
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a connection.")]


class _NameIsShown(TyperGroup):
    """`connections main` is `connections show main`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        at = 0
        while at < len(args) and args[at].startswith("-"):
            at += 2 if args[at] in {"--settings", "--state-dir"} else 1
        leading, rest = args[:at], args[at:]
        if rest:
            known = rest[0] in self.commands
            args = [rest[0], *leading, *rest[1:]] if known else [SHOW, *leading, *rest]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_NameIsShown,
    help="List, show, edit or delete connections.\n\nWithout a name, all connections are listed. "
    "With a name, one is shown: its settings, state and account, and which secrets are stored.",
    subcommand_metavar="[NAME | COMMAND]",
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def _list(
    ctx: typer.Context,
    *,
    json: Json = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    if ctx.invoked_subcommand is not None:
        return 0
    session: Session = ctx.obj
    connections = session.connections(settings, state_dir)
    found = connections.all()
    if json:
        for connection in found:
            say(json_.dumps(as_json(connections, connection), ensure_ascii=False))
        return 0
    if not found:
        say("There is no connection yet. To make one:")
        show_command(f"{this_command()} connect main")
        return 0
    rows = [
        (
            connection.name,
            connection.status.state.value,
            moment(connection.status.state_since),
            connection.status.account_name or "",
            connection.settings.auth or "",
            ", ".join(connections.definitions.pipelines_of(connection.name)),
        )
        for connection in found
    ]
    headers = ("connection", "state", "since (UTC)", "account", "auth", "pipelines")
    show_grid(headers, rows, below=("pipelines", "auth", "since (UTC)"))
    return 0


@app.command(SHOW)
def show(
    ctx: typer.Context,
    name: Name,
    *,
    json: Json = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Show one connection."""
    session: Session = ctx.obj
    connections = session.connections(settings, state_dir)
    connection = connections.get(name)
    if json:
        say(json_.dumps(as_json(connections, connection), ensure_ascii=False))
    else:
        show_connection(connections, connection)
    return 0


@app.command("edit")
def edit(
    ctx: typer.Context,
    name: Name,
    changes: Annotated[
        list[str],
        typer.Argument(
            metavar="SETTING=VALUE",
            help="For example start_date=01/31/2020. SETTING= removes it.",
        ),
    ],
    *,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Change settings in chimpline.toml.

    Comments and order stay as they are.
    """
    session: Session = ctx.obj
    connections = session.connections(settings, state_dir)
    values: dict[str, object] = {}
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals or not key.strip():
            raise UserError("change-wrong-form", connection=name)
        values[key.strip().replace("-", "_")] = value.strip() or None
    connection = connections.edit(name, values)
    say(f"Changed {connections.definitions.settings_file}.")
    show_connection(connections, connection)
    return 0


@app.command("delete")
def delete(
    ctx: typer.Context,
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Delete a connection.

    This also deletes its secrets, its table selection and its hash salt. A connection that a
    pipeline uses is not deleted. What was copied stays in the database.
    """
    session: Session = ctx.obj
    connections = session.connections(settings, state_dir)
    connections.get(name)
    if not yes and not connections.definitions.pipelines_of(name) and not _agreed(session, name):
        say("Nothing was deleted.")
        return 1
    connections.delete(name)
    say(f"Deleted connection {name} and its secrets. What was copied stays in the database.")
    return 0


@app.command("rotate-key")
def rotate_key(
    ctx: typer.Context,
    *,
    new_key_stdin: Annotated[
        bool,
        typer.Option(
            "--new-key-stdin",
            help="Read the new key (32 bytes, base64 or hex) from standard input. You keep it.",
        ),
    ] = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Encrypt all secrets with a new key.

    Without an option, chimpline makes the key and keeps it.
    """
    session: Session = ctx.obj
    connections = session.connections(settings, state_dir)
    if not connections.configuration.has_control_database:
        say("No secret is stored yet, so there is nothing to encrypt.")
        return 0
    where = in_words(connections.vault.rotate_key(sys.stdin.readline() if new_key_stdin else None))
    if new_key_stdin:
        say(f"All secrets are encrypted with the new key. From now on, set {where} to it.")
    else:
        say(f"All secrets are encrypted with a new key, stored in {where}. The old key is deleted.")
    return 0


def show_connection(connections: Connections, connection: Connection) -> None:
    """What is known of one, for a person."""
    status = connection.status
    say(f"Connection {connection.name}: {_state(connection)}.")
    if not connection.defined and status.state_since is not None:
        file = connections.definitions.settings_file
        say(f"It is not in {file.name}. To delete what is stored for it:")
        show_command(f"{this_command()} connections delete {connection.name}")
    if status.account_id:
        role = f", role {status.role}" if status.role else ""
        say(f"Account: {status.account_name or status.account_id} ({status.account_id}{role}).")
    if status.last_error:
        say(f"Last error: {in_words(status.last_error.message)}")
    rows = [(name, value) for name, value in _settings(connection).items() if value is not None]
    rows += [
        (kind.value, shown) for kind, shown in connections.secrets.masked(connection.name).items()
    ]
    shown = [(name, str(v).lower() if isinstance(v, bool) else str(v)) for name, v in rows]
    show_grid(("setting", "value"), shown)
    if refused := connections.statuses.refused(connection.name):
        say(f"Tables that this user may not read: {', '.join(refused)}.")
    if pipelines := connections.definitions.pipelines_of(connection.name):
        say(f"Used by pipeline {', '.join(pipelines)}.")


def as_json(connections: Connections, connection: Connection) -> dict[str, Any]:
    """What is known of one, for a program; secrets masked."""
    status = connection.status
    return {
        "connection": connection.name,
        "defined": connection.defined,
        "state": status.state.value,
        "state_since": status.state_since.isoformat() if status.state_since else None,
        "verified_at": status.verified_at.isoformat() if status.verified_at else None,
        "account_id": status.account_id,
        "account_name": status.account_name,
        "role": status.role,
        "last_error": in_words(status.last_error.message) if status.last_error else None,
        "settings": _settings(connection),
        "secrets": {
            kind.value: shown for kind, shown in connections.secrets.masked(connection.name).items()
        },
        "refused": {
            table: in_words(why)
            for table, why in connections.statuses.refused(connection.name).items()
        },
        "pipelines": connections.definitions.pipelines_of(connection.name),
    }


def _settings(connection: Connection) -> dict[str, Any]:
    shown: dict[str, Any] = connection.settings.model_dump(mode="json")
    start = connection.settings.start_date
    if start is not None:
        shown["start_date"] = f"{start:%m/%d/%Y}"  # as the settings file has it
    return shown


def _state(connection: Connection) -> str:
    status = connection.status
    since = f" since {moment(status.state_since)} UTC" if status.state_since else ""
    return f"{status.state.value}{since}"


def _agreed(session: Session, name: str) -> bool:
    if session.ask() is None:
        raise UserError("delete-unconfirmed", connection=name)
    return typer.confirm(f"Delete connection {name} and its secrets?", err=True)
