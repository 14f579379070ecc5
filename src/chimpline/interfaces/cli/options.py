"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from chimpline.service.destinations import url_forms

SettingsFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="Settings file. Default: chimpline.toml in this directory.",
    ),
]
StateDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        metavar="DIR",
        help="State directory. Default: .chimpline next to the settings file.",
    ),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
Verbose: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="Log every request and commit on standard error, without secrets."
    ),
]
PipelineName: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="PIPELINE", help="Pipeline of the settings. Not needed if there is only one."
    ),
]
To: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--to",
        "--destination",
        metavar="URL",
        help=f"The database: {url_forms()}, or the name of a destination.",
    ),
]
Dataset: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--dataset", metavar="NAME", help="The schema in that database. Default: mailchimp."
    ),
]
ApiRoot: TypeAlias = Annotated[
    str | None,
    typer.Option("--api-root", metavar="URL", help="Address of a compatible server's API."),
]
