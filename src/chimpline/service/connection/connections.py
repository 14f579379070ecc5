"""Connections: what chimpline.toml defines, and what the control database and the vault know.

connections = Connections(environ, cwd, settings=None, state_dir=None)
connections.save("main", {"auth": "oauth", "client_id": "123456789012"})
connections.secrets.put("main", SecretKind.CLIENT_SECRET, typed)
connections.statuses.set("main", ConnectionState.WAITING_FOR_CODE)

What one store alone knows is asked of it (`definitions`, `statuses`, `secrets`); what takes several
is here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from chimpline.api.sign_in.credentials import Credential
from chimpline.catalog.tables import select
from chimpline.clock import Clock, utc_now
from chimpline.errors import SettingsError
from chimpline.message import Message
from chimpline.service.connection import hosts
from chimpline.service.connection.definitions import Definitions
from chimpline.service.connection.kept_secrets import KeptSecrets
from chimpline.service.connection.statuses import ConnectionState, OnDemand, Status, Statuses
from chimpline.service.connection.vault import SecretKind, Vault
from chimpline.service.control import ControlDatabase
from chimpline.service.settings import every
from chimpline.service.settings.credentials import from_environment
from chimpline.service.settings.form.naming import table_names
from chimpline.service.settings.names import UNNAMED
from chimpline.service.settings.request import Configuration
from chimpline.spelling import did_you_mean

if TYPE_CHECKING:
    from chimpline.api.sign_in.account import Account

_NEEDS_NO_NOTE = {hosts.OWN, hosts.origin(every.DEFAULT_LOGIN_ROOT)}
__all__ = ["Connection", "ConnectionState", "Connections", "Status"]


@dataclasses.dataclass(frozen=True, slots=True)
class Connection:
    """`defined` False: the settings file no longer has it; its status and secrets are still kept.

    `kept`: the kinds of secrets in the vault; `Connections.secrets.masked` shows them.
    """

    name: str
    settings: every.Connection
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
        database: ControlDatabase | None = None,
    ) -> None:
        """Read the settings; the control database is opened when it is first needed.

        `database`: one that is open already.
        """
        self.definitions = Definitions(
            environ, cwd, settings=settings, state_dir=state_dir, clock=clock
        )
        self._database = OnDemand(self.configuration.state_dir, database)
        self.statuses = Statuses(self._database, clock)
        self.secrets = KeptSecrets(self._database, environ, self.configuration.state_dir, clock)
        self.hosts = hosts.Hosts(self._database)

    @property
    def configuration(self) -> Configuration:
        """The settings as they are now."""
        return self.definitions.configuration

    @property
    def database(self) -> ControlDatabase:
        return self._database.made()

    @property
    def vault(self) -> Vault:
        return self.secrets.vault

    def close(self) -> None:
        self.secrets.close()
        self._database.close()

    def all(self) -> list[Connection]:
        """In the order of the settings file; then those that only the control database knows."""
        return [self._connection(name) for name in self.names()]

    def names(self) -> list[str]:
        """In the order of the settings file; then those that only the control database knows."""
        defined = self.definitions.names()
        return [*defined, *sorted(self.statuses.names() - set(defined))]

    def get(self, name: str) -> Connection:
        """Raises `SettingsError` for a name that nothing knows, with the nearest one."""
        names = self.names()
        if name not in names and not (name == UNNAMED and not names):
            raise SettingsError(
                "connection-unknown" if names else "connection-unknown-none-there",
                name=repr(name),
                plain=name,
                near=did_you_mean(name, names),
                names=names,
            )
        return self._connection(name)

    def only(self, name: str | None) -> str:
        """The name as given, or of the only connection."""
        if name is not None:
            return name
        names = self.names()
        if len(names) > 1:
            raise SettingsError("connections-several", count=len(names), names=names)
        return names[0] if names else UNNAMED

    def save(
        self, name: str, settings: Mapping[str, object], version: str | None = None
    ) -> Connection:
        """`Definitions.save`; the connection as it is then."""
        self.definitions.save(name, settings, version)
        return self.get(name)

    def edit(self, name: str, settings: Mapping[str, object]) -> Connection:
        """`save` for a connection that must exist."""
        self.get(name)
        return self.save(name, settings)

    def delete(self, name: str, version: str | None = None) -> None:
        """Remove definition, status and secrets; refused while a pipeline uses it.

        Raises `SettingsChanged`, and removes nothing, where the file is not the one of `version`.
        """
        self.get(name)
        if pipelines := self.definitions.pipelines_of(name):
            raise SettingsError(
                "connection-in-use",
                kept="kept-undeleted",
                name=name,
                count=len(pipelines),
                pipelines=pipelines,
                file=self.definitions.settings_file.name,
            )
        # Secrets go first: a process that dies here leaves a definition without any.
        self.definitions.remove(name, version, first=lambda: self.statuses.remove(name))

    def one_client_one_connection(self, client_id: str, name: str, *, insist: bool = False) -> None:
        """Refuse a client id that another connection has, unless the user insists."""
        others = [
            other.name
            for other in self.all()
            if other.name != name
            and client_id in (other.settings.client_id, other.status.client_id)
        ]
        if others and not insist:
            raise SettingsError("client-id-in-use", client_id=client_id, others=others, name=name)

    def compare_account(self, name: str, account: Account) -> Message | None:
        """A warning where the account is not the one this connection had before, else None."""
        before = self.statuses.of(name)
        if before.account_id in (None, account.account_id):
            return None
        return Message.of(
            "account-is-another",
            name=name,
            account=account.account_name,
            account_id=account.account_id,
            before=before.account_name,
            before_id=before.account_id,
        )

    def keep(self, name: str, kind: SecretKind, secret: str, settings: every.Connection) -> None:
        """Put a secret away, for the host that these settings send it to and for no other."""
        self.secrets.put(name, kind, secret)
        self.hosts.bind(hosts.of_connection(name), kind, hosts.where_to(kind, settings))

    def credential(self, name: str, settings: every.Connection | None = None) -> Credential | None:
        """What the vault has for signing in, by the connection's `auth`; None: nothing yet.

        Raises `SettingsError` where it was given for another host than `settings` (None: those of
        the connection) name.
        """
        if self._database.there() is None:
            return None
        settings = settings or self.definitions.of(name)
        found = self.secrets.credential(name, settings.auth)
        if found is not None:
            kind = SecretKind.API_KEY if found.is_api_key else SecretKind.ACCESS_TOKEN
            if not self.fits(name, kind, settings):
                raise self._given_for_another(name, kind, settings)
        return found

    def client_secret(self, name: str, settings: every.Connection) -> str | None:
        """The Client Secret that may be sent to the host that these settings name."""
        kept = self.secrets.kinds(name)
        for kind in (SecretKind.NEW_CLIENT_SECRET, SecretKind.CLIENT_SECRET):
            if kind in kept and self.fits(name, kind, settings):
                return self.secrets.get(name, kind)
        return None

    def fits(self, name: str, kind: SecretKind, settings: every.Connection) -> bool:
        """Whether a secret that is kept may be sent where these settings send it."""
        owner = hosts.of_connection(name)
        return self.hosts.fits(owner, kind, hosts.where_to(kind, settings))

    def _given_for_another(
        self, name: str, kind: SecretKind, settings: every.Connection
    ) -> SettingsError:
        given = self.hosts.given_for(hosts.of_connection(name), kind)
        return SettingsError(
            "secret-of-another-host",
            name=name,
            given=given or Message("host-of-mailchimp"),
            now=hosts.where_to(kind, settings) or Message("host-of-mailchimp"),
        )

    def given_credential(self, name: str) -> Credential | None:
        """What the environment has for this connection; it goes before the vault.

        It is for no host that was named in the console.
        """
        settings = self.definitions.of(name)
        found = from_environment(self.configuration, name, settings.auth)
        return None if found is None or self.is_named(name, settings) else found

    def is_named(self, name: str, settings: every.Connection) -> bool:
        """Whether a host of these settings was named in the console or the API."""
        owner = hosts.of_connection(name)
        named = {hosts.origin(settings.api_root), hosts.origin(settings.login_root)}
        return any(self.hosts.is_named(owner, host) for host in named)

    def name_hosts(self, name: str, settings: Mapping[str, object]) -> None:
        """Note the hosts among settings that are given by who need not know the secrets.

        Told before they are saved. One that the definition has already is not named by that.
        """
        before = self.definitions.of(name)
        known = {hosts.origin(before.api_root), hosts.origin(before.login_root)}
        good = self.definitions.validated(name, settings)
        wanted = {hosts.origin(good.api_root), hosts.origin(good.login_root)}
        self.hosts.name(hosts.of_connection(name), wanted - known - _NEEDS_NO_NOTE)

    def selected_but_refused(self, name: str) -> dict[str, list[str]]:
        """For each pipeline of this connection, the tables it copies that were refused."""
        refused = self.statuses.refused(name)
        found = {}
        for pipeline in self.definitions.pipelines_of(name):
            named = self.configuration.sources.get("pipelines", pipeline, "tables")
            asked = table_names(named)
            listed = isinstance(asked, list | tuple)
            names = asked if listed else [table.name for table in select(asked)]
            if wrong := [table for table in names if table in refused]:
                found[pipeline] = wrong
        return found

    def _connection(self, name: str) -> Connection:
        return Connection(
            name=name,
            settings=self.definitions.of(name),
            status=self.statuses.of(name),
            kept=tuple(self.secrets.kinds(name)),
            defined=name in self.definitions.names(),
        )
