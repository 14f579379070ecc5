"""`chimpline tables`: what can be copied, how each table is read, and what has landed."""

from __future__ import annotations

import json as json_
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chimpline.errors import UnknownTable
from chimpline.interfaces.cli.grid import show_grid
from chimpline.interfaces.cli.options import (
    Dataset,
    Json,
    PipelineName,
    SettingsFile,
    StateDir,
    To,
)
from chimpline.interfaces.cli.session import Session, say, warn
from chimpline.interfaces.cli.view import counted, moment

if TYPE_CHECKING:
    from chimpline.runs.info import TableInfo, TableStatus
    from chimpline.service.history import DatasetHistory


def tables(
    ctx: typer.Context,
    *,
    pipeline: PipelineName = None,
    columns: Annotated[
        str | None, typer.Option("--columns", metavar="TABLE", help="The columns of one table.")
    ] = None,
    to: To = None,
    dataset: Dataset = None,
    json: Json = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """List the tables: how each is read, its keys, and when it was last read completely."""
    session: Session = ctx.obj
    known = session.engine().catalog_tables()
    if columns is not None:
        _show_columns(_named(columns, known), json=json)
        return 0
    configuration = session.read(settings, state_dir)
    from chimpline.service.history import dataset_history

    landed: DatasetHistory | None = None
    if pipeline is not None or len(configuration.pipeline_names()) == 1:
        options = session.datasets(configuration, to, dataset)[0]
        chosen = configuration.choose(pipeline, options)
        landed = dataset_history(chosen, session.engine())
        if landed.unreadable:
            warn(f"Note: what has landed is not shown. {landed.unreadable}")
    status = {table.table: table for table in landed.tables} if landed else {}
    if json:
        for table in known:
            say(json_.dumps(_as_json(table, status.get(table.name)), ensure_ascii=False))
    else:
        _show(known, status)
    return 0


def _named(name: str, known: Any) -> TableInfo:
    from chimpline.service.settings import nearest

    for table in known:
        if table.name == name:
            found: TableInfo = table
            return found
    raise UnknownTable(
        f"There is no table {name}.{nearest(name, [table.name for table in known])}",
        do="`chimpline tables` lists all tables.",
    )


def _show_columns(table: TableInfo, *, json: bool) -> None:
    if json:
        for column in table.columns:
            line = {
                "table": table.name,
                "column": column.name,
                "type": column.type,
                "key": column.name in table.primary_key,
            }
            say(json_.dumps(line))
        return
    rows = [
        (column.name, column.type, "key" if column.name in table.primary_key else "")
        for column in table.columns
    ]
    show_grid(("column", "type", ""), rows)


def _show(known: Any, status: dict[str, TableStatus]) -> None:
    headers = ["table", "method", "replication key", "primary key", "parent", "default"]
    if status:
        headers += ["rows", "complete read (UTC)"]
    rows = []
    for table in known:
        row = [
            table.name,
            table.method_shown + (", gated" if table.gated else ""),
            table.replication_key or "",
            ", ".join(table.primary_key),
            table.parent or "",
            "yes" if table.default else "no",
        ]
        if status:
            landed = status.get(table.name)
            row += [
                counted(landed.rows) if landed else "-",
                moment(landed.complete_at) if landed else "never",
            ]
        rows.append(row)
    show_grid(headers, rows, numbers=("rows",))
    say("`chimpline tables --columns TABLE` lists the columns of one.")


def _as_json(table: TableInfo, landed: TableStatus | None) -> dict[str, Any]:
    complete = landed.complete_at if landed else None
    return {
        "table": table.name,
        "method": table.method_shown,
        "replication_key": table.replication_key,
        "primary_key": list(table.primary_key),
        "parent": table.parent,
        "gated": table.gated,
        "default": table.default,
        "rows": landed.rows if landed else None,
        "complete_at": complete.isoformat() if complete else None,
    }
