"""For which host a secret was given, and which hosts were named by somebody who need not know it.

Whoever may change a definition in the console could else have a secret sent to a host of theirs. So
a secret that is kept goes to the host that it was given for, and to no other. One of the
environment, or one that was kept before hosts were noted, goes to no host that was named in the
console or the API.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import sqlalchemy as sa

from chimpline.service import control
from chimpline.service.connection.vault import SecretKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from chimpline.service.control import ControlDatabase
    from chimpline.service.settings.every import Connection

_PORTS = {"http": 80, "https": 443}
OWN = ""
"""Mailchimp's own: the key itself names its data center."""
OF_A_DESTINATION = "all"  # its secrets are given together


class Opens(Protocol):
    """The control database, where it is needed: `statuses.OnDemand`."""

    def there(self) -> ControlDatabase | None: ...
    def made(self) -> ControlDatabase: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Opened:
    """A control database that is open already."""

    database: ControlDatabase

    def there(self) -> ControlDatabase:
        return self.database

    def made(self) -> ControlDatabase:
        return self.database


class Hosts:
    def __init__(self, database: Opens) -> None:
        self._database = database

    def bind(self, owner: str, kind: str, host: str) -> None:
        """From now on this secret is for this host. Told after the secret itself is kept."""
        table = control.secret_hosts
        with self._database.made().writing() as rows:
            rows.execute(sa.delete(table).where(table.c.owner == owner, table.c.kind == kind))
            rows.execute(sa.insert(table).values(owner=owner, kind=kind, host=host))

    def given_for(self, owner: str, kind: str) -> str | None:
        """The host that a secret was given for; None: that was not noted."""
        if (database := self._database.there()) is None:
            return None
        table = control.secret_hosts
        chosen = sa.select(table.c.host).where(table.c.owner == owner, table.c.kind == kind)
        with database.reading() as rows:
            return rows.scalar(chosen)

    def fits(self, owner: str, kind: str, host: str) -> bool:
        """Whether a secret that is kept may be sent to this host."""
        bound = self.given_for(owner, kind)
        return not self.is_named(owner, host) if bound is None else bound == host

    def name(self, owner: str, hosts: Collection[str]) -> None:
        """Note that these hosts are named by who need not know the secrets."""
        table = control.named_hosts
        with self._database.made().writing() as rows:
            for host in hosts:
                known = sa.select(table.c.host).where(table.c.owner == owner, table.c.host == host)
                if rows.scalar(known) is None:
                    rows.execute(sa.insert(table).values(owner=owner, host=host))

    def is_named(self, owner: str, host: str) -> bool:
        """Whether a secret that was not given for this host must not be sent there."""
        if (database := self._database.there()) is None:
            return False
        table = control.named_hosts
        chosen = sa.select(table.c.host).where(table.c.owner == owner, table.c.host == host)
        with database.reading() as rows:
            return rows.scalar(chosen) is not None


def forget(rows: sa.Connection, owner: str) -> None:
    """What is known of an owner's secrets goes with them; which hosts were named stays."""
    rows.execute(sa.delete(control.secret_hosts).where(control.secret_hosts.c.owner == owner))


def of_connection(name: str) -> str:
    return f"connection/{name}"


def of_destination(name: str) -> str:
    return f"destination/{name}"


def origin(url: str | None) -> str:
    """Scheme, host and port of an address, in one form; `OWN` where there is none."""
    if url is None:
        return OWN
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"


def where_to(kind: SecretKind, settings: Connection) -> str:
    """The host that a secret of this kind is sent to, by the settings of its connection."""
    if kind is SecretKind.API_KEY:
        return origin(settings.api_root)
    if kind is SecretKind.ACCESS_TOKEN:
        return origin(settings.api_root or settings.login_root)
    return origin(settings.login_root)
