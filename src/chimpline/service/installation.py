"""What is installed here, and where it keeps what it keeps."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
import sqlite3
from pathlib import Path

import chimpline
from chimpline.errors import ChimplineError
from chimpline.service.desk import Desk

_PARTS = {"dbos": "DBOS", "duckdb": "DuckDB", "adbc-driver-postgresql": "PostgreSQL (ADBC)"}


@dataclasses.dataclass(frozen=True, slots=True)
class Installation:
    """`versions`: by what it is of. `problem`: why the settings file cannot be used as it is.

    `data_dir` is None while that has been so from the beginning.
    """

    versions: dict[str, str]
    state_dir: Path
    settings_file: Path
    has_settings: bool
    data_dir: Path | None
    problem: ChimplineError | None


def installation(desk: Desk) -> Installation:
    versions = {"chimpline": chimpline.__version__, "Python": platform.python_version()}
    for name, shown in _PARTS.items():
        try:
            versions[shown] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    versions["SQLite"] = sqlite3.sqlite_version
    problem = desk.wrong_settings()
    try:
        data_dir = desk.configuration().data_dir
    except ChimplineError:
        data_dir = None
    file = desk.settings_file
    return Installation(versions, desk.state.path, file, file.exists(), data_dir, problem)
