"""`chimpline discover NAME`: what an account holds, what of it is copied, what changed there."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chimpline.errors import (
    AccessError,
    InvalidCredentials,
    SettingsError,
    SourceUnavailable,
    UserError,
)
from chimpline.interfaces.cli.commands import show_command, this_command
from chimpline.interfaces.cli.options import ApiRoot, Json, SettingsFile, StateDir
from chimpline.interfaces.cli.screen.estimates import about
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.view import counted, moment
from chimpline.interfaces.cli.session import Session, in_words, noted, say, warn
from chimpline.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chimpline.runs.asking.found import Discovery, FoundTable
    from chimpline.service.connection.connections import Connections
    from chimpline.service.discovery import Change
    from chimpline.service.settings.every import TableMetadata

MARKS = {"new": "+", "changed": "~", "gone": "-"}


def discover(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="Connection to look at. Not needed if there is only one."
        ),
    ] = None,
    *,
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns", metavar="TABLE", help="List the columns of this table, with samples."
        ),
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Look again, and show what changed.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="With --refresh: store what was found.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE", help="Write the selection of tables into a file."),
    ] = None,
    import_: Annotated[
        Path | None,
        typer.Option("--import", metavar="FILE", help="Take the selection from such a file."),
    ] = None,
    api_root: ApiRoot = None,
    json: Json = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Show what an account holds.

    Shows the tables, audiences and merge fields of an account, and which of them are copied. The
    first time, one small page of each table is read; values are shown masked. Tables and columns
    are selected in the settings file, in sections named metadata.NAME.TABLE.
    """
    if accept and not refresh:
        raise UserError("accept-without-refresh")
    session: Session = ctx.obj
    connections = session.connections(settings, state_dir)
    name = connections.only(name)
    if import_ is not None:
        _import(connections, name, import_)
        return 0
    if export is not None:
        _export(session, connections, name, export)
        return 0
    from chimpline.service import discovery

    before = discovery.stored(connections, name)
    if before is not None and not refresh:
        _show(connections, name, before, columns=columns, json=json)
        return 0
    found = _look(session, connections, name, api_root)
    changes = [] if before is None else discovery.differences(before, found)
    if before is None or not changes or accept:
        discovery.accept(connections, name, found)
    if before is None:
        _show(connections, name, found, columns=columns, json=json)
    else:
        _show_changes(name, changes, before, accepted=accept, json=json)
    return 0


def _look(session: Session, connections: Connections, name: str, api_root: str | None) -> Discovery:
    from chimpline.service.editing.looking import look

    try:
        return look(
            connections,
            name,
            environ=session.environ,
            engine=session.engine(),
            notice=warn,
            told=noted,
            ask=session.ask(),
            api_root=api_root,
        )
    except (AccessError, SourceUnavailable) as error:
        told = error.keeping("kept-discovery")
        if isinstance(error, InvalidCredentials) and connections.credential(name) is not None:
            told = told.advising(Message.of("then-connect", connection=name))
        raise told from error


def _chosen(connections: Connections, name: str) -> Mapping[str, TableMetadata]:
    return connections.configuration.metadata(name)


def _import(connections: Connections, name: str, file: Path) -> None:
    from chimpline.service.connection.remembered import refuse_asked
    from chimpline.service.editing.choices import put_choices, read_choices
    from chimpline.service.metadata import insisted

    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise SettingsError("export-unreadable", file=file, reason=error.strerror) from None
    except UnicodeDecodeError:
        raise SettingsError("export-not-utf8", file=file) from None
    chosen = read_choices(text, file.name, name)
    refused = connections.statuses.refused(name)
    place = Message.of("place-file", file=file.name)
    refuse_asked(name, dict.fromkeys(insisted(chosen), place), refused)
    path = put_choices(connections, name, chosen, refused)
    say(f"The selection of {name} was written into {path}. The next run uses it.")


def _export(session: Session, connections: Connections, name: str, file: Path) -> None:
    from chimpline.service.editing.choices import export

    names = [table.name for table in session.engine().catalog_tables()]
    text = export(name, _chosen(connections, name), names, connections.statuses.refused(name))
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise UserError("export-unwritable", file=file, reason=error.strerror) from None
    say(f"Wrote {file}. Edit the file, then import it:")
    show_command(f"{this_command()} discover {name} --import {file}")


