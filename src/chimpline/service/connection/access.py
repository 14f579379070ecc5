"""Whether a credential is good, and which tables it may read: asked, never guessed.

Each table is asked for one record; a table below another is asked for below the first record of
its parent. What Mailchimp refuses (403, twice) is named with its children, and kept.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from chimpline.api.sign_in.credentials import Credential
from chimpline.catalog.features import feature_of, lacking
from chimpline.catalog.tables import descendants, tables
from chimpline.errors import (
    AccessError,
    BrokenAnswer,
    ChimplineError,
    InvalidCredentials,
    NotFound,
    NotUnderstood,
    Refused,
    SettingsError,
    SourceUnavailable,
)
from chimpline.message import Message
from chimpline.runs.request import RunRequest
from chimpline.runs.tree import Tree
from chimpline.runs.work.together import answered
from chimpline.service.connection.addresses import located, note_address
from chimpline.service.connection.connections import ConnectionState
from chimpline.service.connection.vault import SecretKind
from chimpline.service.settings import every as definitions
from chimpline.service.settings.credentials import secret as credential_of

if TYPE_CHECKING:
    from chimpline.api.client import Client, Retry
    from chimpline.api.sign_in.account import Account
    from chimpline.catalog.table import Table
    from chimpline.runs.services import OpenTransport
    from chimpline.service.connection.connections import Connection, Connections

Notice = Callable[[str | Message], None]

ACCOUNT = "account"
"""Whoever has a key reads this: it says nothing of what else may be read."""


def _silent(message: str | Message) -> None:
    del message


@dataclasses.dataclass(frozen=True, slots=True)
class TableAccess:
    """`why` says what was refused, or why an allowed table could not be asked yet."""

    table: str
    allowed: bool
    why: Message | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Verified:
    """`warning`: the account is not the one this connection had before."""

    connection: Connection
    account: Account
    tables: tuple[TableAccess, ...]
    warning: Message | None = None

    @property
    def refused(self) -> dict[str, Message]:
        return {one.table: one.why for one in self.tables if not one.allowed and one.why}


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    account: Account
    api_root: str
    tables: tuple[TableAccess, ...]


async def probe(client: Client, catalog: Mapping[str, Table]) -> tuple[TableAccess, ...]:
    """Ask every table of the catalog for one record; in the catalog's order."""
    tree = Tree(catalog, catalog, catalog)
    found: dict[str, TableAccess] = {}

    lacked: list[tuple[Table, Message]] = []

    def below(table: Table, why: Message, *, allowed: bool = True) -> None:
        for one in descendants(table, catalog):
            found[one.name] = TableAccess(one.name, allowed, why)

    def refused(table: Table, why: Message) -> None:
        found[table.name] = TableAccess(table.name, False, why)
        below(table, Message.of("access-parent-refused", parent=table.name), allowed=False)

    async def ask(table: Table, parent: tuple[str, ...]) -> None:
        name, first = table.name, None
        try:
            first = await _first(client, table, parent)
        except NotUnderstood as error:  # no refusal: it may well be read next time
            found[name] = TableAccess(
                name, True, Message.of("access-unknown", cause=error.problem.message)
            )
            below(table, Message.of("access-parent-unknown", parent=name))
        except (NotFound, Refused) as error:
            if lacking(table, error) is not None:  # a run sees for itself, and says so once
                lacked.append((table, error.problem.message))
                why = Message.of("access-lacking", cause=error.problem.message)
                found[name] = TableAccess(name, True, why)
                below(table, Message.of("access-parent-lacking", parent=name))
            elif isinstance(error, NotFound):  # its parent went meanwhile
                found[name] = TableAccess(name, True)
                below(table, Message.of("access-parent-empty", parent=name))
            else:
                refused(table, error.problem.message)
        else:
            found[name] = TableAccess(name, True)
            below(table, Message.of("access-parent-empty", parent=name))
            for rider in tree.riders(table):  # what it needs is asked
                found[rider.name] = TableAccess(rider.name, True)
        if first is not None:
            await answered(ask(child, (*parent, first)) for child in tree.children(table))

    await answered(ask(table, ()) for table in tree.roots)
    if not any(
        one.allowed and name != ACCOUNT and feature_of(catalog[name]) is None
        for name, one in found.items()
    ):
        for table, why in lacked:  # who may read nothing does not lack a part
            refused(table, why)
    return tuple(found[name] for name in catalog)


def verify(
    connections: Connections,
    name: str,
    credential: Credential,
    *,
    notice: Notice = _silent,
    retry: Retry | None = None,
    open_transport: OpenTransport | None = None,
) -> Verified:
    """Ask for the account, then probe; the state becomes *verified*, and access is stored.

    401: *needs re-authentication* for a connection that was verified before, else *failed*. Nothing
    readable: *failed*. An outage changes no state of one that was verified. All of them raise. The
    secret itself is not stored here.
    """
    before = connections.get(name)
    try:
        found = _asked(
            connections,
            name,
            before.settings,
            credential,
            notice=notice,
            retry=retry,
            open_transport=open_transport,
        )
    except ChimplineError as error:
        state = ConnectionState.FAILED
        if before.status.verified_at is not None:
            if isinstance(error, InvalidCredentials):
                state = ConnectionState.NEEDS_REAUTHENTICATION
            elif isinstance(error, SourceUnavailable):
                state = before.status.state
        connections.statuses.set(name, state, error=error.problem)
        raise
    return _kept(connections, name, found)


