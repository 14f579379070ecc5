"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

SettingsFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--settings", metavar="FILE", help="The settings file; chimpline.toml if it is here."
    ),
]
StateDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        metavar="DIR",
        help="Locks and live events; .chimpline beside the settings.",
    ),
]
Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="JSON, one object a line, on standard output.")
]
Verbose: TypeAlias = Annotated[
    bool, typer.Option("--verbose", "-v", help="Logs on standard error.")
]
PipelineName: TypeAlias = Annotated[
    str | None,
    typer.Argument(metavar="PIPELINE", help="Of the settings; the only one if left out."),
]
To: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--to",
        "--destination",
        metavar="URL",
        help="duckdb:///relative.duckdb, duckdb:////absolute.duckdb or postgresql://user@host/db",
    ),
]
Dataset: TypeAlias = Annotated[
    str | None, typer.Option("--dataset", metavar="NAME", help="The schema in that database.")
]
