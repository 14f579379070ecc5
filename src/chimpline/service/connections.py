"""Connections: what chimpline.toml defines, and what the control database and the vault know.

connections = Connections.open(environ, cwd, settings=None, state_dir=None)
connections.save("main", {"auth": "oauth", "client_id": "123456789012"})
connections.put_secret("main", SecretKind.CLIENT_SECRET, typed)
connections.set_state("main", ConnectionState.WAITING_FOR_CODE)
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from chimpline.clock import Clock, utc_now
from chimpline.service import settings as definitions
from chimpline.service.control import ControlDatabase
from chimpline.service.settings_request import Configuration
from chimpline.service.vault import SecretKind, Vault

if TYPE_CHECKING:
    from chimpline.api.account import Account
    from chimpline.api.credentials import Credential


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

    `secrets` are masked.
    """

    name: str
    settings: definitions.Connection
    status: Status
    secrets: Mapping[SecretKind, str]
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
        raise NotImplementedError

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
        raise NotImplementedError

    @property
    def database(self) -> ControlDatabase:
        raise NotImplementedError

    @property
    def vault(self) -> Vault:
        raise NotImplementedError

    # Definitions

    def all(self) -> list[Connection]:
        """In the order of the settings file; then those that only the control database knows."""
        raise NotImplementedError

    def get(self, name: str) -> Connection:
        """Raises `SettingsError` for a name that nothing knows, with the nearest one."""
        raise NotImplementedError

    def save(self, name: str, settings: Mapping[str, object]) -> Connection:
        """Write these settings of a connection (new or not) into chimpline.toml, validated first.

        Others of the connection stay; None takes one out. Comments and order are kept. Where there
        is no file, it is written as `chimpline init` does.
        """
        raise NotImplementedError

    def edit(self, name: str, settings: Mapping[str, object]) -> Connection:
        """`save` for a connection that must exist."""
        raise NotImplementedError

    def delete(self, name: str) -> None:
        """Remove definition, status and secrets; refused while a pipeline uses it."""
        raise NotImplementedError

    def pipelines_of(self, name: str) -> list[str]:
        """The pipelines that read from it."""
        raise NotImplementedError

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

        VERIFIED sets `verified_at` and clears `last_error`.
        """
        raise NotImplementedError

    def one_client_one_connection(self, client_id: str, name: str, *, insist: bool = False) -> None:
        """Refuse a client id that another connection has, unless the user insists."""
        raise NotImplementedError

    def compare_account(self, name: str, account: Account) -> str | None:
        """A warning where the account is not the one this connection had before, else None."""
        raise NotImplementedError

    # Secrets

    def secret(self, name: str, kind: SecretKind) -> str | None:
        raise NotImplementedError

    def put_secret(self, name: str, kind: SecretKind, secret: str) -> None:
        raise NotImplementedError

    def forget_secret(self, name: str, kind: SecretKind) -> None:
        raise NotImplementedError

    def credential(self, name: str) -> Credential | None:
        """What the vault has for signing in, by the connection's `auth`; None: nothing yet."""
        raise NotImplementedError

    # Access (written by `service.access`)

    def refused(self, name: str) -> dict[str, str]:
        """The tables that the last check found refused, each with why."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


def names(connections: Sequence[Connection]) -> list[str]:
    return [connection.name for connection in connections]
