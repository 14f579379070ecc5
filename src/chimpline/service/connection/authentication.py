"""The walk from nothing to *verified*: settings, consent, code, token, account, access.

sign_in = Authentications(connections)
walk = sign_in.begin("main", {"client_id": "123456789012"}, client_secret=typed)
walk.url                           # for the browser; the page at the redirect URI calls
sign_in.walks.receive(address)     # ... with where the browser was sent, in any process
sign_in.walks.received(walk)       # that address, once there is one; or somebody pastes it
sign_in.complete(walk, address, confirm=ask)
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from chimpline.api.budget import Budget
from chimpline.api.client import DEFAULT_RETRY, Client, Retry
from chimpline.api.sign_in import oauth
from chimpline.api.sign_in.account import Account, account, resolve_api_root
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import AiohttpTransport, Transport
from chimpline.clock import Clock, utc_now
from chimpline.errors import (
    ChimplineError,
    NotAuthenticated,
    SecretRefused,
    SettingsError,
)
from chimpline.message import Message
from chimpline.redact import register
from chimpline.service.connection import access
from chimpline.service.connection.connections import Connection, Connections, ConnectionState
from chimpline.service.connection.vault import SecretKind
from chimpline.service.connection.walks import Walk, Walks, app_of
from chimpline.state.directory import connection_slots_directory

if TYPE_CHECKING:
    from chimpline.runs.services import OpenTransport

__all__ = ["LABELS", "Authentications", "Walk", "client_secret"]

# In the order and under the names that users of the hosted connector know.
LABELS = {
    "gateway": "Data gateway",
    "start_date": "Start Date",
    "email_activity_date_window": "Email Activity Date Window",
    "client_id": "Client ID",
    "client_secret": "Client Secret",
}

T = TypeVar("T")


class Authentications:
    def __init__(
        self,
        connections: Connections,
        *,
        clock: Clock = utc_now,
        retry: Retry | None = None,
        open_transport: OpenTransport | None = None,
        notice: access.Notice = lambda _: None,
    ) -> None:
        self._connections = connections
        self._retry = retry
        self._open_transport = open_transport
        self._notice = notice
        self.walks = Walks(connections, clock)

    # To the page of Mailchimp

    def begin(
        self,
        name: str,
        settings: Mapping[str, object] | None = None,
        *,
        client_secret: str | None = None,
        insist: bool = False,
    ) -> Walk:
        """Validate, save, and ask for consent. `client_secret` None: the one in the vault.

        An earlier walk of this connection ends. A connection that is verified stays so meanwhile:
        its token is in use until another one is there.
        """
        given = {"auth": "oauth", **(settings or {})}
        before = self._known(name)
        good = self._connections.definitions.validated(name, given)
        kept = self._connections.client_secret(name, good) if before else None
        _required(name, client_id=good.client_id, client_secret=client_secret or kept)
        self._connections.one_client_one_connection(good.client_id or "", name, insist=insist)
        connection = self._connections.save(name, given)
        if client_secret is not None:
            self._connections.keep(
                name, SecretKind.NEW_CLIENT_SECRET, client_secret, connection.settings
            )
        app = app_of(connection)
        known_uri = (before and before.status.verified_at and before.status.redirect_uri) or ""
        with self._told(name):
            self._ask(lambda transport: oauth.look_at_page(transport, app, known_uri))
        walk = self.walks.begin(name, app)
        if connection.status.state is not ConnectionState.VERIFIED:
            self._connections.statuses.set(
                name,
                ConnectionState.WAITING_FOR_CODE,
                # One that worked before is kept until another has, to be named beside it.
                redirect_uri=None if known_uri else app.redirect_uri,
                client_id=app.client_id,
            )
        return walk

    def look_at(self, walk: Walk, given: str) -> None:
        """Raise where what was pasted cannot be of this walk, so that it can be asked for again.

        Mailchimp's No to this walk is no slip: `complete` tells of it.
        """
        if not _final(walk, given):
            oauth.code_of(given, walk.app, walk.is_ours)

    # To verified

    def complete(
        self, walk: Walk, given: str, *, confirm: Callable[[Message], bool] = lambda _: False
    ) -> access.Verified:
        """From a code, alone or in the address the browser was sent to, to a verified connection.

        `confirm` is asked where the token belongs to another account than before. What is given
        wrongly (the address of another, say) can be given again; a code is used up by being tried.
        """
        name = walk.connection
        if _final(walk, given):
            self.walks.end(walk)
            with self._told(name):
                oauth.code_of(given, walk.app, walk.is_ours)
        code = oauth.code_of(given, walk.app, walk.is_ours)
        self.walks.end(walk)
        settings = self._connections.get(name).settings
        secret = self._connections.client_secret(name, settings) or ""
        retry = self._retry or DEFAULT_RETRY
        with self._told(name):
            token = self._ask(
                lambda transport: oauth.exchange(
                    transport, walk.app, secret, code, retry=retry, on_notice=self._notice
                )
            )
            self._connections.keep(name, SecretKind.CLIENT_SECRET, secret, settings)
            self._connections.secrets.forget(name, SecretKind.NEW_CLIENT_SECRET)
            if token.expires_at is not None:
                self._notice(Message.of("token-ends", at=token.expires_at))
            self._same_account(name, token, confirm)
        verified = access.verify(
            self._connections,
            name,
            token.credential,
            notice=self._notice,
            retry=self._retry,
            open_transport=self._open_transport,
        )
        secret = token.credential.secret
        self._connections.keep(name, SecretKind.ACCESS_TOKEN, secret, verified.connection.settings)
        self._connections.statuses.set(
            name,
            ConnectionState.VERIFIED,
            redirect_uri=walk.app.redirect_uri,
            client_id=walk.app.client_id,
        )
        return dataclasses.replace(verified, connection=self._connections.get(name))

    def _same_account(
        self, name: str, token: oauth.Token, confirm: Callable[[Message], bool]
    ) -> None:
        connection = self._connections.get(name)
        if connection.status.account_id is None:
            return
        owner = self._ask(
            lambda transport: _whose(
                transport,
                token.credential,
                connection.settings.api_root,
                connection.settings.login_root,
                retry=self._retry or DEFAULT_RETRY,
                notice=self._notice,
            )
        )
        warning = self._connections.compare_account(name, owner)
        if warning and not confirm(warning):
            raise NotAuthenticated("token-of-another-account", warning=warning)

    # The rest

    def _known(self, name: str) -> Connection | None:
        return next((one for one in self._connections.all() if one.name == name), None)

    @contextlib.contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Keep what went wrong as the connection's state, unless its token is good all the same."""
        try:
            yield
        except ChimplineError as error:
            if isinstance(error, SecretRefused):
                # One that Mailchimp took before stays: it is shown there once only.
                self._connections.secrets.forget(name, SecretKind.NEW_CLIENT_SECRET)
            status = self._connections.get(name).status
            if status.state is not ConnectionState.VERIFIED:
                before = status.verified_at is not None
                self._connections.statuses.set(
                    name,
                    ConnectionState.NEEDS_REAUTHENTICATION if before else ConnectionState.FAILED,
                    error=error.problem,
                )
            raise

    def _ask(self, question: Callable[[Transport], Awaitable[T]]) -> T:
        async def asked() -> T:
            transport = _transport(self._open_transport)
            try:
                return await question(transport)
            finally:
                await transport.close()

        return asyncio.run(asked())