# -- showing --------------------------------------------------------------------------------------


def _show(
    connections: Connections, name: str, found: Discovery, *, columns: str | None, json: bool
) -> None:
    from chimpline.service.discovery import as_document, unmet
    from chimpline.service.metadata import is_copied, landed_forms, selections

    chosen = _chosen(connections, name)
    forms = landed_forms(selections(chosen))
    if json:
        document = as_document(found)
        for table in document["tables"]:
            one = chosen.get(table["name"])
            table["selected"] = is_copied(table["name"], one)
            table["forms"] = dict(sorted(forms[table["name"]].items()))
        say(json_.dumps(document, ensure_ascii=False))
        return
    if columns is not None:
        _show_columns(_named(columns, found), forms[columns])
        return
    rows = []
    for table in found.tables:
        one = chosen.get(table.name)
        parts = sorted(set(forms[table.name].values()))
        state = "refused" if table.refused else "yes"
        if not is_copied(table.name, one):
            state = "no"
        rows.append(
            (
                table.name,
                ", ".join([state, *(f"some {part}" for part in parts if state == "yes")]),
                table.method,
                table.replication_key or "",
                ", ".join((one and one.key) or table.primary_key),
                table.parent or "",
                counted(table.rows),
                counted(table.requests),
            )
        )
    headers = ("table", "copied", "method", "replication key", "primary key", "parent")
    show_grid(
        (*headers, "rows", "requests"),
        rows,
        numbers=("rows", "requests"),
        below=("parent", "replication key", "method", "primary key"),
    )
    _show_audiences(found)
    for table in found.tables:
        if table.refused:
            noted(Message.of("table-not-copied", table=table.name, why=table.refused))
        if table.unknown:
            noted(Message.of("fields-without-column", table=table.name, fields=table.unknown))
    for path in unmet(found, chosen):
        noted(Message.of("selected-by-nobody", path=path))
    say(
        f"{found.account}, as of {moment(found.taken_at)} UTC. A first run would make about "
        f"{counted(found.requests)} requests and take {about(found.minutes * 60)}. "
        "Row counts are estimates based on Mailchimp's own counters."
    )
    say("To list the columns of a table:")
    show_command(f"{this_command()} discover {name} --columns TABLE")


def _show_audiences(found: Discovery) -> None:
    for audience in found.audiences:
        rows = [*audience.merge_fields.values()]
        rows += [(id_, "interest", " / ".join(name)) for id_, name in audience.interests.items()]
        say()
        say(f"Audience {audience.id} ({audience.name}):")
        if rows:
            show_grid(("merge field", "type", "name"), rows, below=("type",))
    say()


def _named(name: str, found: Discovery) -> FoundTable:
    from chimpline.errors import UnknownTable
    from chimpline.spelling import did_you_mean

    for table in found.tables:
        if table.name == name:
            return table
    near = did_you_mean(name, [table.name for table in found.tables])
    raise UnknownTable("unknown-table", name=name, near=near)


def _show_columns(table: FoundTable, forms: Mapping[str, str]) -> None:
    rows = [
        (
            column,
            kind,
            "key" if column in table.primary_key else "",
            forms.get(column, "yes"),
            table.samples.get(column, ""),
        )
        for column, kind in table.columns.items()
    ]
    rows += [(path, "", "", form, "") for path, form in sorted(forms.items()) if "." in path]
    show_grid(("column", "type", "", "copied", "sample (masked)"), rows, below=("type",))


def _show_changes(
    name: str, changes: list[Change], before: Discovery, *, accepted: bool, json: bool
) -> None:
    if json:
        for change in changes:
            line = {"change": change.kind, "what": in_words(change.what)}
            say(json_.dumps(line, ensure_ascii=False))
        say(json_.dumps({"event": "discovered", "changes": len(changes), "accepted": accepted}))
        return
    for change in changes:
        say(f"{MARKS[change.kind]} {in_words(change.what)}")
    since = f"since {moment(before.taken_at)} UTC"
    if not changes:
        say(f"Nothing changed at Mailchimp {since}.")
    elif accepted:
        say(f"{len(changes)} changes {since}. They are stored now.")
    else:
        say(f"{len(changes)} changes {since}. They are not stored yet. To store them:")
        show_command(f"{this_command()} discover {name} --refresh --accept")
