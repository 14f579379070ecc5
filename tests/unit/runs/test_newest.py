"""The newest members of an ask: when one answer tells of all that changed, and of how many."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

import pytest

from chimpline.extract.decode.decoder import Page
from chimpline.extract.decode.oddities import Reason
from chimpline.model import Window
from chimpline.runs.members.newest import NEWEST, told
from tests.unit.runs.account import Script, World, always, problem

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
WINDOW = Window(NOON - dt.timedelta(minutes=75), NOON)
KNOWN = range(-75, -75 - NEWEST, -1)
"""Minutes from the horizon of those that were known before."""


def page(minutes: Sequence[int], total: int | None = 5000, *, twice: bool = False) -> Page:
    """Members that changed so many minutes after the horizon, in this order."""
    times: list[str | None] = [(NOON + dt.timedelta(minutes=m)).isoformat() for m in minutes]
    keys = [f"m{0 if twice else place}" for place in range(len(minutes))]
    return Page(b"", 0, keys, keys, times, total)


def full(*newer: int) -> list[int]:
    """As many as are asked for, these first."""
    return [*newer, *KNOWN[: NEWEST - len(newer)]]


@pytest.mark.parametrize(
    ("minutes", "total", "expected"),
    [
        (full(), 5000, (0, 0, 5000)),
        (full(-10, -74), 5000, (2, 0, 5000)),
        (full(3, 2, -10), 5000, (3, 2, 4998)),
        ([-1, -2], 2, (2, 0, 2)),  # all there are
        ([-1, -1], 2, (2, 0, 2)),
        ([], 0, (0, 0, 0)),
    ],
)
def test_what_it_tells(minutes: list[int], total: int, expected: tuple[int, int, int]) -> None:
    found = told(page(minutes, total), WINDOW)
    assert found is not None
    assert expected == (found.new, found.beyond, found.counted)


@pytest.mark.parametrize(
    "answer",
    [
        page([-(place * 70 // NEWEST) for place in range(NEWEST)]),  # more may have changed
        page([-200] * NEWEST),  # of one second: another order would look the same
        page(full()[::-1]),
        page([*full()[:-1], -1]),
        page(full()[:-1]),  # fewer than were asked for
        page(full(), None),
        page(full(), twice=True),
        page(full(), NEWEST - 1),
        page([], 1),
    ],
)
def test_when_it_does_not_tell(answer: Page) -> None:
    assert told(answer, WINDOW) is None


def test_an_odd_record_or_one_without_a_time_tells_nothing() -> None:
    answer = page(full())
    answer.times[3] = None
    assert told(answer, WINDOW) is None
    assert told(dataclasses.replace(page(full()), odd={2: Reason.NO_KEY}), WINDOW) is None


def test_where_it_does_not_tell_the_window_is_read_and_counted(copied: World) -> None:
    joined = copied.engine.change("subscribe")["id"]
    script = Script((r"sort_dir=DESC", always(problem("Bad Request", 400))))
    finished = copied.run(script, tables=("lists", "list_members"))
    assert (0, "done") == (finished.exit, finished.tables["list_members"]["state"])
    assert joined in {key[1] for key in copied.live("list_members")}
    assert 4 == len(copied.asked(r"/members\?.*sort_dir=ASC"))
    assert 4 == len(copied.asked(r"/members\?.*count=1&"))
