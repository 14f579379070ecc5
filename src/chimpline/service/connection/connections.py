"""Connections: what chimpline.toml defines, and what the control database and the vault know.

connections = Connections.open(environ, cwd, settings=None, state_dir=None)
connections.save("main", {"auth": "oauth", "client_id": "123456789012"})
connections.put_secret("main", SecretKind.CLIENT_SECRET, typed)
connections.set_state("main", ConnectionState.WAITING_FOR_CODE)
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import enum
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa
from pydantic import ValidationError

from chimpline.api.sign_in.credentials import Credential
from chimpline.clock import Clock, utc_now
from chimpline.errors import SettingsError
from chimpline.redact import redact, register
from chimpline.service import control
from chimpline.service.connection.vault import SecretKind, Vault
from chimpline.service.control import ControlDatabase
from chimpline.service.settings import edit as settings_edit
from chimpline.service.settings import every as definitions
from chimpline.service.settings.every import Settings
from chimpline.service.settings.problems import settings_error
from chimpline.service.settings.request import (
    SETTINGS_FILE,
    UNNAMED,
    Configuration,
    from_environment,
    read,
)
from chimpline.service.settings.sources import SECRETS, Sources, section_of
from chimpline.service.settings.template import settings_template
from chimpline.spelling import nearest

if TYPE_CHECKING:
    from chimpline.api.sign_in.account import Account


class ConnectionState(enum.StrEnum):
    NEW = "new"
    WAITING_FOR_CODE = "waiting for code"
    VERIFIED = "verified"
    FAILED = "failed"
    NEEDS_REAUTHENTICATION = "needs re-authentication"


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    """What is known of a connection. `state_since` None: nothing was ever tried.

    `redirect_uri` and `client_id` are those of the last walk; `last_error` is redacted.
    """

    state: ConnectionState = ConnectionState.NEW
    state_since: dt.datetime | None = None
    account_id: str | None = None
    account_name: str | None = None
    login_id: str | None = None
    role: str | None = None
    api_root: str | None = None
    redirect_uri: str | None = None
    client_id: str | None = None
    last_error: str | None = None
    verified_at: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Connection:
    """`defined` False: the settings file no longer has it; its status and secrets are still kept.

    `kept`: the kinds of secrets in the vault; `Connections.masked` shows them.
    """

    name: str
    settings: definitions.Connection
    status: Status
    kept: tuple[SecretKind, ...] = ()
    defined: bool = True


class Connections:
    def __init__(
        self,
        environ: Mapping[str, str],
        cwd: Path,
        *,
        settings: Path | None = None,
        state_dir: Path | None = None,
        clock: Clock = utc_now,
    ) -> None:
        """Read the settings; the control database is opened when it is first needed."""
        self._environ = environ
        self._cwd = cwd
        self._settings = settings
        self._state_dir = state_dir
        self._clock = clock
        self._configuration = self._read(missing_is_fine=True)
        self._database: ControlDatabase | None = None
        self._vault: Vault | None = None

    @classmethod
    def open(
        cls,
        environ: Mapping[str, str],
        cwd: Path,
        *,
        settings: Path | None = None,
        state_dir: Path | None = None,
        clock: Clock = utc_now,
    ) -> Self:
        return cls(environ, cwd, settings=settings, state_dir=state_dir, clock=clock)

    @property
    def configuration(self) -> Configuration:
        """The settings as they are now, read again after every change through this class."""
        return self._configuration

    @property
    def database(self) -> ControlDatabase:
        if self._database is None:
            self._database = ControlDatabase(self.configuration.state_dir)
        return self._database

    @property
    def vault(self) -> Vault:
        if self._vault is None:
            state_dir = self.configuration.state_dir
            self._vault = Vault(self.database, self._environ, state_dir, self._clock)
        return self._vault

    @property
    def settings_file(self) -> Path:
        """Where definitions are, or will be once the first is saved."""
        named = self._settings or self._environ.get("CHIMPLINE_SETTINGS") or SETTINGS_FILE
        return self.configuration.settings_file or self._cwd / named

    # Definitions

    def all(self) -> list[Connection]:
        """In the order of the settings file; then those that only the control database knows."""
        return [self._connection(name) for name in self._names()]

    def get(self, name: str) -> Connection:
        """Raises `SettingsError` for a name that nothing knows, with the nearest one."""
        names = self._names()
        if name not in names and not (name == UNNAMED and not names):
            raise SettingsError(
                f"There is no connection {name!r}.{nearest(name, names)}",
                do=(f"There are: {', '.join(names)}. " if names else "There is none yet. ")
                + f"Name another, or make it: chimpline connect {name}",
            )
        return self._connection(name)

    def validated(self, name: str, settings: Mapping[str, object]) -> definitions.Connection:
        """The connection as `save` would leave it, or the error that it would raise."""
        sources = copy.deepcopy(self.configuration.sources)
        for key, value in settings.items():
            if key in SECRETS:
                register(str(value))
                raise SettingsError(
                    f"{key} is a secret, and a settings file never holds one.",
                    do="Give it to chimpline connect, which asks for it and puts it away sealed.",
                )
            sources.set(("connections", name, key), value, f"{key} of connection {name}")
            if value is None:
                sources.values["connections"][name].pop(key, None)
        return self._validated(sources, name)

    def save(self, name: str, settings: Mapping[str, object]) -> Connection:
        """Write these settings of a connection (new or not) into chimpline.toml, validated first.

        Others of the connection stay; None takes one out. Comments and order are kept. Where there
        is no file, it is written as `chimpline init` does.
        """
        good = self.validated(name, settings)
        written = {key: _as_written(good, key, value) for key, value in settings.items()}

        def change(text: str | None) -> str:
            text = settings_template(name) if text is None else text
            return settings_edit.set_values(text, ("connections", name), written)

        settings_edit.edit_file(self.settings_file, self.configuration.state_dir, change)
        self._configuration = self._read()
        return self.get(name)

    def edit(self, name: str, settings: Mapping[str, object]) -> Connection:
        """`save` for a connection that must exist."""
        self.get(name)
        return self.save(name, settings)

    def delete(self, name: str) -> None:
        """Remove definition, status and secrets; refused while a pipeline uses it."""
        self.get(name)
        if pipelines := self.pipelines_of(name):
            one = len(pipelines) == 1
            raise SettingsError(
                f"Connection {name} is used by the pipeline{'' if one else 's'} "
                f"{', '.join(pipelines)}.",
                kept="It was not deleted.",
                do=f"Let {'that pipeline' if one else 'those pipelines'} name another connection "
                f"in {self.settings_file.name}, or take {'it' if one else 'them'} out, then delete "
                "again.",
            )
        if ControlDatabase.exists(self.configuration.state_dir):
            # Secrets go first: a process that dies here leaves a definition without any.
            with self.database.writing() as rows:
                rows.execute(
                    sa.delete(control.connections).where(control.connections.c.name == name)
                )
                for table in _BELOW:
                    rows.execute(sa.delete(table).where(table.c.connection == name))
        if self.configuration.settings_file is not None:

            def change(text: str | None) -> str:
                for section in ("metadata", "connections"):
                    text = settings_edit.remove_section(text or "", (section, name))
                return text or ""

            settings_edit.edit_file(self.settings_file, self.configuration.state_dir, change)
        self._configuration = self._read()

    def pipelines_of(self, name: str) -> list[str]:
        """The pipelines that read from it."""
        sources = self.configuration.sources
        only = sources.names("connections") == [name]
        return [
            pipeline
            for pipeline in sources.names("pipelines")
            if sources.get("pipelines", pipeline, "connection") == name
            or (only and sources.get("pipelines", pipeline, "connection") is None)
        ]

    def only(self, name: str | None) -> str:
        """The name as given, or of the only connection."""
        if name is not None:
            return name
        names = self._names()
        if len(names) > 1:
            raise SettingsError(
                f"There are {len(names)} connections: {', '.join(names)}.", do="Name one."
            )
        return names[0] if names else UNNAMED

    # Status

    def set_state(
        self,
        name: str,
        state: ConnectionState,
        *,
        account: Account | None = None,
        api_root: str | None = None,
        redirect_uri: str | None = None,
        client_id: str | None = None,
        error: str = "",
    ) -> Connection:
        """`state_since` moves when the state changes; what is None stays as it was.

        VERIFIED sets `verified_at`. `last_error` is what `error` says now, or nothing.
        """
        now = self._clock()
        values: dict[str, object] = {
            "state": state.value,
            "last_error": redact(error) or None,
            **{
                key: value
                for key, value in (
                    ("api_root", api_root),
                    ("redirect_uri", redirect_uri),
                    ("client_id", client_id),
                )
                if value is not None
            },
        }
        if account is not None:
            values |= {
                "account_id": account.account_id,
                "account_name": account.account_name,
                "login_id": account.login_id,
                "role": account.role,
            }
        if state is ConnectionState.VERIFIED:
            values["verified_at"] = now
        with self.database.writing() as rows:
            before = rows.scalar(
                sa.select(control.connections.c.state).where(control.connections.c.name == name)
            )
            if before != state.value:
                values["state_since"] = now
            if before is None:
                rows.execute(sa.insert(control.connections).values(name=name, **values))
            else:
                rows.execute(
                    sa.update(control.connections)
                    .where(control.connections.c.name == name)
                    .values(**values)
                )
        return self._connection(name)

    def one_client_one_connection(self, client_id: str, name: str, *, insist: bool = False) -> None:
        """Refuse a client id that another connection has, unless the user insists."""
        others = [
            other.name
            for other in self.all()
            if other.name != name
            and client_id in (other.settings.client_id, other.status.client_id)
        ]
        if others and not insist:
            raise SettingsError(
                f"The client id {client_id} is used by connection {', '.join(others)}. One app "
                "serves one connection: to sign in again with an app, or to rotate its secret, can "
                "end what it allowed before.",
                do="Register another app with Mailchimp (Profile, Extras, Registered apps) for "
                f"{name}, or insist with --insist.",
            )

    def compare_account(self, name: str, account: Account) -> str | None:
        """A warning where the account is not the one this connection had before, else None."""
        before = self._connection(name).status
        if before.account_id in (None, account.account_id):
            return None
        return (
            f"Connection {name} now belongs to another Mailchimp account: {account.account_name} "
            f"({account.account_id}); it was {before.account_name} ({before.account_id}). What was "
            "copied stays with the account before, and a run into the same dataset is refused: "
            "give its pipelines another dataset, or sign in to the account before."
        )

    # Secrets

    def secret(self, name: str, kind: SecretKind) -> str | None:
        if not ControlDatabase.exists(self.configuration.state_dir):
            return None
        return self.vault.get(name, kind)

    def put_secret(self, name: str, kind: SecretKind, secret: str) -> None:
        self.vault.put(name, kind, secret)

    def secret_or_new(self, name: str, kind: SecretKind, make: Callable[[], str]) -> str:
        """What is kept, else what `make` gives, kept; two runs that begin at once get the same."""
        return self.vault.get_or_make(name, kind, make)

    def client_secret(self, name: str) -> str | None:
        """The Client Secret given last, else the one that Mailchimp took before."""
        given = self.secret(name, SecretKind.NEW_CLIENT_SECRET)
        return given or self.secret(name, SecretKind.CLIENT_SECRET)

    def forget_secret(self, name: str, kind: SecretKind) -> None:
        if ControlDatabase.exists(self.configuration.state_dir):
            self.vault.remove(name, kind)

    def masked(self, name: str) -> dict[SecretKind, str]:
        """The secrets of a connection, for showing."""
        if not ControlDatabase.exists(self.configuration.state_dir):
            return {}
        return self.vault.masked(name)

    def credential(self, name: str) -> Credential | None:
        """What the vault has for signing in, by the connection's `auth`; None: nothing yet."""
        if not ControlDatabase.exists(self.configuration.state_dir):
            return None
        kinds = {"api_key": (SecretKind.API_KEY,), "oauth": (SecretKind.ACCESS_TOKEN,)}.get(
            self._connection(name).settings.auth or "",
            (SecretKind.ACCESS_TOKEN, SecretKind.API_KEY),
        )
        kept = self.vault.kinds(name)
        for kind in kinds:
            if kind in kept and (secret := self.vault.get(name, kind)):
                return Credential(secret=secret, is_api_key=kind is SecretKind.API_KEY)
        return None

    def given_credential(self, name: str) -> Credential | None:
        """What the environment has for this connection; it goes before the vault."""
        auth = self._connection(name).settings.auth
        return from_environment(self.configuration, name, auth)

    # Access (written by `service.access`)

    def set_access(self, name: str, found: Mapping[str, tuple[bool, str]]) -> None:
        """Keep, for each table, whether it may be read, and why not."""
        now = self._clock()
        table = control.access
        with self.database.writing() as rows:
            rows.execute(sa.delete(table).where(table.c.connection == name))
            for table_name, (allowed, why) in found.items():
                rows.execute(
                    sa.insert(table).values(
                        connection=name,
                        table_name=table_name,
                        allowed=allowed,
                        why=redact(why),
                        checked_at=now,
                    )
                )

    def refused(self, name: str) -> dict[str, str]:
        """The tables that the last check found refused, each with why."""
        if not ControlDatabase.exists(self.configuration.state_dir):
            return {}
        table = control.access
        chosen = sa.select(table).where(table.c.connection == name, ~table.c.allowed)
        with self.database.reading() as rows:
            return {row.table_name: row.why for row in rows.execute(chosen)}

    def selected_but_refused(self, name: str) -> dict[str, list[str]]:
        """For each pipeline of this connection, the tables it names that were refused."""
        refused = self.refused(name)
        found = {}
        for pipeline in self.pipelines_of(name):
            named = self.configuration.sources.get("pipelines", pipeline, "tables")
            asked = named.split(",") if isinstance(named, str) else named
            names = refused if asked is None else [str(table).strip() for table in asked]
            if wrong := [table for table in names if table in refused]:
                found[pipeline] = wrong
        return found

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = self._vault = None

    def _names(self) -> list[str]:
        defined = self.configuration.sources.names("connections")
        if not ControlDatabase.exists(self.configuration.state_dir):
            return defined
        with self.database.reading() as rows:
            known = set(rows.scalars(sa.select(control.connections.c.name)))
            known |= set(rows.scalars(sa.select(control.secrets.c.connection)))
        return [*defined, *sorted(known - set(defined))]

    def _connection(self, name: str) -> Connection:
        status = Status()
        kinds: list[SecretKind] = []
        if ControlDatabase.exists(self.configuration.state_dir):
            with self.database.reading() as rows:
                row = rows.execute(
                    sa.select(control.connections).where(control.connections.c.name == name)
                ).first()
            if row is not None:
                values = {field.name: getattr(row, field.name) for field in _STATUS}
                status = Status(**{**values, "state": ConnectionState(row.state)})
            kinds = self.vault.kinds(name)
        return Connection(
            name=name,
            settings=self._validated(copy.deepcopy(self.configuration.sources), name),
            status=status,
            kept=tuple(kinds),
            defined=name in self.configuration.sources.names("connections"),
        )

    def _validated(self, sources: Sources, name: str) -> definitions.Connection:
        """The settings of one connection, the environment's over the file's."""
        for field, text in self.configuration.flat.items():
            path = ("connections", name, field)
            own = "environment variable" in sources.places.get(path, "")
            if section_of(field) == "connections" and not own:
                sources.set(path, text, f"environment variable CHIMPLINE_{field.upper()}")
        named = sources.values.get("connections", {})
        only = {"connections": {name: named.get(name, {}) if isinstance(named, dict) else {}}}
        try:
            context = {"today": self.configuration.today}
            return Settings.model_validate(only, context=context).connections[name]
        except ValidationError as error:
            raise settings_error(error, sources) from None

    def _read(self, *, missing_is_fine: bool = False) -> Configuration:
        settings = self._settings
        if missing_is_fine and settings is not None and not (self._cwd / settings).exists():
            # It will be written by the first `save`.
            configuration = read(
                {**self._environ, "CHIMPLINE_SETTINGS": ""},
                (self._cwd / settings).parent,
                state_dir=self._state_dir and self._cwd / self._state_dir,
                today=self._clock().date(),
            )
            return dataclasses.replace(configuration, cwd=self._cwd)
        return read(
            self._environ,
            self._cwd,
            settings=settings,
            state_dir=self._state_dir,
            today=self._clock().date(),
        )


_STATUS = dataclasses.fields(Status)
# Whatever else is kept of a connection goes with it.
_BELOW = (control.secrets, control.authentications, control.access, control.discoveries)


def _as_written(good: definitions.Connection, key: str, value: object) -> object:
    """A number or a truth value as TOML has it; a date as the user wrote it."""
    known = getattr(good, key, None)
    if value is None or not isinstance(known, bool | int):
        return value.isoformat() if isinstance(value, dt.date) else value
    return known
