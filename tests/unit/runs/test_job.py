"""A run from beginning to end: the stage it reached, what is said of it, and what is written."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from typing import Any

import pytest

from chimpline.errors import (
    DestinationUnavailable,
    InvalidCredentials,
    RunLocked,
    SourceUnavailable,
    TableBlocked,
    WrongAccount,
)
from chimpline.load.contract import Commit
from chimpline.model import Owner, RunState, TableSchema
from chimpline.runs.job import replicate
from chimpline.runs.report.events import RunFinished, RunQueued, RunStarted, TableFinished
from tests.memory import MemoryDestination
from tests.unit.runs.account import HOUR_S, Asked, Script, World, always, once, problem
from tests.words import COMMITTED_STAYS, NOTHING_TOUCHED, heard, saying, told_of

TABLES = (
    *("lists", "list_members", "list_segments", "list_segment_members", "campaigns", "reports"),
    *("reports_email_activity", "reports_sent_to", "templates"),
)
NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DENIED = Script(("^/", always(problem("API Key Invalid", 401))))


def ends(world: World) -> list[RunFinished]:
    return [event for event in world.events if isinstance(event, RunFinished)]


def failing(world: World, error: type[BaseException], script: Script | None = None) -> RunFinished:
    """The one end that a run tells, which raises `error`."""
    with pytest.raises(error):
        world.run(script)
    (told,) = ends(world)
    assert world.events[-1] is told
    return told


def lists_only(world: World, **chosen: Any) -> RunFinished:
    return world.run(tables=("lists",), **chosen)


def test_a_run_tells_what_it_is_of_then_begins_then_each_table_then_its_end(new: World) -> None:
    finished = new.run(tables=None)
    assert (0, RunState.SUCCEEDED, None) == (finished.exit, finished.state, finished.said)
    queued, *_, last = new.events
    assert isinstance(queued, RunQueued)
    assert finished is last
    (started,) = [event for event in new.events if isinstance(event, RunStarted)]
    tables = [event.table for event in new.events if isinstance(event, TableFinished)]
    assert set(started.tables) == set(tables) == set(finished.tables)
    assert len(tables) == len(set(tables))
    assert started.first_run
    (line,) = new.destination.runs()
    assert (finished.run_id, RunState.SUCCEEDED) == (line.run_id, line.state)
    assert (finished.requests, finished.rows_changed) == (line.requests, line.rows_changed)
    assert line.report is not None
    assert finished.tables == line.report["tables"]


def test_a_first_run_makes_every_table_equal_and_a_second_one_changes_nothing(new: World) -> None:
    new.tables = None
    first = new.run()
    for table, keys in {
        "lists": ("id",),
        "list_members": ("list_id", "id"),
        "list_segment_members": ("list_id", "segment_id", "id"),
        "reports_sent_to": ("campaign_id", "email_id"),
    }.items():
        assert new.truth(table, *keys) == new.live(table).keys()
    second = new.run()
    assert (0, 0) == (second.exit, second.rows_changed)
    assert second.requests < first.requests
    (started,) = [event for event in new.events if isinstance(event, RunStarted)]
    assert not started.first_run


def test_with_a_wrong_key_no_destination_is_opened(new: World) -> None:
    told = failing(new, InvalidCredentials, DENIED)
    assert 0 == new.destination.opened
    assert (RunState.FAILED, 2, {}) == (told.state, told.exit, told.tables)
    assert NOTHING_TOUCHED in heard(told)


@pytest.mark.parametrize("path", [r"^/\?", r"^/ping\?"])
def test_where_nothing_can_begin_the_run_does_not(new: World, path: str) -> None:
    told = failing(new, SourceUnavailable, Script((path, always(problem("Conflict", 409)))))
    assert "409 Conflict" in heard(told)
    assert [] == new.asked("^/lists")


def test_where_no_destination_can_be_opened_nothing_was_touched(new: World) -> None:
    def closed(*, read_only: bool = False) -> MemoryDestination:
        raise saying(DestinationUnavailable, f"closed {read_only}", do="Open it.")

    with pytest.raises(DestinationUnavailable) as raised:
        new.run(services={"destination": closed})
    assert NOTHING_TOUCHED == told_of(raised.value).kept
    (told,) = ends(new)
    assert NOTHING_TOUCHED in heard(told)


def test_a_dataset_of_another_account_gets_no_line_of_this_run(new: World) -> None:
    new.destination.claim(Owner("other", "Other"))
    told = failing(new, WrongAccount)
    assert (RunState.FAILED, 2) == (told.state, told.exit)
    assert [] == new.destination.runs()
    assert 1 == new.destination.closed


def test_a_mistake_of_ours_is_a_run_with_an_end_and_its_tables_are_not_called_done(
    copied: World,
) -> None:
    def mistake() -> None:
        raise ZeroDivisionError

    script = Script((r"/segments\?", once(mistake)))
    told = failing(copied, ZeroDivisionError, script)
    assert (RunState.FAILED, 3) == (told.state, told.exit)
    assert heard(told).startswith("chimpline met a mistake of its own (ZeroDivisionError).")
    assert "unproven" == told.tables["list_segments"]["state"]
    newest, _ = copied.destination.runs()
    assert (RunState.FAILED, told.run_id) == (newest.state, newest.run_id)
    assert newest.finished_at is not None
    assert 0 == copied.run().exit


def test_a_key_that_is_revoked_in_the_middle_ends_the_run_and_the_next_goes_on(new: World) -> None:
    revoked: list[int] = []

    def denied(asked: Asked) -> Any:
        if asked.number > 10:
            revoked.append(asked.number)
            return problem("API Key Invalid", 401)
        return None

    told = failing(new, InvalidCredentials, Script(("^/", denied)))
    assert revoked
    assert (RunState.FAILED, 2) == (told.state, told.exit)
    assert 0 == new.run().exit
    assert new.truth("list_members", "list_id", "id") == new.live("list_members").keys()


def test_where_a_commit_fails_the_run_says_why_and_the_next_lands_it(new: World) -> None:
    def full(commit: Commit) -> None:
        if any(load.table.name == "list_members" for load in commit.loads):
            raise saying(DestinationUnavailable, "The disk is full.", do="Make room.")

    new.destination.during = full
    told = failing(new, DestinationUnavailable)
    assert heard(told).startswith("The disk is full.")
    assert {} == new.live("list_members")
    new.destination.during = lambda _: None
    assert 0 == new.run().exit
    assert new.truth("list_members", "list_id", "id") == new.live("list_members").keys()


def test_an_end_that_cannot_be_written_is_told_all_the_same(new: World) -> None:
    class Deaf(MemoryDestination):
        deaf = True

        def record_run(self, run: Any) -> None:
            if self.deaf and run.finished_at is not None:
                raise saying(DestinationUnavailable, "gone", do="-")
            super().record_run(run)

    new.destination = deaf = Deaf()
    finished = lists_only(new)
    assert [finished] == ends(new)
    assert [RunState.RUNNING] == [run.state for run in new.destination.runs()]
    deaf.deaf = False
    assert 0 == lists_only(new).exit
    ended = {run.run_id: run.state for run in new.destination.runs()}
    assert RunState.SUCCEEDED == ended[finished.run_id]  # told by the next run, from the events


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_run_that_is_stopped_as_it_begins_says_what_was_kept_and_lets_go(
    new: World, number: int
) -> None:
    stop = threading.Event()

    async def held(asked: Asked) -> None:
        if asked.number == number:
            stop.set()
            await asyncio.Event().wait()

    finished = new.run(cancelled=stop, waiting=held)
    told = (
        f"Stopped. {NOTHING_TOUCHED}" if number == 1 else f"The run was stopped. {COMMITTED_STAYS}"
    )
    assert told == heard(finished)
    assert (RunState.CANCELLED, 1) == (finished.state, finished.exit)
    assert [finished] == ends(new)
    assert 0 == new.run().exit  # it let go of the dataset


def test_a_run_that_is_stopped_in_the_middle_keeps_what_it_committed(new: World) -> None:
    stop = threading.Event()

    async def held(asked: Asked) -> None:
        if "/email-activity" in asked.path:
            stop.set()
            await asyncio.Event().wait()

    finished = new.run(cancelled=stop, waiting=held)
    assert (RunState.CANCELLED, 1) == (finished.state, finished.exit)
    assert f"The run was stopped. {COMMITTED_STAYS}" == heard(finished)
    assert "unproven" == finished.tables["reports_email_activity"]["state"]
    assert [finished.run_id] == [run.run_id for run in new.destination.runs()]
    assert new.truth("lists", "id") == new.live("lists").keys()
    assert 0 == new.run().exit
    assert len(new.engine.truth("reports_email_activity")) == len(
        new.live("reports_email_activity")
    )


def test_a_run_that_is_stopped_waits_for_nobodys_lock(new: World) -> None:
    stop = threading.Event()

    def locked(_: Commit) -> None:
        stop.set()
        assert new.destination.let_go_of.wait(10)
        raise saying(DestinationUnavailable, "let go", do="-")

    new.destination.during = locked
    finished = new.run(cancelled=stop)
    assert RunState.CANCELLED == finished.state
    assert [finished] == ends(new)


def test_a_run_that_is_stopped_while_it_lets_go_has_one_end(new: World) -> None:
    stop = threading.Event()

    class Slow(MemoryDestination):
        def __exit__(self, *_: object) -> None:
            stop.set()
            super().__exit__(None, None, None)

    new.destination = Slow()
    finished = lists_only(new, cancelled=stop)
    assert [finished] == ends(new)
    assert RunState.SUCCEEDED == finished.state


def test_a_second_run_of_a_dataset_is_refused_while_the_first_holds_it(new: World) -> None:
    services = new.services()
    with (
        services.state.lock("memory://", "mailchimp", "first", "test"),
        pytest.raises(RunLocked),
    ):
        new.run()
    assert [] == ends(new)
    assert 0 == new.destination.opened


def test_one_table_that_cannot_be_written_fails_alone_and_all_of_them_the_run(new: World) -> None:
    class Blocked(MemoryDestination):
        only = frozenset({"campaigns"})

        def prepare(self, table: TableSchema) -> Any:
            if table.name in self.only:
                raise saying(TableBlocked, f"{table.name} is a view.", do="Rename it.")
            return super().prepare(table)

    new.destination = Blocked()
    finished = new.run(tables=("lists", "campaigns"))
    states = {name: table["state"] for name, table in finished.tables.items()}
    assert ({"lists": "done", "campaigns": "failed"}, 1) == (states, finished.exit)
    Blocked.only = frozenset({"campaigns", "lists"})
    with pytest.raises(TableBlocked) as raised:
        new.run(tables=("lists", "campaigns"))
    assert COMMITTED_STAYS == told_of(raised.value).kept


def test_whoever_has_a_loop_runs_in_it(new: World) -> None:
    async def both() -> list[int]:
        other = World(new.directory / "other")
        new.engine.advance(HOUR_S)
        runs = [replicate(one.request(tables=("lists",)), one.services()) for one in (new, other)]
        return [finished.exit for finished in await asyncio.gather(*runs)]

    assert [0, 0] == asyncio.run(both())


def test_a_run_takes_its_time_its_state_and_its_slots_from_its_services(new: World) -> None:
    finished = lists_only(new, services={"clock": lambda: NOON})
    assert NOON == finished.at
    assert [finished.run_id] == new.services().state.run_ids()
    assert (new.directory / "slots").is_dir()
