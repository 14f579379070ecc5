"""Walks to Mailchimp's page of consent, and what the browser brings back from there.

A walk lives in the control database, not in a process: the page may be another's, and a code may be
given to a later command. Of its `state` only a hash is kept; the answer is sealed by the vault.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import hmac
import secrets

import sqlalchemy as sa

from chimpline.api.sign_in import oauth
from chimpline.clock import Clock
from chimpline.errors import WrongState
from chimpline.message import Message
from chimpline.redact import register
from chimpline.service import control
from chimpline.service.connection.connections import Connection, Connections
from chimpline.service.connection.vault import Sealed, SecretKind

# Longer than a person needs to find the app's owner, and shorter than a page is left open.
WALK_LIFETIME = dt.timedelta(hours=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Walk:
    """One walk of a connection. `state` is known to the process that began it only."""

    id: str
    connection: str
    app: oauth.App
    state_hash: str
    expires_at: dt.datetime
    state: str | None = dataclasses.field(default=None, repr=False)

    @property
    def url(self) -> str | None:
        """The page where a person consents; None in a later process, which cannot ask again."""
        return None if self.state is None else oauth.authorize_url(self.app, self.state)

    def is_ours(self, state: str) -> bool:
        return hmac.compare_digest(_hash(state), self.state_hash)


@dataclasses.dataclass(frozen=True, slots=True)
class Received:
    """What the page shows: the code of a known walk, or why there is none."""

    code: str = dataclasses.field(default="", repr=False)
    problem: Message | None = None


class Walks:
    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock

    def begin(self, name: str, app: oauth.App) -> Walk:
        """A new walk to the page of `app`; an earlier one of this connection ends."""
        state = oauth.new_state()
        now = self._clock()
        walk = Walk(secrets.token_hex(8), name, app, _hash(state), now + WALK_LIFETIME, state=state)
        table = control.authentications
        with self._connections.database.writing() as rows:
            rows.execute(
                sa.delete(table).where((table.c.connection == name) | (table.c.expires_at <= now))
            )
            rows.execute(
                sa.insert(table).values(
                    id=walk.id,
                    connection=name,
                    state_hash=walk.state_hash,
                    redirect_uri=app.redirect_uri,
                    created_at=now,
                    expires_at=walk.expires_at,
                )
            )
        return walk

    def end(self, walk: Walk) -> None:
        """Whatever is still sent for it belongs to no walk."""
        table = control.authentications
        with self._connections.database.writing() as rows:
            rows.execute(sa.delete(table).where(table.c.id == walk.id))

    def pending(self, name: str) -> Walk | None:
        """The walk of this connection that an earlier process began, while its time lasts."""
        query = sa.select(control.authentications).where(
            control.authentications.c.connection == name,
            control.authentications.c.expires_at > self._clock(),
        )
        with self._connections.database.reading() as rows:
            row = rows.execute(query).first()
        if row is None:
            return None
        app = dataclasses.replace(
            app_of(self._connections.get(name)), redirect_uri=row.redirect_uri
        )
        return Walk(row.id, name, app, row.state_hash, row.expires_at)

    def receive(self, address: str) -> Received:
        """Take what the browser brought to the redirect URI, for whichever walk asked for it."""
        said = oauth.said(address)
        table = control.authentications
        query = sa.select(table).where(
            table.c.state_hash == _hash(said.get("state", "")),
            table.c.expires_at > self._clock(),
        )
        with self._connections.database.reading() as rows:
            row = rows.execute(query).first()
        if row is None:
            # Nothing of it is kept, hidden or shown: anybody can send a browser here.
            return Received(problem=Message("answer-to-no-sign-in"))
        register(said.get("code", ""))
        sealed = self._connections.vault.seal(row.id, SecretKind.CODE, address)
        with self._connections.database.writing() as rows:
            rows.execute(
                sa.update(table)
                .where(table.c.id == row.id)
                .values(code_key_id=sealed.key_id, code_sealed=sealed.data)
            )
        if "error" in said:
            app = dataclasses.replace(
                app_of(self._connections.get(row.connection)), redirect_uri=row.redirect_uri
            )
            error = oauth.refusal(said["error"], said.get("error_description", ""), app)
            return Received(problem=error.problem.message)
        if not said.get("code"):
            return Received(problem=Message("answer-without-code"))
        return Received(code=said["code"])

    def received(self, walk: Walk) -> str | None:
        """The address that the page took for this walk, if it did already."""
        table = control.authentications
        with self._connections.database.reading() as rows:
            row = rows.execute(sa.select(table).where(table.c.id == walk.id)).first()
        if row is None:
            raise WrongState("sign-in-replaced", connection=walk.connection)
        if row.code_sealed is None:
            return None
        sealed = Sealed(row.code_key_id, row.code_sealed)
        return self._connections.vault.unseal(walk.id, SecretKind.CODE, sealed)


def app_of(connection: Connection) -> oauth.App:
    settings = connection.settings
    return oauth.App(settings.login_root, settings.client_id or "", settings.redirect_uri)


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
