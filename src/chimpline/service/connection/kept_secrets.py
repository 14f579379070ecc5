"""What the vault keeps of connections; where nothing was ever kept, asking opens nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from chimpline.api.sign_in.credentials import Credential
from chimpline.clock import Clock
from chimpline.errors import SettingsError
from chimpline.load import registry
from chimpline.service.connection import hosts
from chimpline.service.connection.statuses import OnDemand
from chimpline.service.connection.vault import SecretKind, Vault
from chimpline.service.control import ControlDatabase
from chimpline.service.settings.destinations import Located


class KeptSecrets:
    def __init__(
        self, database: OnDemand, environ: Mapping[str, str], state_dir: Path, clock: Clock
    ) -> None:
        self._database = database
        self._environ = environ
        self._state_dir = state_dir
        self._clock = clock
        self._vault: Vault | None = None

    @property
    def vault(self) -> Vault:
        """Made, with its database, where there is none yet."""
        if self._vault is None:
            made = self._database.made()
            self._vault = Vault(made, self._environ, self._state_dir, self._clock)
        return self._vault

    def close(self) -> None:
        self._vault = None

    def kinds(self, name: str) -> list[SecretKind]:
        """What is kept of a connection; no key is needed to know."""
        return self.vault.kinds(name) if self._database.there() else []

    def masked(self, name: str) -> dict[SecretKind, str]:
        """The secrets of a connection, for showing."""
        return self.vault.masked(name) if self._database.there() else {}

    def get(self, name: str, kind: SecretKind) -> str | None:
        return self.vault.get(name, kind) if self._database.there() else None

    def get_or_make(self, name: str, kind: SecretKind, make: Callable[[], str]) -> str:
        """What is kept, else what `make` gives, kept; two runs that begin at once get the same."""
        return self.vault.get_or_make(name, kind, make)

    def put(self, name: str, kind: SecretKind, secret: str) -> None:
        self.vault.put(name, kind, secret)

    def forget(self, name: str, kind: SecretKind) -> None:
        if self._database.there():
            self.vault.remove(name, kind)

    def client_secret(self, name: str) -> str | None:
        """The Client Secret given last, else the one that Mailchimp took before."""
        given = self.get(name, SecretKind.NEW_CLIENT_SECRET)
        return given or self.get(name, SecretKind.CLIENT_SECRET)

    def credential(self, name: str, auth: str | None) -> Credential | None:
        """What there is for signing in by `auth` (None: by whichever); None: nothing yet."""
        kinds = {"api_key": (SecretKind.API_KEY,), "oauth": (SecretKind.ACCESS_TOKEN,)}.get(
            auth or "", (SecretKind.ACCESS_TOKEN, SecretKind.API_KEY)
        )
        kept = self.kinds(name)
        for kind in kinds:
            if kind in kept and (secret := self.get(name, kind)):
                return Credential(secret=secret, is_api_key=kind is SecretKind.API_KEY)
        return None


def for_destination(
    environ: Mapping[str, str], state_dir: Path, found: Located, given: Mapping[str, str]
) -> dict[str, str]:
    """The secrets of a destination, for its server: those `given`, then those kept.

    An empty one says that there is none, so that the driver looks for none by itself: nothing of
    the environment is for a server that was named in the console. Raises `SettingsError` where what
    is kept was given for another server.
    """
    kind = registry.kind_of(found.url)
    server, names = kind.server(found.url), {secret.name for secret in kind.secrets}
    owner = hosts.of_destination(found.name or "")
    none: dict[str, str] = {}
    kept: Mapping[str, str] = {}
    with contextlib.closing(ControlDatabase(state_dir)) as database:
        known = hosts.Hosts(hosts.Opened(database))
        if known.is_named(owner, server):
            given, none = {}, dict.fromkeys(names, "")
        if found.name and not names <= set(given):
            kept = Vault(database, environ, state_dir).of_destination(found.name)
        if kept and not known.fits(owner, hosts.OF_A_DESTINATION, server):
            before = known.given_for(owner, hosts.OF_A_DESTINATION)
            raise SettingsError(
                "destination-secret-of-another-host", name=found.name, given=before, now=server
            )
    return {**none, **kept, **given}
