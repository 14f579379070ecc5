"""Sessions of people who signed in: a cookie's word, kept as a hash."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import sqlalchemy as sa

from chimpline.clock import Clock
from chimpline.service.control import ControlDatabase
from chimpline.service.people import tables
from chimpline.service.people.people import Person, Role
from chimpline.service.people.secrets import drawn, hashed

UNUSED_FOR = dt.timedelta(hours=12)
AT_MOST = dt.timedelta(days=14)
NOTED_EVERY = dt.timedelta(minutes=1)
"""How exactly the last use is kept: a page must not wait for a write each time."""


@dataclasses.dataclass(frozen=True, slots=True)
class Session:
    """`csrf`: what every form of this session has to bring."""

    person: Person
    csrf: str


class Sessions:
    def __init__(self, database: Callable[[], ControlDatabase], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self, person: Person, instead_of: str | None = None) -> str:
        """A new session's word for the cookie; the one that was there before ends."""
        word, now = drawn(), self._clock()
        row = {
            "id_hash": hashed(word),
            "person": person.name,
            "csrf": drawn(),
            "begun_at": now,
            "seen_at": now,
        }
        sessions = tables.sessions
        with self._database().writing() as connection:
            connection.execute(
                sa.delete(sessions).where(
                    (sessions.c.begun_at < now - AT_MOST)
                    | (sessions.c.seen_at < now - UNUSED_FOR)
                    | (sessions.c.id_hash == hashed(instead_of or ""))
                )
            )
            connection.execute(sa.insert(sessions).values(row))
        return word

    def of(self, word: str) -> Session | None:
        """The session of a cookie's word, while it lasts."""
        now, sessions, people = self._clock(), tables.sessions, tables.people
        wanted = sa.select(sessions, people.c.role, people.c.since).join(
            people, people.c.name == sessions.c.person
        )
        with self._database().reading() as connection:
            row = connection.execute(wanted.where(sessions.c.id_hash == hashed(word))).one_or_none()
        if row is None or now - row.begun_at > AT_MOST or now - row.seen_at > UNUSED_FOR:
            return None
        if now - row.seen_at > NOTED_EVERY:
            with self._database().writing() as connection:
                connection.execute(
                    sa.update(sessions)
                    .where(sessions.c.id_hash == hashed(word))
                    .values(seen_at=now)
                )
        return Session(Person(row.person, Role(row.role), row.since), row.csrf)

    def end(self, word: str) -> None:
        sessions = tables.sessions
        with self._database().writing() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.id_hash == hashed(word)))

    def end_all(self) -> None:
        with self._database().writing() as connection:
            connection.execute(sa.delete(tables.sessions))