def _transport(given: OpenTransport | None) -> Transport:
    return (given or AiohttpTransport)(connections=1)


async def _whose(
    transport: Transport,
    credential: Credential,
    api_root: str | None,
    login_root: str,
    *,
    retry: Retry,
    notice: access.Notice,
) -> Account:
    """The account that a credential opens, before anything is made of it."""
    root = await resolve_api_root(
        transport, credential, api_root, login_root, retry=retry, on_notice=notice
    )
    budget = Budget.provisional(connection_slots_directory(), root, credential)
    return await account(
        Client(
            api_root=root,
            credential=credential,
            transport=transport,
            budget=budget,
            retry=retry,
            on_notice=notice,
        )
    )


def _required(name: str, **fields: object) -> None:
    missing = [field for field, value in fields.items() if not value]
    if missing:
        raise SettingsError(
            "oauth-lacks", name=name, missing="both" if len(missing) > 1 else missing[0]
        )


def client_secret(text: str) -> str:
    """A client secret that no output shows from now on."""
    text = text.strip()
    register(text)
    if not re.fullmatch(r"[!-~]{8,256}", text):
        raise SettingsError("client-secret-wrong-form")
    return text


def _final(walk: Walk, given: str) -> bool:
    """Whether this is Mailchimp's No to this walk, and not a slip of the person who pasted."""
    said = oauth.said(given)
    return "error" in said and walk.is_ours(said.get("state", ""))
