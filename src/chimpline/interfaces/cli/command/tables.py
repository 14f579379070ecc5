"""`chimpline tables`: what can be copied, how each table is read, and what has landed."""

from __future__ import annotations

import json as json_
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chimpline.errors import UnknownTable
from chimpline.interfaces.cli.commands import show_command, this_command
from chimpline.interfaces.cli.options import (
    Dataset,
    Json,
    SettingsFile,
    StateDir,
    To,
)
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.said import whole
from chimpline.interfaces.cli.screen.view import counted, moment
from chimpline.interfaces.cli.session import Session, in_words, noted, say
from chimpline.message import Message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chimpline.runs.report.info import TableInfo, TableStatus
    from chimpline.service.history import DatasetHistory


def tables(
    ctx: typer.Context,
    *,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Pipeline of the settings, not needed if there is only one; or a table, to show "
            "all of it.",
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            metavar="TABLE",
            help="Show all of this table and what its columns mean.",
        ),
    ] = None,
    to: To = None,
    dataset: Dataset = None,
    json: Json = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """List the tables and their keys.

    Also shows how each table is read, how many requests a first read takes in this account, whether
    it is copied by default, how many rows were copied, and when it was last read completely.
    """
    session: Session = ctx.obj
    known = session.engine().catalog_tables()
    if columns is not None:
        _show_columns(_named(columns, known), json=json)
        return 0
    configuration = session.read(settings, state_dir)
    pipeline = name
    if name in {table.name for table in known} and name not in configuration.pipeline_names():
        _show_columns(_named(name, known), json=json)
        return 0
    from chimpline.service.history import dataset_history

    landed: DatasetHistory | None = None
    connection, offered = "main", frozenset[str]()
    if pipeline is not None or len(configuration.pipeline_names()) == 1:
        options = session.dataset(configuration, to, dataset)
        chosen = configuration.choose(pipeline, options)
        landed, connection = dataset_history(chosen, session.engine()), chosen.connection_name
        offered = landed.offered if chosen.pipeline.tables is None else offered
        if landed.unreadable:
            noted(Message.of("rows-not-shown", why=in_words(landed.unreadable)))
    status = {table.table: table for table in landed.tables} if landed else {}
    costs = dict(landed.requests) if landed else {}
    if not costs and configuration.has_control_database:
        costs = _found(session, settings, state_dir, connection)
    if json:
        for table in known:
            line = _as_json(table, status.get(table.name), costs.get(table.name))
            line["offered"] = table.name in offered
            say(json_.dumps(line, ensure_ascii=False))
    else:
        _show(known, status, costs, offered)
    return 0


def _found(
    session: Session, settings: Path | None, state_dir: Path | None, connection: str
) -> dict[str, int]:
    """What the last look at the account reckoned, where nothing is copied yet."""
    from chimpline.service.discovery import stored

    found = stored(session.connections(settings, state_dir), connection)
    tables = found.tables if found else ()
    return {one.name: one.requests for one in tables if one.requests is not None}


def _named(name: str, known: Any) -> TableInfo:
    from chimpline.spelling import did_you_mean

    for table in known:
        if table.name == name:
            found: TableInfo = table
            return found
    near = did_you_mean(name, [table.name for table in known])
    raise UnknownTable("unknown-table", name=name, near=near)


def _show_columns(table: TableInfo, *, json: bool) -> None:
    from chimpline.runs.report.info import SERVICE_COLUMNS, meaning_of

    own = {column.name for column in table.columns}
    service = [column for column in SERVICE_COLUMNS if column.name not in own]
    if json:
        for column in (*table.columns, *service):
            line = {
                "table": table.name,
                "column": column.name,
                "type": column.type,
                "key": column.name in table.primary_key,
                "meaning": meaning_of(table.name, column.name) or None,
            }
            say(json_.dumps(line, ensure_ascii=False))
        return
    rows = [
        (
            column.name,
            column.type,
            "key" if column.name in table.primary_key else "",
            meaning_of(table.name, column.name),
        )
        for column in (*table.columns, *service)
    ]
    say(table.about)
    for fact in _facts(table):
        say(fact)
    show_grid(("column", "type", "", "meaning"), rows, below=("meaning",))


