"""The control database: what chimpline keeps of connections and destinations, not defines.

    control.db       0600, SQLite, in the state directory
      connections        the state of each, with time and account
      secrets            of connections, sealed by the vault; never in clear
      destination_secrets    those of destinations, likewise
      secret_hosts       for which host each of them was given
      named_hosts        hosts that were named by who need not know the secrets: in the console
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
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from chimpline import private
from chimpline.errors import SettingsError, UserError
from chimpline.state.directory import CONTROL_DATABASE

MIGRATIONS = Path(__file__).parent / "migrations"
# The newest schema this version knows; a test holds it to the newest migration.
HEAD = "0006"
KNOWN = frozenset({"0001", "0002", "0003", "0004", "0005", "0006"})
# A writer holds the database for milliseconds; half a minute is a process that hangs.
BUSY_TIMEOUT_S = 30
# SQLite waits without hearing Ctrl-C; so it waits for short whiles, and between them we do.
BUSY_STEP_S = 0.1
# What SQLite calls a file of another kind, and one whose pages do not fit together.
_DAMAGED = ("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_FORMAT")
SIDE_FILES = ("-wal", "-shm", "-journal")


class Moment(sa.types.TypeDecorator[dt.datetime]):
    """An aware time in UTC, as ISO text: SQLite has no type for it."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> str | None:
        del dialect
        return None if value is None else value.astimezone(dt.UTC).isoformat()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> dt.datetime | None:
        del dialect
        try:
            return None if value is None else dt.datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise _damaged() from None


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

destination_secrets = sa.Table(
    "destination_secrets",
    metadata,
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
)

secret_hosts = sa.Table(
    "secret_hosts",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
)

named_hosts = sa.Table(
    "named_hosts",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, primary_key=True),
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
    """The file, made and migrated when it is first opened; safe among processes and threads."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / CONTROL_DATABASE
        self._engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(self.path)),
            connect_args={"timeout": BUSY_STEP_S, "check_same_thread": False},
            poolclass=sa.pool.NullPool,
            hide_parameters=True,  # an error that goes into a log names no value
        )
        event.listen(self._engine, "connect", _connected)
        event.listen(self._engine, "begin", _begin)
        self._made(state_dir)
        if self._version() != HEAD:
            self._migrate()

    @staticmethod
    def exists(state_dir: Path) -> bool:
        """Whether there is one already; looking must not create it."""
        private.check_directory(state_dir)
        return (state_dir / CONTROL_DATABASE).exists()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view; it never waits for a writer."""
        with self._told(), self._engine.connect() as rows, rows.begin():
            yield rows

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, alone: all of it is kept, or nothing."""
        with self._told(), self._engine.connect() as connection:
            rows = connection.execution_options(writes=True)
            with rows.begin():
                yield rows

    def close(self) -> None:
        self._engine.dispose()

    def _made(self, state_dir: Path) -> None:
        """The file, empty, readable by its owner alone; SQLite gives its side files the same."""
        try:
            private.make_directory(state_dir)
            if not os.path.lexists(self.path):
                os.close(private.open_file(self.path, os.O_RDWR | os.O_CREAT))
            for suffix in ("", *SIDE_FILES):  # SQLite itself would follow a link
                private.check_file(Path(f"{self.path}{suffix}"))
        except OSError as error:
            raise SettingsError(
                "control-unopenable", path=self.path, reason=error.strerror
            ) from error

    def _version(self) -> str | None:
        with self.reading() as rows:
            if not sa.inspect(rows).has_table("alembic_version"):
                return None
            found = rows.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)

    def _migrate(self) -> None:
        """Bring the schema up to ours, in one transaction; a newer one is left alone."""
        with self._lock():
            version = self._version()
            if version == HEAD:
                return  # another process has done it meanwhile
            if version is not None and version not in KNOWN:
                raise UserError(
                    "control-newer", kept="kept-it", path=self.path, schema=version, known=HEAD
                )
            with self._told(), self._engine.connect() as rows:
                # Outside a transaction; it stays so for this file.
                cursor = rows.connection.cursor()
                _patiently(lambda: cursor.execute("PRAGMA journal_mode=WAL"))
                cursor.close()
            from alembic import command
            from alembic.config import Config

            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            with self.writing() as rows:
                config.attributes["connection"] = rows
                command.upgrade(config, "head")

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """One process migrates; the kernel frees the lock of one that dies."""
        descriptor = private.open_file(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors in our words."""
        try:
            yield
        except (sa.exc.DatabaseError, sqlite3.Error) as error:
            if isinstance(error, sa.exc.IntegrityError | sa.exc.ProgrammingError):
                raise
            orig = getattr(error, "orig", error)  # SQLite's own, where a bare cursor was used
            if _name_of(orig).startswith(_DAMAGED):
                raise _damaged(self.path) from error
            if "locked" in str(orig):
                raise UserError(
                    "control-held", kept="kept-but-uncommitted", path=self.path
                ) from error
            raise UserError(
                "control-unusable", kept="kept-but-uncommitted", path=self.path, reason=str(orig)
            ) from error


def _damaged(path: Path | None = None) -> UserError:
    """`path` None: of the one in the state directory, whichever that is."""
    if path is None:
        return UserError("control-damaged-somewhere", kept="kept-control", file=CONTROL_DATABASE)
    return UserError("control-damaged", kept="kept-control", path=path)


def _connected(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None  # the begin event decides, not the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_STEP_S * 1000:.0f}")
    # What was sealed with an earlier key does not linger in free pages.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin(rows: sa.Connection) -> None:
    """Begin, and take the lock that the transaction needs: no later statement has to wait."""
    writes = rows.get_execution_options().get("writes", False)

    def begin() -> None:
        rows.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
        try:
            rows.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar()
        except sa.exc.OperationalError:
            # While the file changes its journal, SQLite may have ended the transaction itself.
            if rows.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]
                rows.exec_driver_sql("ROLLBACK")
            raise

    _patiently(begin)


def _patiently(attempt: Callable[[], object]) -> None:
    """Try until the others let go of the database, or for too long; Ctrl-C is heard meanwhile."""
    given_up_at = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            attempt()
        except (sa.exc.OperationalError, sqlite3.OperationalError) as error:
            name = str(getattr(getattr(error, "orig", error), "sqlite_errorname", ""))
            busy = name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
            if not busy or time.monotonic() > given_up_at:
                raise
        else:
            return


def _name_of(error: BaseException | None) -> str:
    return str(getattr(error, "sqlite_errorname", ""))
