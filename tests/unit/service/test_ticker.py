"""The ticker asks for what is due: once each, one after a sleep, none while paused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimpline.service.control import ControlDatabase
from chimpline.service.schedule.due import Every
from chimpline.service.schedule.memory import ScheduleMemory
from chimpline.service.schedule.ticker import Ticker, Timed

START = dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC)
QUARTER = dt.timedelta(minutes=15)
TIMED = Timed(Every(15, START), "every 15 minutes")


class World:
    """A clock that is set, and what was asked for."""

    def __init__(self, database: ControlDatabase) -> None:
        self.now = START - QUARTER
        self.asked_for: list[tuple[str, dt.datetime]] = []
        self.wanted = {"daily": TIMED}
        self.memory = ScheduleMemory(lambda: database, lambda: self.now)
        self.ticker = self.started()

    def started(self) -> Ticker:
        return Ticker(
            lambda: self.wanted,
            lambda pipeline, instant: self.asked_for.append((pipeline, instant)),
            self.memory,
            lambda: self.now,
        )

    def at(self, moment: dt.datetime) -> list[dt.datetime]:
        """What is asked for at a tick at this moment."""
        self.now = moment
        self.asked_for.clear()
        self.ticker.tick()
        return [instant for _, instant in self.asked_for]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    database = ControlDatabase(tmp_path)
    yield World(database)
    database.close()


def test_it_asks_once_for_each_instant(world: World) -> None:
    assert [] == world.at(START - QUARTER)
    assert [START] == world.at(START)
    assert [] == world.at(START + dt.timedelta(seconds=1))
    assert [START + QUARTER] == world.at(START + QUARTER)


def test_after_a_sleep_it_asks_for_the_last_only(world: World) -> None:
    assert [] == world.at(START - QUARTER)
    assert [START + 8 * QUARTER] == world.at(START + 8.5 * QUARTER)


def test_after_a_restart_it_asks_for_what_was_missed(world: World) -> None:
    world.at(START)
    world.ticker = world.started()
    assert [] == world.at(START + dt.timedelta(seconds=5))
    world.ticker = world.started()
    assert [START + 4 * QUARTER] == world.at(START + 4 * QUARTER)


def test_a_new_schedule_counts_from_now(world: World) -> None:
    world.at(START)
    world.wanted = {"daily": Timed(Every(30, START), "every 30 minutes")}
    assert [] == world.at(START + 2.5 * QUARTER)
    assert [START + 4 * QUARTER] == world.at(START + 4 * QUARTER)


def test_a_clock_that_is_set_back_asks_for_nothing_twice(world: World) -> None:
    world.at(START - QUARTER)
    assert [START] == world.at(START)
    assert [] == world.at(START - QUARTER)
    assert [] == world.at(START + dt.timedelta(minutes=1))


def test_what_is_paused_is_not_asked_for_and_not_made_up_for(world: World) -> None:
    world.at(START)
    world.memory.pause("daily", TIMED.words)
    world.ticker.changed()
    assert [] == world.at(START + QUARTER)
    world.memory.resume("daily", TIMED.words)
    world.ticker.changed()
    assert [] == world.at(START + QUARTER)
    assert [START + 2 * QUARTER] == world.at(START + 2 * QUARTER)


def test_a_clock_that_was_a_year_ahead_does_not_stop_the_schedule_for_a_year(world: World) -> None:
    world.at(START)
    world.at(START + dt.timedelta(days=365))
    world.ticker = world.started()
    assert [] == world.at(START + dt.timedelta(minutes=1))
    assert [START + QUARTER] == world.at(START + QUARTER)


def test_a_pause_while_it_asks_is_not_lost(world: World) -> None:
    def submit(pipeline: str, instant: dt.datetime) -> None:
        del instant
        world.memory.pause(pipeline, TIMED.words)

    world.at(START - QUARTER)
    world.now = START
    Ticker(lambda: world.wanted, submit, world.memory, lambda: world.now).tick()
    assert world.memory.asked("daily", TIMED.words).paused


def test_a_pipeline_that_is_gone_while_it_asks_leaves_nothing(world: World) -> None:
    world.at(START)
    world.memory.forget("daily")
    world.memory.note("daily", TIMED.words, START)
    world.now = START + QUARTER
    assert START + QUARTER == world.memory.asked("daily", TIMED.words).until


def test_two_are_due_at_once_and_one_of_them_fails(world: World) -> None:
    def submit(pipeline: str, instant: dt.datetime) -> None:
        if pipeline == "daily":
            raise OSError("the disk is full")
        world.asked_for.append((pipeline, instant))

    world.wanted = {"daily": TIMED, "other": TIMED}
    world.at(START - QUARTER)
    world.now = START
    ticker = Ticker(lambda: world.wanted, submit, world.memory, lambda: world.now)
    with pytest.raises(OSError, match="full"):
        ticker.tick()
    assert [("other", START)] == world.asked_for
