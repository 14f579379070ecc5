"""The steps of the control database's schema, on each database that it may come to live in."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

import chimpline.service.alerts.memory
import chimpline.service.execution.past
import chimpline.service.people.tables
import chimpline.service.schedule.memory  # noqa: F401  (each adds its tables to the schema)
from chimpline.service import control
from tests.postgres import start

_numbers = itertools.count(1)

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
FIRST = "0001"
STATUS = {"name": "main", "state": "new", "state_since": NOW, "account_name": "Café 메일"}
SECRET = {
    "connection": "main",
    "kind": "api_key",
    "key_id": "k",
    "sealed": b"\x00\xff",
    "updated_at": NOW,
}
ACCESS = {
    "connection": "main",
    "table_name": "lists",
    "allowed": False,
    "why": "it's refused",
    "checked_at": NOW,
}
FOUND = {"connection": "main", "taken_at": NOW, "document": {"tables": ["lists"], "rows": None}}


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    directory = tempfile.mkdtemp(prefix="chimpline-pg-")
    server = start(Path(directory))
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        yield sa.create_engine(f"sqlite:///{tmp_path}/control.db")
        return
    server = request.getfixturevalue("server")
    name = f"control_{next(_numbers)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
    url = str(server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://")
    made = sa.create_engine(url, poolclass=sa.pool.NullPool)
    yield made
    made.dispose()


def migrate(engine: sa.Engine, to: str) -> None:
    """As `ControlDatabase` does: every step in the one transaction that was begun for them."""
    config = Config()
    config.set_main_option("script_location", str(control.MIGRATIONS))
    with engine.begin() as rows:
        config.attributes["connection"] = rows
        command.upgrade(config, to)


def test_what_was_kept_at_the_first_step_is_there_at_the_last(engine: sa.Engine) -> None:
    migrate(engine, FIRST)
    kept = (
        (control.connections, STATUS),
        (control.secrets, SECRET),
        (control.access, ACCESS),
        (control.discoveries, FOUND),
    )
    with engine.begin() as rows:
        for table, values in kept:
            rows.execute(sa.insert(table).values(**values))
    migrate(engine, control.HEAD)
    with engine.begin() as rows:
        for table, values in kept:
            (found,) = rows.execute(sa.select(table)).mappings().all()
            assert values == {name: found[name] for name in values}
        context = MigrationContext.configure(rows, opts={"compare_type": True})
        assert control.HEAD == context.get_current_revision()
        assert [] == compare_metadata(context, control.metadata)


def test_a_step_that_fails_leaves_nothing_of_itself(engine: sa.Engine) -> None:
    migrate(engine, FIRST)
    with engine.begin() as rows:
        rows.execute(sa.text("CREATE TABLE destination_secrets (mine TEXT)"))
    with pytest.raises(sa.exc.DatabaseError):
        migrate(engine, control.HEAD)
    with engine.begin() as rows:
        context = MigrationContext.configure(rows)
        assert FIRST == context.get_current_revision()
        rows.execute(sa.text("DROP TABLE destination_secrets"))
    migrate(engine, control.HEAD)
    with engine.begin() as rows:
        assert [] == rows.execute(sa.select(control.destination_secrets)).all()
