"""Whether a credential is good, and which tables it may read: asked, never guessed.

Each table is asked for one record; a table below another is asked for below the first record of
its parent. What Mailchimp refuses (403, twice) is named with its children, and kept.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimpline.api.account import Account
    from chimpline.api.client import Client, Retry
    from chimpline.api.credentials import Credential
    from chimpline.runs.job import OpenTransport
    from chimpline.service.connections import Connection, Connections


@dataclasses.dataclass(frozen=True, slots=True)
class TableAccess:
    """`why` says what was refused, or why an allowed table could not be asked yet."""

    table: str
    allowed: bool
    why: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Verified:
    """`warning`: the account is not the one this connection had before."""

    connection: Connection
    account: Account
    tables: tuple[TableAccess, ...]
    warning: str | None = None

    @property
    def refused(self) -> dict[str, str]:
        return {table.table: table.why for table in self.tables if not table.allowed}


async def probe(client: Client) -> tuple[TableAccess, ...]:
    """Ask every table of the catalog for one record; parents first."""
    raise NotImplementedError


def verify(
    connections: Connections,
    name: str,
    credential: Credential,
    *,
    notice: Callable[[str], None] = lambda _: None,
    retry: Retry | None = None,
    open_transport: OpenTransport | None = None,
) -> Verified:
    """Ask for the account, then probe; the state becomes *verified*, and access is stored.

    401: *needs re-authentication* for a connection that was verified before, else *failed*. Nothing
    readable: *failed*. Both raise an `AccessError`. The secret itself is not stored here.
    """
    raise NotImplementedError


def check(
    connections: Connections,
    name: str,
    *,
    credential: Credential | None = None,
    notice: Callable[[str], None] = lambda _: None,
    retry: Retry | None = None,
    open_transport: OpenTransport | None = None,
) -> Verified:
    """`verify` with what the vault has; `credential` (of the environment) goes before it."""
    raise NotImplementedError


def verify_api_key(
    connections: Connections,
    name: str,
    secret: str,
    *,
    settings: dict[str, object] | None = None,
    notice: Callable[[str], None] = lambda _: None,
    retry: Retry | None = None,
    open_transport: OpenTransport | None = None,
) -> Verified:
    """An API key: verify, then save `settings` with auth = "api_key", then put the key away.

    A key that is refused is not kept, and a new connection is not written.
    """
    raise NotImplementedError
