"""What was told, and what still is to be: rows of the control database.

alert_incidents   what is not over, so that it is told once
alert_messages    what each alert was to say, and whether it was sent
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Collection, Sequence

import sqlalchemy as sa

from chimpline.clock import Clock
from chimpline.service.alerts.conditions import Condition
from chimpline.service.alerts.kinds import AlertKind
from chimpline.service.control import ControlDatabase, Moment, metadata

MESSAGES_KEPT = 200
FIRST_AGAIN = dt.timedelta(minutes=1)
LONGEST_PAUSE = dt.timedelta(hours=1)
GIVEN_UP_AFTER = dt.timedelta(days=3)

incidents = sa.Table(
    "alert_incidents",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("cause", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text),
    sa.Column("opened_at", Moment, nullable=False),
)

messages = sa.Table(
    "alert_messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("alert", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("sent_at", Moment),
    sa.Column("tried_at", Moment),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("trouble", sa.Text),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Incident:
    """Something that was told and is not over."""

    kind: AlertKind
    subject: str
    cause: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class AlertMessage:
    """What one alert is to say. `trouble`: the kind of message why the last try did not work."""

    alert: str
    kind: AlertKind
    subject: str
    run_id: str | None
    made_at: dt.datetime
    id: int | None = None
    sent_at: dt.datetime | None = None
    tried_at: dt.datetime | None = None
    tries: int = 0
    trouble: str | None = None

    @property
    def given_up(self) -> bool:
        if self.sent_at is not None or self.tried_at is None:
            return False
        return self.tried_at - self.made_at >= GIVEN_UP_AFTER

    @property
    def again_at(self) -> dt.datetime | None:
        """When it is tried (again); None where it was sent, or given up."""
        if self.sent_at is not None or self.given_up:
            return None
        if self.tried_at is None:
            return self.made_at
        pause: dt.timedelta = FIRST_AGAIN * 2 ** min(self.tries - 1, 10)
        return self.tried_at + min(pause, LONGEST_PAUSE)


class AlertMemory:
    def __init__(self, database: Callable[[], ControlDatabase], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def open(self) -> set[Incident]:
        with self._database().reading() as rows:
            return {
                Incident(AlertKind(row.kind), row.subject, row.cause)
                for row in rows.execute(sa.select(incidents)).all()
            }

    def note(
        self,
        begun: Sequence[Condition],
        over: Collection[Incident],
        told: Sequence[AlertMessage],
    ) -> None:
        """In one transaction: what began, what is over, and what is to be said of both."""
        now = self._clock()
        with self._database().writing() as rows:
            for incident in over:
                rows.execute(sa.delete(incidents).where(*_is(incident)))
            for one in begun:
                row = {"kind": one.kind.value, "subject": one.subject, "cause": one.cause}
                rows.execute(sa.insert(incidents).values(**row, run_id=one.run_id, opened_at=now))
            for message in told:
                row_of = {**dataclasses.asdict(message), "kind": message.kind.value}
                rows.execute(sa.insert(messages).values(row_of))
            newest = sa.select(messages.c.id).order_by(messages.c.id.desc()).limit(MESSAGES_KEPT)
            rows.execute(sa.delete(messages).where(messages.c.id.not_in(newest)))

    def newest(self, limit: int = 20) -> list[AlertMessage]:
        """Newest first."""
        wanted = sa.select(messages).order_by(messages.c.id.desc()).limit(limit)
        with self._database().reading() as rows:
            return [_message(row) for row in rows.execute(wanted).all()]

    def unsent(self) -> int:
        """How many were not sent yet, or never."""
        wanted = (
            sa.select(sa.func.count()).select_from(messages).where(messages.c.sent_at.is_(None))
        )
        with self._database().reading() as rows:
            return int(rows.execute(wanted).scalar_one())

    def due(self) -> list[AlertMessage]:
        """What is to be sent now, oldest first."""
        now = self._clock()
        wanted = sa.select(messages).where(messages.c.sent_at.is_(None)).order_by(messages.c.id)
        with self._database().reading() as rows:
            unsent = [_message(row) for row in rows.execute(wanted).all()]
        return [one for one in unsent if one.again_at is not None and one.again_at <= now]

    def tried(self, message: AlertMessage, trouble: str | None) -> None:
        """It was sent, or there was this trouble."""
        now = self._clock()
        values = {"tried_at": now, "tries": message.tries + 1, "trouble": trouble}
        if trouble is None:
            values["sent_at"] = now
        with self._database().writing() as rows:
            rows.execute(sa.update(messages).where(messages.c.id == message.id).values(values))

    def at_once(self, alert: str) -> None:
        """Let what an alert could not say be tried now: it has another address."""
        unsent = sa.and_(messages.c.alert == alert, messages.c.sent_at.is_(None))
        kept = messages.c.made_at > self._clock() - GIVEN_UP_AFTER
        values = {"tried_at": None, "tries": 0, "trouble": None}
        with self._database().writing() as rows:
            rows.execute(sa.update(messages).where(unsent, kept).values(values))

    def forget(self, alert: str) -> None:
        """What was to be said by an alert that is no more."""
        with self._database().writing() as rows:
            rows.execute(sa.delete(messages).where(messages.c.alert == alert))


def _is(incident: Incident) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        incidents.c.kind == incident.kind.value,
        incidents.c.subject == incident.subject,
        incidents.c.cause == incident.cause,
    )


def _message(row: sa.Row[tuple[object, ...]]) -> AlertMessage:
    return AlertMessage(**{**row._asdict(), "kind": AlertKind(row.kind)})
