"""The connections, each with what is wrong with it and what somebody has to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from chimpline.errors import ChimplineError, UserError
from chimpline.service.connection.connections import Connection, Connections
from chimpline.service.connection.statuses import Access, ConnectionState, Status
from chimpline.service.connection.vault import SecretKind
from chimpline.service.desk import Desk

RESERVED = "new"

_CREDENTIALS = {SecretKind.API_KEY, SecretKind.ACCESS_TOKEN}


@dataclasses.dataclass(frozen=True, slots=True)
class ConnectionNow:
    """A connection as it stands. `connection` None: its settings cannot be used, see `problem`.

    `kept`: the secrets in the vault that may be sent where the settings send them; `moved`: whether
    there is one that may not. `from_environment`: whether the environment has a secret for it.
    """

    name: str
    status: Status
    connection: Connection | None = None
    problem: ChimplineError | None = None
    kept: Sequence[SecretKind] = ()
    moved: bool = False
    from_environment: bool = False
    pipelines: Sequence[str] = ()
    access: Sequence[Access] = ()

    @property
    def refused(self) -> list[Access]:
        return [one for one in self.access if not one.allowed]

    @property
    def state(self) -> ConnectionState:
        """Its state; one whose secret may not be sent to its address has to be signed in to."""
        return ConnectionState.NEEDS_REAUTHENTICATION if self.moved else self.status.state

    @property
    def to_do(self) -> str:
        """What somebody has to do, as the end of a message's kind; `nothing` most of the time."""
        if self.problem is not None:
            return "mend"
        if self.connection is not None and not self.connection.defined:
            return "delete"
        if self.moved:
            return "moved"
        match self.status.state:
            case ConnectionState.NEW if self.from_environment:
                return "check"
            case ConnectionState.NEW:
                return "sign-in"
            case ConnectionState.WAITING_FOR_CODE:
                return "code"
            case ConnectionState.FAILED | ConnectionState.NEEDS_REAUTHENTICATION:
                return "again"
            case ConnectionState.VERIFIED:
                return "nothing"


def all_of(desk: Desk) -> list[ConnectionNow]:
    """In the order of the settings file; one that is wrong keeps no other from being shown."""
    with desk.connections() as connections:
        return [_now(connections, name) for name in connections.names()]


def check_name(name: str) -> None:
    """Raises `UserError` for a name that no connection can have: its page is another one."""
    if name == RESERVED:
        raise UserError("connection-name-reserved", name=name)


def one_of(desk: Desk, name: str) -> ConnectionNow:
    """Raises `UserError` where there is none of this name."""
    with desk.connections() as connections:
        if name not in connections.names():
            raise UserError("console-connection-unknown", name=name)
        return _now(connections, name)


def _now(connections: Connections, name: str) -> ConnectionNow:
    status = connections.statuses.of(name)
    pipelines = connections.definitions.pipelines_of(name)
    now = ConnectionNow(name, status, pipelines=pipelines, access=connections.statuses.access(name))
    try:
        found = connections.get(name)
        from_environment = connections.given_credential(name) is not None
    except ChimplineError as error:
        return dataclasses.replace(now, problem=error)
    kept = [kind for kind in found.kept if connections.fits(name, kind, found.settings)]
    return dataclasses.replace(
        now,
        connection=found,
        kept=kept,
        moved=bool(_CREDENTIALS & (set(found.kept) - set(kept))) and not _CREDENTIALS & set(kept),
        from_environment=from_environment,
    )
