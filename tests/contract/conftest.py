"""Destinations for the contract suite: each engine for real, a fresh dataset for each test.

A further destination joins by one more entry in `ENGINES` and a branch in `place`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from chimpline.load import open_destination
from chimpline.load.contract import Destination
from tests.postgres import start

ENGINES = ("duckdb", "postgresql")

_numbers = itertools.count(1)


@dataclasses.dataclass
class Place:
    """Where a dataset lies, and how a test opens it and looks into it from outside."""

    engine: str
    url: str
    dataset: str
    stack: contextlib.ExitStack

    def open(self, *, read_only: bool = False) -> Destination:
        return self.stack.enter_context(
            open_destination(self.url, self.dataset, read_only=read_only)
        )


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One PostgreSQL server a test process."""
    directory = tempfile.mkdtemp(prefix="chimpline-pg-")
    server = start(Path(directory))
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


def drop_dataset(url: str, dataset: str) -> None:
    """What is left costs each later session, whose driver reads every column of the database."""
    with psycopg.connect(url, autocommit=True) as admin:
        drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE")
        admin.execute(drop.format(sql.Identifier(dataset)))


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    # The name is awkward on purpose: a blank, a capital, a quote, Korean.
    dataset = f'My "메일" {next(_numbers)}'
    url = (
        f"duckdb:///{tmp_path}/warehouse.duckdb"
        if engine == "duckdb"
        else request.getfixturevalue("postgres_url")
    )
    with contextlib.ExitStack() as stack:
        yield Place(engine, url, dataset, stack)
    if engine == "postgresql":
        drop_dataset(url, dataset)


@pytest.fixture
def destination(place: Place) -> Destination:
    return place.open()


@pytest.fixture
def stored(destination: Destination) -> Callable[..., list[tuple[Any, ...]]]:
    """Read what is stored by plain SQL, through the destination's own session."""

    def read(sql: str, *values: object) -> list[tuple[Any, ...]]:
        session: Any = destination._session  # type: ignore[attr-defined]
        return session.rows(sql, *values)  # type: ignore[no-any-return]

    return read
