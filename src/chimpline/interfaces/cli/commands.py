"""What a person can type next and have it work: by the name that the shell knows, or by a path."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from pathlib import Path


def this_command() -> str:
    """How this `chimpline` is typed here; its directory need not be on the PATH."""
    started = Path(sys.argv[0])
    found = shutil.which("chimpline")
    if started.name != "chimpline" or (found and started.exists() and started.samefile(found)):
        return "chimpline"
    return _shown(started)


def duckdb_command(file: str, query: str) -> str:
    """Show the rows of a query: with DuckDB's own command where there is one, else from Python.

    It prints the relation, since fetching a time with a zone wants yet another package (pytz).
    """
    if shutil.which("duckdb"):
        return f"duckdb {shlex.quote(file)} {shlex.quote(query)}"
    named, asked = (json.dumps(text, ensure_ascii=False) for text in (file, query))
    code = f"import duckdb; print(duckdb.connect({named}, read_only=True).sql({asked}))"
    return f"{_shown(Path(sys.executable))} -c {shlex.quote(code)}"


def _shown(path: Path) -> str:
    """Relative where it lies below this directory, which is shorter and can be typed as well."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - a link is typed as it is named
    here = Path.cwd()
    if not whole.is_relative_to(here):
        return shlex.quote(str(whole))
    below = whole.relative_to(here)
    return shlex.quote(str(below) if len(below.parts) > 1 else f"./{below}")
