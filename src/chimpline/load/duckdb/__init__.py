"""DuckDB as a destination: a file."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from chimpline.errors import DestinationReadOnly
from chimpline.load.registry import Kind, Place, Setting, UrlRefused, forms, register
from chimpline.message import Message

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chimpline.load.contract import Destination
    from chimpline.load.reading import Limits, Reader


@dataclasses.dataclass(frozen=True, slots=True)
class DuckDBFile:
    path: Path
    dataset: str


class DuckDB(Kind):
    """`duckdb:///x` is relative, `duckdb:////x` absolute, as users know it from other tools."""

    name = "DuckDB"
    schemes = ("duckdb",)
    forms = ("duckdb:///relative.duckdb", "duckdb:////absolute.duckdb")
    short = "duckdb:///FILE"
    settings = (
        Setting(
            "file",
            "The file. A relative path starts at this settings file.",
            form='the path of a file: "mailchimp.duckdb"',
            example="mailchimp.duckdb",
            pattern=r"(?!:memory:$)/*[^/].*",
            needed=True,
        ),
    )
    files = ("*.duckdb", "*.duckdb.wal")
    alone = True

    def read(self, url: str) -> str:
        rest = url[len("duckdb:") :]
        if not rest.startswith("///") or rest.strip("/") in {"", ":memory:"}:
            raise UrlRefused("url-refused", reason=Message("url-names-no-file"), urls=forms())
        if "?" in rest or "#" in rest:
            raise UrlRefused("url-refused", reason=Message("url-holds-marks"), urls=forms())
        return url

    def url(self, settings: Mapping[str, str]) -> str:
        return f"duckdb:///{_coded(settings['file'])}"

    def open(self, place: Place, *, read_only: bool) -> Destination:
        from chimpline.load.duckdb.session import DuckDBSession
        from chimpline.load.sql_destination import SqlDestination

        file = DuckDBFile(_path(place.url), place.dataset)
        return SqlDestination(DuckDBSession(file, read_only=read_only), read_only=read_only)

    def get_ready(self) -> None:
        import chimpline.load.duckdb.reading  # noqa: F401

    def reader(self, place: Place, limits: Limits, *, trusted: bool) -> Reader:
        from chimpline.load.duckdb.reading import DuckDBReader

        file = DuckDBFile(_path(place.url), place.dataset)
        return DuckDBReader(file, limits, trusted=trusted)

    def check_writable(self, place: Place, tables: Collection[str]) -> None:
        from chimpline.load.duckdb.errors import check_file

        del tables  # whoever may write the file may create any
        file = _path(place.url)
        check_file(file, read_only=False)
        # DuckDB writes a log beside the file.
        for path in (file, file.absolute().parent):
            if path.exists() and not os.access(path, os.W_OK):
                raise DestinationReadOnly(
                    "duckdb-not-writable", path=path, kept="kept-nothing-changed"
                )

    def absolute(self, url: str, beside: Path) -> str:
        return f"duckdb:///{Path(_coded(str(beside.absolute()))) / url[len('duckdb:///') :]}"

    def file(self, url: str) -> Path:
        return _path(url)

    def is_missing(self, url: str) -> bool:
        return not _path(url).exists()

    def look(self, url: str, dataset: str, table: str) -> Sequence[str]:
        """With DuckDB's own command where there is one, else from Python.

        That prints the relation, which shows itself as a table.
        """
        path = _path(url)
        # DuckDB names a database after its file: two parts would be ambiguous.
        schema = f"{dataset}.{dataset}" if path.stem == dataset else dataset
        query = f"select * from {schema}.{table}"
        here = Path.cwd()
        below = str(path.relative_to(here) if path.is_relative_to(here) else path)
        if shutil.which("duckdb"):
            return "duckdb", below, query
        named, asked = (json.dumps(text, ensure_ascii=False) for text in (below, query))
        # A space stands only where a line may end: long commands are shown on several lines.
        named = named.replace(" ", r"\x20")
        code = f'print(__import__("duckdb").connect({named}, read_only=True).sql(""{asked}""))'
        return sys.executable, "-c", code


def _coded(path: str) -> str:
    """A path as it stands in a URL; whatever has no meaning there stays readable."""
    return re.sub("[%?#]", lambda found: quote(found[0]), path)


def _path(url: str) -> Path:
    return Path(unquote(url[len("duckdb:///") :]))


register(DuckDB())