def _facts(table: TableInfo) -> Iterator[str]:
    """How a table is read, and what follows from that."""
    yield f"Primary key: {', '.join(table.primary_key)}."
    if table.parent:
        yield f"Parent: {table.parent}."
    if table.replication_key:
        yield f"Replication key: {table.replication_key}."
    often = f", every {table.every}" if table.every else ""
    yield f"Method: {table.method_shown}{', on change' if table.gated else ''}{often}."
    if table.gate:
        watched = ", ".join(f"{name}*" if name.endswith("__") else name for name in table.gate)
        yield f"Gate: what these columns of {table.parent} say of news: {watched}."
    if table.silent:
        yield f"As of the last complete read: {', '.join(table.silent)}."
    yield f"Copied by default: {f'no. {_why(table)}' if table.off else 'yes.'}"


def _show(
    known: Any, status: dict[str, TableStatus], costs: dict[str, int], offered: frozenset[str]
) -> None:
    headers = ["table", "method", "replication key", "primary key", "parent", "default", "requests"]
    if status:
        headers += ["rows", "full read (UTC)"]
    rows = []
    for table in known:
        row = [
            table.name,
            table.method_shown
            + (", on change" if table.gated else "")
            + (f", every {table.every}" if table.every else ""),
            table.replication_key or "",
            ", ".join(table.primary_key),
            table.parent or "",
            "offered" if table.name in offered else "yes" if table.default else "no",
            _cost(table, costs.get(table.name)),
        ]
        if status:
            landed = status.get(table.name)
            row += [
                counted(landed.rows) if landed else "-",
                moment(landed.complete_at) if landed else "never",
            ]
        rows.append(row)
    below = ["default", "replication key", "parent", "primary key", "method"]
    numbers = ("rows", "requests")
    show_grid(headers, rows, numbers=numbers, below=[name for name in below if name in headers])
    if any(table.gated for table in known):
        say("on change: read when the counters of its campaign have changed, and every week.")
    if any(table.every for table in known):
        say("every 1 day, every 1 hour: read when the last complete read is about that old,")
        say("unless `every` says otherwise.")
    say("requests: about how many a first read takes, by what it hangs below.")
    if offered:
        say("offered: new to this dataset, and not copied by itself. To copy them as well:")
        show_command(f"{this_command()} run --tables default")
    if off := [table for table in known if not table.default]:
        say('Not copied by default; name them, or write tables = "all":')
        for table in off:
            say(f"    {table.name}: {_why(table)}")
    say("To see all of a table, with what its columns mean:")
    show_command(f"{this_command()} tables TABLE")


def _why(table: TableInfo) -> str:
    """Why it is copied only where it is named."""
    return whole(Message(table.off)) if table.off else ""


def _cost(table: TableInfo, requests: int | None) -> str:
    """In requests; where the account is not known, in words."""
    if requests is not None:
        return counted(requests)
    return f"1 each of {table.each}" if table.each else "1"


def _as_json(table: TableInfo, landed: TableStatus | None, requests: int | None) -> dict[str, Any]:
    complete = landed.complete_at if landed else None
    return {
        "table": table.name,
        "about": table.about,
        "method": table.method_shown,
        "replication_key": table.replication_key,
        "primary_key": list(table.primary_key),
        "parent": table.parent,
        "gated": table.gated,
        "gate": list(table.gate),
        "every": table.every,
        "default": table.default,
        "why_not_default": _why(table) or None,
        "requests": requests,
        "rows": landed.rows if landed else None,
        "complete_at": complete.isoformat() if complete else None,
    }
