"""What the control database knows of connections: how far each came, and what each may read."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chimpline.clock import Clock
from chimpline.message import Message, Problem
from chimpline.service import control
from chimpline.service.connection import hosts
from chimpline.service.control import ControlDatabase

if TYPE_CHECKING:
    from chimpline.api.sign_in.account import Account


class ConnectionState(enum.StrEnum):
    NEW = "new"
    WAITING_FOR_CODE = "waiting for code"
    VERIFIED = "verified"
    FAILED = "failed"
    NEEDS_REAUTHENTICATION = "needs re-authentication"


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    """What is known of a connection. `state_since` None: nothing was ever tried.

    `redirect_uri` and `client_id` are those of the last walk; `last_error` is without secrets.
    """

    state: ConnectionState = ConnectionState.NEW
    state_since: dt.datetime | None = None
    account_id: str | None = None
    account_name: str | None = None
    login_id: str | None = None
    role: str | None = None
    api_root: str | None = None
    redirect_uri: str | None = None
    client_id: str | None = None
    last_error: Problem | None = None
    verified_at: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Access:
    """Whether a table may be read; `why` not, or why it could not be asked for yet."""

    table: str
    allowed: bool
    why: Message | None
    checked_at: dt.datetime


class OnDemand:
    """The control database, opened when it is first needed."""

    def __init__(self, state_dir: Path, opened: ControlDatabase | None = None) -> None:
        """`opened`: one that is open already, and is closed by whoever opened it."""
        self._state_dir = state_dir
        self._given = opened
        self._database = opened

    def there(self) -> ControlDatabase | None:
        """None where nobody has made one yet: looking makes nothing."""
        if self._given is not None:
            return self._given
        return self.made() if ControlDatabase.exists(self._state_dir) else None

    def made(self) -> ControlDatabase:
        """Made where it is not there yet."""
        if self._database is None:
            self._database = ControlDatabase(self._state_dir)
        return self._database

    def close(self) -> None:
        if self._database is not None and self._given is None:
            self._database.close()
        self._database = self._given


class Statuses:
    def __init__(self, database: OnDemand, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def names(self) -> set[str]:
        """The connections that anything is known of, a secret included."""
        if (database := self._database.there()) is None:
            return set()
        with database.reading() as rows:
            known = set(rows.scalars(sa.select(control.connections.c.name)))
            return known | set(rows.scalars(sa.select(control.secrets.c.connection)))

    def of(self, name: str) -> Status:
        if (database := self._database.there()) is None:
            return Status()
        with database.reading() as rows:
            row = rows.execute(
                sa.select(control.connections).where(control.connections.c.name == name)
            ).first()
        if row is None:
            return Status()
        values = {field.name: getattr(row, field.name) for field in _FIELDS}
        known = {"state": ConnectionState(row.state), "last_error": _problem(row.last_error)}
        return Status(**{**values, **known})

    def set(
        self,
        name: str,
        state: ConnectionState,
        *,
        account: Account | None = None,
        api_root: str | None = None,
        redirect_uri: str | None = None,
        client_id: str | None = None,
        error: Problem | None = None,
    ) -> None:
        """`state_since` moves when the state changes; what is None stays as it was.

        VERIFIED sets `verified_at`. `last_error` is `error`, or nothing.
        """
        now = self._clock()
        given = {"api_root": api_root, "redirect_uri": redirect_uri, "client_id": client_id}
        values: dict[str, object] = {
            "state": state.value,
            "last_error": None if error is None else _text(error),
            **{key: value for key, value in given.items() if value is not None},
        }
        if account is not None:
            values |= {
                "account_id": account.account_id,
                "account_name": account.account_name,
                "login_id": account.login_id,
                "role": account.role,
            }
        if state is ConnectionState.VERIFIED:
            values["verified_at"] = now
        with self._database.made().writing() as rows:
            before = rows.scalar(
                sa.select(control.connections.c.state).where(control.connections.c.name == name)
            )
            if before != state.value:
                values["state_since"] = now
            if before is None:
                rows.execute(sa.insert(control.connections).values(name=name, **values))
            else:
                rows.execute(
                    sa.update(control.connections)
                    .where(control.connections.c.name == name)
                    .values(**values)
                )

    def set_access(self, name: str, found: Mapping[str, tuple[bool, Message | None]]) -> None:
        """Keep, for each table, whether it may be read, and why not."""
        now = self._clock()
        table = control.access
        with self._database.made().writing() as rows:
            rows.execute(sa.delete(table).where(table.c.connection == name))
            for table_name, (allowed, why) in found.items():
                rows.execute(
                    sa.insert(table).values(
                        connection=name,
                        table_name=table_name,
                        allowed=allowed,
                        why="" if why is None else _text(why),
                        checked_at=now,
                    )
                )

    def access(self, name: str) -> list[Access]:
        """What the last check found, in the order of the tables' names."""
        if (database := self._database.there()) is None:
            return []
        table = control.access
        chosen = sa.select(table).where(table.c.connection == name).order_by(table.c.table_name)
        with database.reading() as rows:
            return [
                Access(
                    row.table_name,
                    row.allowed,
                    Message.from_json(_document(row.why)) if row.why else None,
                    row.checked_at,
                )
                for row in rows.execute(chosen)
            ]

    def refused(self, name: str) -> dict[str, Message]:
        """The tables that the last check found refused, each with why."""
        if (database := self._database.there()) is None:
            return {}
        table = control.access
        chosen = sa.select(table).where(table.c.connection == name, ~table.c.allowed)
        with database.reading() as rows:
            return {
                row.table_name: Message.from_json(_document(row.why))
                for row in rows.execute(chosen)
            }

    def remove(self, name: str) -> None:
        """Everything that is kept of a connection, its secrets included, at once."""
        if (database := self._database.there()) is None:
            return
        with database.writing() as rows:
            rows.execute(sa.delete(control.connections).where(control.connections.c.name == name))
            for table in _BELOW:
                rows.execute(sa.delete(table).where(table.c.connection == name))
            hosts.forget(rows, hosts.of_connection(name))


def _text(told: Message | Problem) -> str:
    """As the control database keeps it: JSON, without secrets."""
    return json.dumps(told.to_json(), ensure_ascii=False)


def _problem(text: str | None) -> Problem | None:
    return Problem.from_json(_document(text)) if text else None


def _document(text: str) -> dict[str, Any]:
    """What was kept; earlier versions kept a sentence."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if isinstance(told, dict) and "kind" in told:
        return told
    sentence = Message.of("stored-sentence", sentence=text)
    return Problem(sentence, Message("kept-committed")).to_json()


_FIELDS = dataclasses.fields(Status)
# Whatever else is kept of a connection goes with it.
_BELOW = (control.secrets, control.authentications, control.access, control.discoveries)
