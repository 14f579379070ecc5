"""The steps of one slice: walk, prove, vanish, line; and what is left of one that ends early."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from chimpline.api.transport import Answer
from chimpline.evidence import FirstPart
from chimpline.model import RunState, SliceRecord
from chimpline.runs.report.events import Notice
from chimpline.runs.slice.by_id import CONFIRM_ONE_BY_ONE
from chimpline.state.bookmarks import IN_PROGRESS
from tests.unit.runs.account import JSON, Asked, Script, World, always, problem
from tests.words import heard

SENT = "reports_sent_to"
LISTING = r"^/reports/[^/]+/sent-to\?"
PAGE = 10
READ: dict[str, Any] = {"tables": ("reports", SENT), "connections": 1}


def lines(world: World, table: str) -> list[SliceRecord]:
    return [line for line in world.destination.lines if line.table_name == table]


def landed(world: World) -> bool:
    """Whether the copy of the recipients is the account's."""
    return world.truth(SENT, "campaign_id", "email_id") == world.live(SENT).keys()


# -- a first part, and the rest of it ---------------------------------------------------------


@pytest.fixture
def long(tmp_path: Path) -> World:
    """One campaign of more recipients than are asked for one by one."""
    world = World(tmp_path, members=160, campaigns=1, events=60, audiences=1)
    assert len(world.engine.truth(SENT)) > CONFIRM_ONE_BY_ONE
    return world


def small_pages(world: World) -> Script:
    """A server that sends ten records at most."""

    def answer(asked: Asked) -> Answer:
        query = dict(parse_qsl(asked.query, keep_blank_values=True))
        query["count"] = str(min(PAGE, int(query["count"])))
        return world.transport.honest(dataclasses.replace(asked, query=urlencode(query)))

    return Script((LISTING, answer))


def stopped(world: World, after: int) -> None:
    """A run that is stopped while it waits for the page behind so many."""
    stop, asked = threading.Event(), 0

    async def waiting(one: Asked) -> None:
        nonlocal asked
        asked += "/sent-to" in one.path
        if asked > after:
            stop.set()
            await asyncio.Event().wait()

    finished = world.run(small_pages(world), waiting=waiting, cancelled=stop, **READ)
    assert RunState.CANCELLED == finished.state


def offsets(world: World) -> list[int]:
    return [int(dict(parse_qsl(one.query))["offset"]) for one in world.asked(LISTING)]


def test_what_was_taken_lands_though_the_run_is_stopped_and_its_line_tells_how_far(
    long: World,
) -> None:
    stopped(long, after=3)
    (line,) = lines(long, SENT)
    assert ("unproven", IN_PROGRESS) == (line.state, line.proof)
    assert isinstance(line.evidence, FirstPart)
    assert 28 == line.evidence.records == len(long.live(SENT))


def test_the_next_run_goes_on_there_and_proves_both_parts_as_of_the_first(long: World) -> None:
    stopped(long, after=3)
    (begun,) = lines(long, SENT)
    assert 0 == long.run(small_pages(long), **READ).exit
    (line,) = lines(long, SENT)
    assert (27, begun.until, "proven") == (offsets(long)[0], line.until, line.state)
    assert "begun at 28" in line.proof
    assert landed(long)


def test_where_the_destination_does_not_hold_the_first_part_all_is_read(long: World) -> None:
    stopped(long, after=3)
    (begun,) = lines(long, SENT)
    del long.destination.stored[SENT][next(iter(long.live(SENT)))]
    assert 0 == long.run(small_pages(long), **READ).exit
    (line,) = lines(long, SENT)
    assert 27 == offsets(long)[0]
    assert 0 in offsets(long)
    assert "begun at" not in line.proof
    assert line.until > begun.until
    assert landed(long)


