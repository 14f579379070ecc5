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
    PipelineName,
    SettingsFile,
    StateDir,
    To,
)
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.view import counted, moment
from chimpline.interfaces.cli.session import Session, in_words, noted, say
from chimpline.message import Message

if TYPE_CHECKING:
    from chimpline.runs.report.info import TableInfo, TableStatus
    from chimpline.service.history import DatasetHistory


def tables(
    ctx: typer.Context,
    *,
    pipeline: PipelineName = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="TABLE", help="List the columns of this table."),
    ] = None,
    to: To = None,
    dataset: Dataset = None,
    json: Json = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """List the tables and their keys.

    Also shows how each table is read, how many rows were copied, and when the table was last read
    completely.
    """
    session: Session = ctx.obj
    known = session.engine().catalog_tables()
    if columns is not None:
        _show_columns(_named(columns, known), json=json)
        return 0
    configuration = session.read(settings, state_dir)
    from chimpline.service.history import dataset_history

    landed: DatasetHistory | None = None
    if pipeline is not None or len(configuration.pipeline_names()) == 1:
        options = session.dataset(configuration, to, dataset)
        chosen = configuration.choose(pipeline, options)
        landed = dataset_history(chosen, session.engine())
        if landed.unreadable:
            noted(Message.of("rows-not-shown", why=in_words(landed.unreadable)))
    status = {table.table: table for table in landed.tables} if landed else {}
    if json:
        for table in known:
            say(json_.dumps(_as_json(table, status.get(table.name)), ensure_ascii=False))
    else:
        _show(known, status)
    return 0


def _named(name: str, known: Any) -> TableInfo:
    from chimpline.spelling import did_you_mean

    for table in known:
        if table.name == name:
            found: TableInfo = table
            return found
    near = did_you_mean(name, [table.name for table in known])
    raise UnknownTable("unknown-table", name=name, near=near)


def _show_columns(table: TableInfo, *, json: bool) -> None:
    from chimpline.runs.report.info import OWN_COLUMNS, SERVICE_COLUMNS

    own = {column.name for column in table.columns}
    service = [column for column in SERVICE_COLUMNS if column.name not in own]
    if json:
        for column in table.columns:
            line = {
                "table": table.name,
                "column": column.name,
                "type": column.type,
                "key": column.name in table.primary_key,
            }
            say(json_.dumps(line))
        for column in service:
            line = {"table": table.name, "column": column.name, "type": column.type, "key": False}
            say(json_.dumps(line))
        return
    rows = [
        (
            column.name,
            column.type,
            "key" if column.name in table.primary_key else "",
            OWN_COLUMNS.get(column.name, ""),
        )
        for column in (*table.columns, *service)
    ]
    say(table.about)
    show_grid(("column", "type", "", "added by chimpline"), rows, below=("added by chimpline",))


def _show(known: Any, status: dict[str, TableStatus]) -> None:
    headers = ["table", "method", "replication key", "primary key", "parent"]
    if not all(table.default for table in known):
        headers.append("default")
    if status:
        headers += ["rows", "full read (UTC)"]
    rows = []
    for table in known:
        row = [
            table.name,
            table.method_shown + (", on change" if table.gated else ""),
            table.replication_key or "",
            ", ".join(table.primary_key),
            table.parent or "",
        ]
        if "default" in headers:
            row.append("yes" if table.default else "no")
        if status:
            landed = status.get(table.name)
            row += [
                counted(landed.rows) if landed else "-",
                moment(landed.complete_at) if landed else "never",
            ]
        rows.append(row)
    below = ["default", "replication key", "parent", "primary key", "method"]
    show_grid(headers, rows, numbers=("rows",), below=[name for name in below if name in headers])
    if any(table.gated for table in known):
        say("on change: read when the counters of its campaign have changed, and every week.")
    say("To list the columns of a table:")
    show_command(f"{this_command()} tables --columns TABLE")


def _as_json(table: TableInfo, landed: TableStatus | None) -> dict[str, Any]:
    complete = landed.complete_at if landed else None
    return {
        "table": table.name,
        "about": table.about,
        "method": table.method_shown,
        "replication_key": table.replication_key,
        "primary_key": list(table.primary_key),
        "parent": table.parent,
        "gated": table.gated,
        "default": table.default,
        "rows": landed.rows if landed else None,
        "complete_at": complete.isoformat() if complete else None,
    }
