"""A clock that is set, the ticker, and the executor on its engine: gap, fold and sleep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from zoneinfo import ZoneInfo

import pytest

from chimpline.service.control import ControlDatabase
from chimpline.service.execution.executor import Executor
from chimpline.service.execution.order import Became, Order
from chimpline.service.schedule.due import Schedule
from chimpline.service.schedule.memory import ScheduleMemory
from chimpline.service.schedule.read import read_schedule
from chimpline.service.schedule.ticker import Ticker, Timed
from tests.integration.execution.conftest import Place, until

BERLIN = ZoneInfo("Europe/Berlin")
"""The gap of 2026: 29 March, 02:00 to 03:00 (01:00 UTC). The fold: 25 October, 03:00 to 02:00."""
DAILY = read_schedule("30 2 * * *", BERLIN)
QUARTERS = read_schedule("*/15 * * * *", BERLIN)
EVERY = read_schedule("every 30 minutes", BERLIN)


class World:
    """Minutes pass as they are told; every run ends before the next minute."""

    def __init__(self, executor: Executor, database: ControlDatabase, begin: str) -> None:
        self.executor = executor
        self.now = utc(begin)
        self._orders = 0
        self._memory = ScheduleMemory(lambda: database, lambda: self.now)
        self.schedule: Schedule = DAILY
        self.start()

    def start(self) -> None:
        """As after a restart."""
        self._ticker = Ticker(
            lambda: {"quick": Timed(self.schedule, "words")},
            self._submit,
            self._memory,
            lambda: self.now,
        )
        self._ticker.tick()

    def _submit(self, pipeline: str, instant: dt.datetime) -> None:
        self._orders += 1
        self.executor.submit(Order(f"r{self._orders}", pipeline, self.now, due=instant))

    def passes(self, end: str, minutes: int = 5) -> None:
        while self.now < utc(end):
            self.jumps(self.now + dt.timedelta(minutes=minutes))

    def jumps(self, moment: dt.datetime) -> None:
        self.now = moment
        self._ticker.tick()
        until(lambda: not self.executor.orders(under_way=True), "the end of a run")

    def ran(self) -> list[str]:
        """When the runs were due, in UTC."""
        orders = self.executor.orders(None)
        assert {Became.RAN} == {fate.became for _, fate in orders}
        return [f"{one.due:%m-%d %H:%M}" for one, _ in reversed(orders) if one.due]


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-{text}").replace(tzinfo=dt.UTC)


@pytest.fixture
def world(place: Place) -> Iterator[World]:
    with place.executor() as executor, closing(ControlDatabase(place.state.path)) as database:
        yield World(executor, database, "03-29 00:00")


def test_a_fixed_hour_in_the_gap_runs_once_at_its_end(world: World) -> None:
    world.passes("03-29 03:00")
    world.jumps(utc("03-30 00:30"))
    assert ["03-29 01:00", "03-30 00:30"] == world.ran()


def test_a_fixed_hour_in_the_fold_runs_in_its_first_pass(world: World) -> None:
    world.jumps(utc("10-24 23:00"))
    world.passes("10-25 03:00")
    assert ["10-24 00:30", "10-25 00:30"] == world.ran()


def test_every_so_often_goes_by_elapsed_time(world: World) -> None:
    world.schedule = EVERY
    world.passes("03-29 02:00", minutes=30)
    assert ["03-29 00:30", "03-29 01:00", "03-29 01:30", "03-29 02:00"] == world.ran()


def test_after_a_sleep_one_run_and_not_all_that_were_missed(world: World) -> None:
    world.schedule = QUARTERS
    world.jumps(utc("03-29 00:15"))
    world.jumps(utc("03-31 07:20"))
    world.jumps(utc("03-31 07:21"))
    world.start()
    world.jumps(utc("03-31 07:22"))
    assert ["03-29 00:15", "03-31 07:15"] == world.ran()


def test_a_clock_that_was_set_back_runs_nothing_twice(world: World) -> None:
    world.schedule = QUARTERS
    world.jumps(utc("03-29 00:15"))
    world.jumps(utc("03-28 23:59"))
    world.jumps(utc("03-29 00:16"))
    assert ["03-29 00:15"] == world.ran()
