"""Walks to Mailchimp's page that somebody began in a browser, and where each of them stands.

A walk's address is known to this process only, since it holds what ties the answer to the question;
after a restart a code can still be given, and to open Mailchimp's page again one begins anew. While
a walk waits, whoever shows a page at the redirect URI (this process, or a `chimpline connect` with
the same state directory) takes the code.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from chimpline.errors import AccessError, ChimplineError, NoCodeInTime, WrongState
from chimpline.message import Message
from chimpline.runs.services import OpenTransport
from chimpline.service.connection import access
from chimpline.service.connection.authentication import Authentications
from chimpline.service.connection.connections import Connections
from chimpline.service.connection.walks import WALK_LIFETIME, Received, Walk
from chimpline.service.desk import Desk


class Closes(Protocol):
    def close(self) -> None: ...


Receive = Callable[[str], Received]
Listen = Callable[[str, Receive], Closes | None]
"""Shows a page at a redirect URI, until it is closed; None where that cannot be."""


@dataclasses.dataclass(frozen=True, slots=True)
class Waiting:
    """A walk that waits for its code. `has_page`: whether a page of ours takes it by itself.

    `arrived`: it did, and has only to be tried.
    """

    walk: Walk
    has_page: bool
    arrived: bool


class SignIns:
    """Of all connections; `listen` shows the page at the redirect URI."""

    def __init__(
        self, desk: Desk, listen: Listen, open_transport: OpenTransport | None = None
    ) -> None:
        self._desk = desk
        self._listen = listen
        self._open_transport = open_transport
        self._lock = threading.RLock()
        self._begun: dict[str, Walk] = {}
        self._pages: dict[str, Closes] = {}
        self.problems: dict[str, ChimplineError] = {}
        """What went wrong last, by connection, until it is told."""
        self.insisted: set[str] = set()
        """Connections that may share a Client ID, as whoever began their last walk has said."""

    def begin(
        self,
        name: str,
        settings: Mapping[str, object],
        *,
        client_secret: str | None = None,
        insist: bool = False,
    ) -> Walk:
        """`Authentications.begin`, with the page at the redirect URI."""
        (self.insisted.add if insist else self.insisted.discard)(name)
        with self._desk.connections() as connections:
            connections.name_hosts(name, settings)
            walk = self._authentications(connections).begin(
                name, settings, client_secret=client_secret, insist=insist
            )
        with self._lock:
            self._begun[name] = walk
            self._show_pages()
        timer = threading.Timer(WALK_LIFETIME.total_seconds() + 1, self._show_pages)
        timer.daemon = True
        timer.start()
        return walk

    def by_key(
        self,
        name: str,
        settings: Mapping[str, object],
        key: str,
        *,
        version: str | None = None,
        accept: bool = False,
    ) -> access.Verified:
        """`access.verify_api_key`. `accept`: also the key of another account than before."""
        with self._desk.connections() as connections:
            connections.name_hosts(name, settings)
            with _confirmed(accept) as confirm:
                return access.verify_api_key(
                    connections,
                    name,
                    key,
                    settings=settings,
                    version=version,
                    confirm=confirm,
                    open_transport=self._open_transport,
                )

    def waiting(self, name: str) -> Waiting | None:
        """Where a connection's walk stands; None where none waits."""
        with self._desk.connections() as connections:
            walks = self._authentications(connections).walks
            pending = walks.pending(name)
            if pending is None:
                self._end(name)
                return None
            with self._lock:
                walk = self._begun.get(name)
            ours = walk is not None and walk.id == pending.id
            found = walk if walk is not None and ours else pending
            try:
                arrived = walks.received(found) is not None
            except WrongState:  # ended this moment
                return None
            return Waiting(found, found.app.redirect_uri in self._pages, arrived)

    def complete(self, name: str, given: str, *, accept: bool = False) -> access.Verified:
        """From a code, or the whole address, to *verified*; nothing given: from what arrived.

        `accept`: also a token of another account than before.
        """
        with self._desk.connections() as connections:
            sign_in = self._authentications(connections)
            walk = sign_in.walks.pending(name)
            if walk is None:
                self._end(name)
                raise NoCodeInTime("connection-no-walk", name=name)
            given = given.strip() or sign_in.walks.received(walk) or ""
            if not given:
                raise NoCodeInTime("connection-no-code")
            try:
                with _confirmed(accept) as confirm:
                    return sign_in.complete(walk, given, confirm=confirm)
            finally:
                if sign_in.walks.pending(name) is None:
                    self._end(name)

    def give_up(self, name: str) -> None:
        """Whatever is still sent for the walk of this connection belongs to no walk."""
        with self._desk.connections() as connections:
            walks = self._authentications(connections).walks
            pending = walks.pending(name)
            if pending is not None:
                walks.end(pending)
        self._end(name)

    def close(self) -> None:
        with self._lock:
            self._begun.clear()
            self._show_pages()

    def _authentications(self, connections: Connections) -> Authentications:
        return Authentications(
            connections, clock=self._desk.clock, open_transport=self._open_transport
        )

    def _receive(self, address: str) -> Received:
        with self._desk.connections() as connections:
            return self._authentications(connections).walks.receive(address)

    def _end(self, name: str) -> None:
        with self._lock:
            self._begun.pop(name, None)
            self._show_pages()

    def _show_pages(self) -> None:
        """A page at each redirect URI that a walk waits at, and at no other."""
        with self._lock:
            now = self._desk.clock()
            self._begun = {n: walk for n, walk in self._begun.items() if walk.expires_at > now}
            wanted = {walk.app.redirect_uri for walk in self._begun.values()}
            for uri in set(self._pages) - wanted:
                self._pages.pop(uri).close()
            for uri in wanted - set(self._pages):
                page = self._listen(uri, self._receive)
                if page is not None:
                    self._pages[uri] = page


@contextlib.contextmanager
def _confirmed(accept: bool) -> Iterator[Callable[[Message], bool]]:
    """Whoever is asked about another account says `accept`; a No is told in words of its own."""
    asked: list[Message] = []

    def confirm(warning: Message) -> bool:
        asked.append(warning)
        return accept

    try:
        yield confirm
    except AccessError as error:
        if asked and not accept:
            raise AccessError(
                "connection-of-another-account", kept=error.problem.kept, warning=asked[0]
            ) from None
        raise