def test_where_a_counter_moved_meanwhile_all_is_read_from_the_start(long: World) -> None:
    stopped(long, after=3)
    (campaign,) = {key[0] for key in long.live(SENT)}
    long.engine.change("add_event", campaign_id=campaign)
    assert 0 == long.run(small_pages(long), **READ).exit
    assert 0 == offsets(long)[0]
    assert landed(long)


# -- vanished ---------------------------------------------------------------------------------


def test_of_many_that_two_walks_did_not_meet_ten_are_asked_for_by_id(long: World) -> None:
    """A listing that is empty all at once agrees with itself."""
    assert 0 == long.run(**READ).exit
    held = set(long.live(SENT))
    ((campaign, _), *_) = held
    long.engine.change("add_event", campaign_id=campaign)
    empty = Answer(200, {"content-type": JSON}, b'{"sent_to": [], "total_items": 0}')
    finished = long.run(Script((LISTING, always(empty))), **READ)
    assert "unproven" == finished.tables[SENT]["state"]
    assert "a record exists that two walks did not meet" in heard(finished.tables[SENT])
    assert 2 == len(long.asked(LISTING))  # and one that answers is enough
    assert 1 == len(long.asked(r"^/reports/[^/]+/sent-to/"))
    assert held == set(long.live(SENT))


# -- each error -------------------------------------------------------------------------------

SEGMENTS = "list_segments"
NOT_THERE = problem("Resource Not Found", 404)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (NOT_THERE, "failed"),
        (problem("Forbidden", 403), "refused"),
        (problem("Internal Server Error", 500), "failed"),
        (problem("Bad Request", 400), "failed"),
        (Answer(200, {"content-type": JSON}, b'{"segments": [{"id"'), "failed"),
    ],
)
def test_an_error_moves_no_bookmark_and_buries_nothing_of_its_table_and_below(
    copied: World, answer: Answer, state: str
) -> None:
    ((list_id, _), *_) = copied.live(SEGMENTS)
    before = lines(copied, SEGMENTS)
    held = {name: set(copied.live(name)) for name in (SEGMENTS, "list_segment_members")}
    failing = Script((rf"^/lists/{list_id}/segments\?", always(answer)))
    finished = copied.run(failing, tables=("lists", *held))
    assert 1 == finished.exit
    assert {state} == {finished.tables[name]["state"] for name in held}
    assert held == {name: set(copied.live(name)) for name in held}
    (was,) = [line for line in before if line.parent_key == list_id]
    (now,) = [line for line in lines(copied, SEGMENTS) if line.parent_key == list_id]
    assert was == now
    assert 0 == copied.run(tables=("lists", *held)).exit
    (then,) = [line for line in lines(copied, SEGMENTS) if line.parent_key == list_id]
    assert then.until > was.until


def test_an_audience_that_went_meanwhile_is_told_and_fails_nothing(copied: World) -> None:
    ((list_id, _), *_) = copied.live(SEGMENTS)
    gone = Script((rf"^/lists/{list_id}(/segments)?\?", always(NOT_THERE)))
    finished = copied.run(gone, tables=("lists", SEGMENTS))
    assert (0, "done") == (finished.exit, finished.tables[SEGMENTS]["state"])
    notices = [heard(event) for event in copied.events if isinstance(event, Notice)]
    assert any("was deleted at Mailchimp during this run" in told for told in notices)
    assert any(key[0] == list_id for key in copied.live(SEGMENTS))


def test_what_came_before_an_error_lands_and_says_that_it_is_in_progress(long: World) -> None:
    pages = 0

    def broken(_: Asked) -> Answer | None:
        nonlocal pages
        pages += 1
        return problem("Bad Request", 400) if pages > 3 else None

    script = Script((LISTING, broken), (LISTING, small_pages(long)))
    assert "failed" == long.run(script, **READ).tables[SENT]["state"]
    (line,) = lines(long, SENT)
    assert ("unproven", IN_PROGRESS, 28) == (line.state, line.proof, len(long.live(SENT)))
    assert 0 == long.run(**READ).exit
    assert landed(long)