def check(
    connections: Connections,
    name: str,
    *,
    credential: Credential | None = None,
    notice: Notice = _silent,
    retry: Retry | None = None,
    open_transport: OpenTransport | None = None,
) -> Verified:
    """`verify` with what the vault has; `credential` (of the environment) goes before it."""
    connections.get(name)
    credential = credential or connections.credential(name)
    if credential is None:
        raise SettingsError("connection-without-secret", name=name)
    return verify(
        connections, name, credential, notice=notice, retry=retry, open_transport=open_transport
    )


def verify_api_key(
    connections: Connections,
    name: str,
    secret: str,
    *,
    settings: Mapping[str, object] | None = None,
    version: str | None = None,
    confirm: Callable[[Message], bool] = lambda _: True,
    notice: Notice = _silent,
    retry: Retry | None = None,
    open_transport: OpenTransport | None = None,
) -> Verified:
    """An API key: verify, then save `settings` with auth = "api_key", then put the key away.

    A key that is refused is not kept, a new connection is then not written, and an earlier key
    stays; likewise where the settings file is not the one of `version`. `confirm` is asked where
    the key belongs to another account than before.
    """
    credential = credential_of(secret, is_api_key=True)
    wanted = {**(settings or {}), "auth": "api_key"}
    good = connections.definitions.validated(name, wanted)
    found = _asked(
        connections,
        name,
        good,
        credential,
        notice=notice,
        retry=retry,
        open_transport=open_transport,
    )
    warning = connections.compare_account(name, found.account)
    if warning and not confirm(warning):
        raise AccessError("key-of-another-account", kept="kept-connection", warning=warning)
    _something_readable(found.tables)
    connections.save(name, wanted, version)
    # For the host that it was tried with: somebody may have named another one since.
    connections.keep(name, SecretKind.API_KEY, credential.secret, good)
    return _kept(connections, name, found)


def note_run(connections: Connections, name: str, error: ChimplineError | None) -> None:
    """What a run with the vault's credential says of its connection.

    401: *needs re-authentication*. No error: *verified*. Any other error says nothing of it.
    """
    if error is None:
        connections.statuses.set(name, ConnectionState.VERIFIED)
    elif isinstance(error, InvalidCredentials):
        connections.statuses.set(name, ConnectionState.NEEDS_REAUTHENTICATION, error=error.problem)


def _asked(
    connections: Connections,
    name: str,
    settings: definitions.Connection,
    credential: Credential,
    *,
    notice: Notice,
    retry: Retry | None,
    open_transport: OpenTransport | None,
) -> _Found:
    from chimpline.runs.work.connecting import connected
    from chimpline.service.prepared import services

    state_dir = connections.configuration.state_dir
    settings = located(state_dir, settings, credential, notice)
    request = RunRequest(
        pipeline=name,
        credential=credential,
        destination="",
        dataset="",
        api_root=settings.api_root,
        login_root=settings.login_root,
        connections=settings.connections,
    )

    ports = services(request, os.environ)
    ports = dataclasses.replace(
        ports, transport=open_transport or ports.transport, retry=retry or ports.retry
    )

    async def ask() -> _Found:
        async with connected(request, ports, notice) as (client, owner):
            return _Found(owner, client.api_root, await probe(client, ports.catalog or tables()))

    try:
        found = asyncio.run(ask())
    except ChimplineError as error:
        told = error.keeping("kept-nothing-touched")
        if isinstance(error, InvalidCredentials):
            told = told.advising(Message.of("then-connect", connection=name))
        raise told from error
    note_address(state_dir, credential, api_root=settings.api_root, login_root=settings.login_root)
    return found


def _kept(connections: Connections, name: str, found: _Found) -> Verified:
    warning = connections.compare_account(name, found.account)
    connections.statuses.set_access(
        name, {table.table: (table.allowed, table.why) for table in found.tables}
    )
    try:
        _something_readable(found.tables)
    except AccessError as error:
        connections.statuses.set(
            name,
            ConnectionState.FAILED,
            account=found.account,
            api_root=found.api_root,
            error=error.problem,
        )
        raise
    connections.statuses.set(
        name, ConnectionState.VERIFIED, account=found.account, api_root=found.api_root
    )
    return Verified(connections.get(name), found.account, found.tables, warning)


def _something_readable(found: tuple[TableAccess, ...]) -> None:
    if not any(table.allowed for table in found if table.table != ACCOUNT):
        raise AccessError("nothing-readable", kept="kept-nothing-touched")


async def _first(client: Client, table: Table, parent: tuple[str, ...]) -> str | None:
    """The key of the first record, None where there is no record, or no list.

    Raises `NotFound`, `Refused`.
    """
    path = table.path
    for variable, value in zip(table.variables, parent, strict=True):
        path = path.replace("{" + variable + "}", quote(value, safe=""))
    params = {} if table.is_document else {"count": "1"}
    if not table.is_document and "fields" in table.endpoint.query:
        params["fields"] = ",".join(f"{table.collection}.{key}" for key in table.record_keys)
    reply = await client.get(path, params, parse=_document)
    records = reply.value.get(table.collection)
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        return None
    # What has a longer key has no children to ask for with it.
    return str(records[0].get(table.record_keys[0]) or "") or None


def _document(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise BrokenAnswer("access-answer-broken", reason=str(error)) from None
