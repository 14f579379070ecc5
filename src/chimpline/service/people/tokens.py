"""Tokens of programs that use the API: named, hashed, with scopes, an expiry and a last use."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import re
from collections.abc import Callable, Collection

import sqlalchemy as sa

from chimpline.clock import Clock
from chimpline.errors import UserError
from chimpline.service.control import ControlDatabase
from chimpline.service.people import tables
from chimpline.service.people.secrets import drawn, hashed

NOTED_EVERY = dt.timedelta(minutes=1)
PREFIX = "chimpline_"
"""So that a scanner for leaked secrets, and a person, see what it is."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


class Scope(enum.StrEnum):
    """*read*: states and metrics. *operate*: run and cancel, too. *admin*: definitions, too.

    *data*, apart from these: rows, and SQL.
    """

    READ = "read"
    OPERATE = "operate"
    ADMIN = "admin"
    DATA = "data"


_INCLUDES = {
    Scope.READ: {Scope.READ},
    Scope.OPERATE: {Scope.READ, Scope.OPERATE},
    Scope.ADMIN: {Scope.READ, Scope.OPERATE, Scope.ADMIN},
    Scope.DATA: {Scope.DATA},
}


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    name: str
    scopes: frozenset[Scope]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    used_at: dt.datetime | None

    def may(self, scope: Scope) -> bool:
        return any(scope in _INCLUDES[one] for one in self.scopes)


class Tokens:
    def __init__(self, database: Callable[[], ControlDatabase], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(
        self, name: str, scopes: Collection[Scope], expires_at: dt.datetime | None = None
    ) -> str:
        """The token, which is seen this once. Raises `UserError` for a name that cannot be."""
        if not NAME.fullmatch(name):
            raise UserError("token-name", name=name)
        if not scopes:
            raise UserError("token-without-scope", scopes=tuple(one.value for one in Scope))
        made = PREFIX + drawn()
        row = {
            "name": name,
            "hash": hashed(made),
            "scopes": " ".join(sorted(scope.value for scope in set(scopes))),
            "created_at": self._clock(),
            "expires_at": expires_at,
        }
        with self._database().writing() as connection:
            taken = sa.select(tables.tokens.c.name).where(tables.tokens.c.name == name)
            if connection.execute(taken).one_or_none() is not None:
                raise UserError("token-name-taken", name=name)
            connection.execute(sa.insert(tables.tokens).values(row))
        return made

    def of(self, word: str) -> Token | None:
        """The token that this is, while it lasts; its last use is noted."""
        tokens, now = tables.tokens, self._clock()
        with self._database().reading() as connection:
            row = connection.execute(
                sa.select(tokens).where(tokens.c.hash == hashed(word))
            ).one_or_none()
        if row is None or (row.expires_at is not None and row.expires_at <= now):
            return None
        if row.used_at is None or now - row.used_at > NOTED_EVERY:
            with self._database().writing() as connection:
                connection.execute(
                    sa.update(tokens).where(tokens.c.name == row.name).values(used_at=now)
                )
        return _token(row)

    def everything(self) -> list[Token]:
        """By name."""
        with self._database().reading() as connection:
            rows = connection.execute(sa.select(tables.tokens).order_by(tables.tokens.c.name))
            return [_token(row) for row in rows.all()]

    def revoke(self, name: str) -> None:
        """Raises `UserError` where there is none of this name."""
        with self._database().writing() as connection:
            done = connection.execute(sa.delete(tables.tokens).where(tables.tokens.c.name == name))
        if not done.rowcount:
            raise UserError("token-unknown", name=name)


def _token(row: sa.Row[tuple[object, ...]]) -> Token:
    return Token(
        row.name,
        frozenset(Scope(one) for one in row.scopes.split()),
        row.created_at,
        row.expires_at,
        row.used_at,
    )
