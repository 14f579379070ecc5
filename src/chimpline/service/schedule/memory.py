"""What is remembered of schedules: up to when each was asked, and which are paused."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import sqlalchemy as sa

from chimpline.clock import Clock
from chimpline.service.control import ControlDatabase, Moment, metadata

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("pipeline", sa.Text, primary_key=True),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("asked_until", Moment, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """`until`: nothing before this is due any more (UTC)."""

    until: dt.datetime
    paused: bool


class ScheduleMemory:
    def __init__(self, database: Callable[[], ControlDatabase], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def asked(self, pipeline: str, words: str) -> Asked:
        """Up to when a pipeline's schedule was asked: from now on, where it is new or another."""
        with self._database().reading() as rows:
            found = rows.execute(
                sa.select(schedules).where(schedules.c.pipeline == pipeline)
            ).one_or_none()
        if found is not None and found.words == words:
            return Asked(found.asked_until, bool(found.paused))
        paused = bool(found is not None and found.paused)
        now = self._clock()
        self._put(pipeline, words, now, paused=paused)
        return Asked(now, paused)

    def note(self, pipeline: str, words: str, until: dt.datetime) -> None:
        """The schedule was asked up to here.

        Nothing else is touched: it may be paused by now, or its pipeline gone.
        """
        this = (schedules.c.pipeline == pipeline) & (schedules.c.words == words)
        with self._database().writing() as rows:
            rows.execute(sa.update(schedules).where(this).values(asked_until=until))

    def pause(self, pipeline: str, words: str) -> None:
        self._put(pipeline, words, self._clock(), paused=True)

    def resume(self, pipeline: str, words: str) -> None:
        """From now on: what was due meanwhile is not made up for."""
        self._put(pipeline, words, self._clock(), paused=False)

    def forget(self, pipeline: str) -> None:
        """The pipeline is gone; one of the same name begins anew."""
        with self._database().writing() as rows:
            rows.execute(sa.delete(schedules).where(schedules.c.pipeline == pipeline))

    def _put(self, pipeline: str, words: str, until: dt.datetime, *, paused: bool) -> None:
        row = {"pipeline": pipeline, "words": words, "asked_until": until, "paused": paused}
        with self._database().writing() as rows:
            rows.execute(sa.delete(schedules).where(schedules.c.pipeline == pipeline))
            rows.execute(sa.insert(schedules).values(row))
