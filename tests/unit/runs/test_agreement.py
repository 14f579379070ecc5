"""A dry run says what the next run reads, whatever is chosen: both decide by the same rules.

That they agree after each kind of change is shown beside what a run makes of it (test_changes.py).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from chimpline.model import SliceState
from chimpline.state.bookmarks import IN_PROGRESS
from tests.unit.runs.account import HOUR_S, World
from tests.unit.runs.foreseen import GATED, assert_foreseen, said

ACTIVITY = "reports_email_activity"
DAY_S = 86_400.0
TABLES = ("lists", "list_segments", "list_members", "reports", *(table.name for table in GATED))


def agreed(world: World, **chosen: Any) -> dict[str, int]:
    world.engine.advance(HOUR_S)
    expected = said(world, **chosen)
    assert_foreseen(expected, world, world.run(after_s=0, **chosen))
    return expected


def test_of_a_first_run(new: World) -> None:
    assert 2 == agreed(new)["list_members"]


@pytest.mark.parametrize("strict", [False, True])
def test_of_campaigns_that_left_the_activity_window(copied: World, *, strict: bool) -> None:
    """One that has landed is followed while its counters move, unless the window is strict."""
    copied.engine.advance(400 * DAY_S)
    window: dict[str, Any] = {"activity_window_days": 1, "activity_window_strict": strict}
    assert 0 == copied.run(**window).exit
    copied.engine.change("add_event")
    assert (0 if strict else 1) == agreed(copied, **window)[ACTIVITY]


def test_of_campaigns_outside_the_window_of_which_some_rows_have_landed(copied: World) -> None:
    """A run that was stopped landed them; what proves nothing yet is read on."""
    for place, line in enumerate(copied.destination.lines):
        if line.table_name == ACTIVITY:
            copied.destination.lines[place] = dataclasses.replace(
                line, state=SliceState.UNPROVEN, proof=IN_PROGRESS
            )
    assert 3 == agreed(copied, activity_window_days=1)[ACTIVITY]


@pytest.mark.parametrize(
    ("before", "now", "events"),
    [
        (dt.date(2026, 6, 1), None, 3),
        (dt.date(2026, 6, 1), dt.date(2026, 5, 1), 3),
        (None, dt.date(2026, 6, 1), 0),
    ],
)
def test_of_another_start_date(
    new: World, before: dt.date | None, now: dt.date | None, events: int
) -> None:
    assert 0 == new.run(start_date=before).exit
    assert events == agreed(new, start_date=now)[ACTIVITY]


def test_of_a_full_refresh(copied: World) -> None:
    said_ = agreed(copied, full_refresh=True)
    assert (2, 3) == (said_["list_members"], said_[ACTIVITY])


def test_of_a_complete_read_that_is_due(copied: World) -> None:
    copied.engine.advance(7 * DAY_S)
    said_ = agreed(copied)
    assert (2, 3) == (said_["list_members"], said_[ACTIVITY])
