"""The control database: what chimpline keeps of connections beside their definitions.

    control.db       0600, SQLite, in the state directory
      connections        the state of each, with time and account
      secrets            sealed by the vault; never in clear
      authentications    OAuth walks that wait for their code
      access             which tables the account's user may read
      discoveries        the metadata of a connection, as it was found

Definitions have one home, chimpline.toml; a row here speaks of a connection by its name. Whoever
reads or writes does it in one transaction:

    with database.reading() as rows:
        rows.execute(sa.select(control.connections)).all()
    with database.writing() as rows:  # BEGIN IMMEDIATE: one writer at a time, others wait
        rows.execute(sa.insert(control.access).values(...))
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

FILE = "control.db"
# The newest schema this version knows; a test holds it to the newest migration.
HEAD = "0001"
KNOWN = frozenset({"0001"})
# A writer holds the database for milliseconds; half a minute is a process that hangs.
BUSY_TIMEOUT_S = 30


class Moment(sa.types.TypeDecorator[dt.datetime]):
    """An aware time in UTC, as ISO text: SQLite has no type for it."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> str | None:
        del dialect
        return None if value is None else value.astimezone(dt.UTC).isoformat()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> dt.datetime | None:
        del dialect
        return None if value is None else dt.datetime.fromisoformat(value)


metadata = sa.MetaData()

connections = sa.Table(
    "connections",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("state_since", Moment, nullable=False),
    sa.Column("account_id", sa.Text),
    sa.Column("account_name", sa.Text),
    sa.Column("login_id", sa.Text),
    sa.Column("role", sa.Text),
    sa.Column("api_root", sa.Text),
    sa.Column("redirect_uri", sa.Text),
    sa.Column("client_id", sa.Text),
    sa.Column("last_error", sa.Text),
    sa.Column("verified_at", Moment),
)

secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    # Named apart from the sealed text, so that a wrong key is known without trying it.
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
)

authentications = sa.Table(
    "authentications",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("connection", sa.Text, nullable=False, index=True),
    sa.Column("state_hash", sa.Text, nullable=False, unique=True),
    sa.Column("redirect_uri", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    # Vault.seal(id, SecretKind.CODE, code), once the page has handed the code over.
    sa.Column("code_key_id", sa.Text),
    sa.Column("code_sealed", sa.LargeBinary),
)

access = sa.Table(
    "access",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("allowed", sa.Boolean, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("checked_at", Moment, nullable=False),
)

discoveries = sa.Table(
    "discoveries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("connection", sa.Text, nullable=False, index=True),
    sa.Column("taken_at", Moment, nullable=False),
    sa.Column("document", sa.JSON, nullable=False),
)


class ControlDatabase:
    """The file, made and migrated when it is first opened. Cheap to hold; close when done."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / FILE
        raise NotImplementedError

    @staticmethod
    def exists(state_dir: Path) -> bool:
        """Whether there is one already; looking must not create it."""
        return (state_dir / FILE).exists()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view; it never waits for a writer."""
        raise NotImplementedError

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, alone: all of it is kept, or nothing."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
