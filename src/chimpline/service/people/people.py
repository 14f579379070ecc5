"""People who sign in to the console: a name, a role, a password of which a hash is kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
import re
import threading
from collections.abc import Callable

import argon2
import sqlalchemy as sa

from chimpline.clock import Clock
from chimpline.errors import UserError
from chimpline.service.control import ControlDatabase
from chimpline.service.people import tables

SHORTEST = 10
LONGEST = 1000
"""Of passwords: what is longer would only keep argon2 busy."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,59}")
HASHED_AT_ONCE = 2
"""argon2id takes 64 MB each time: whoever signs in a hundred times at once waits instead."""


class Role(enum.StrEnum):
    """*admin* changes what there is, *viewer* looks at it."""

    ADMIN = "admin"
    VIEWER = "viewer"


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    name: str
    role: Role
    since: dt.datetime


class People:
    """`hasher`: what makes hashes of passwords; tests give a cheap one."""

    def __init__(
        self,
        database: Callable[[], ControlDatabase],
        clock: Clock,
        hasher: argon2.PasswordHasher | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._hasher = hasher or argon2.PasswordHasher()
        self._hashing = threading.BoundedSemaphore(HASHED_AT_ONCE)

    @functools.cached_property
    def _nobody(self) -> str:
        """Verified where there is nobody of a name, so that both take the same time."""
        return self._hasher.hash("nobody has this password")

    def everyone(self) -> list[Person]:
        """By name."""
        rows = sa.select(tables.people.c.name, tables.people.c.role, tables.people.c.since)
        with self._database().reading() as connection:
            found = connection.execute(rows.order_by(tables.people.c.name)).all()
        return [Person(row.name, Role(row.role), row.since) for row in found]

    def put(self, name: str, role: Role, password: str) -> None:
        """Make a person, or give one another role and password; all its sessions end.

        Raises `UserError` for a name or a password that cannot be.
        """
        check(name, password)
        row = self._row(name, role, password)
        with self._database().writing() as connection:
            self._somebody_stays_admin(connection, name, role)
            _forget(connection, name)
            connection.execute(sa.insert(tables.people).values(row))

    def add(self, name: str, role: Role, password: str) -> None:
        """Make a person. Raises `UserError` as `put` does, and where there is one of this name."""
        check(name, password)
        row = self._row(name, role, password)
        with self._database().writing() as connection:
            taken = sa.select(tables.people.c.name).where(tables.people.c.name == name)
            if connection.execute(taken).one_or_none() is not None:
                raise UserError("person-name-taken", name=name)
            connection.execute(sa.insert(tables.people).values(row))

    def change(self, name: str, role: Role | None = None, password: str | None = None) -> None:
        """Give a role, a password, or both, or neither of them.

        A new role counts at once in all sessions of the person; a new password ends them. Raises
        `UserError` for nobody, for the last admin, and as `put` does.
        """
        values: dict[str, str] = {}
        if role is not None:
            values["role"] = role.value
        if password is not None:
            check(name, password)
            values["password"] = self._hashed(password)
        people, sessions = tables.people, tables.sessions
        with self._database().writing() as connection:
            known = sa.select(people.c.name).where(people.c.name == name)
            if connection.execute(known).one_or_none() is None:
                raise UserError("person-unknown", name=name)
            if role is not None:
                self._somebody_stays_admin(connection, name, role)
            if values:
                changed = sa.update(people).where(people.c.name == name)
                connection.execute(changed.values(values))
            if password is not None:
                connection.execute(sa.delete(sessions).where(sessions.c.person == name))

    def remove(self, name: str) -> None:
        """Its sessions end. Raises `UserError` for nobody, and for the last admin."""
        with self._database().writing() as connection:
            self._somebody_stays_admin(connection, name, None)
            if not _forget(connection, name):
                raise UserError("person-unknown", name=name)

    @staticmethod
    def _somebody_stays_admin(connection: sa.Connection, name: str, role: Role | None) -> None:
        """Without an admin nobody could let anybody in. Within the transaction that changes it."""
        people = tables.people
        admins = sa.select(people.c.name).where(people.c.role == Role.ADMIN.value)
        if role is not Role.ADMIN and connection.scalars(admins).all() == [name]:
            raise UserError("person-is-the-last-admin", name=name)

    def _row(self, name: str, role: Role, password: str) -> dict[str, object]:
        return {
            "name": name,
            "role": role.value,
            "password": self._hashed(password),
            "since": self._clock(),
        }

    def _hashed(self, password: str) -> str:
        with self._hashing:
            return self._hasher.hash(password)

    def known(self, name: str, password: str) -> Person | None:
        """The person whose name and password these are; equally slow where there is none."""
        with self._database().reading() as connection:
            row = connection.execute(
                sa.select(tables.people).where(tables.people.c.name == name)
            ).one_or_none()
        try:
            with self._hashing:
                self._hasher.verify(row.password if row else self._nobody, password[:LONGEST])
        except argon2.exceptions.VerificationError:
            return None
        return Person(row.name, Role(row.role), row.since) if row else None


def check(name: str, password: str) -> None:
    """Raises `UserError` for a name or a password that cannot be."""
    if not NAME.fullmatch(name):
        raise UserError("person-name", name=name)
    if not SHORTEST <= len(password) <= LONGEST:
        raise UserError("password-length", least=SHORTEST, most=LONGEST)
    if password.lower() in {name.lower() * n for n in range(1, LONGEST)}:
        raise UserError("password-is-the-name")


def _forget(connection: sa.Connection, name: str) -> bool:
    """Take a person away with its sessions; whether there was one."""
    connection.execute(sa.delete(tables.sessions).where(tables.sessions.c.person == name))
    found = sa.delete(tables.people).where(tables.people.c.name == name)
    return connection.execute(found).rowcount > 0
