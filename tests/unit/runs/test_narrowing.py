"""A difference of two counts narrowed to the leaves that hold it, by counts of parts."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections import Counter
from urllib.parse import parse_qsl

import pyarrow as pa

from chimpline.api.paging import LARGEST_PAGE as PAGE
from chimpline.extract.instants import parse_instant
from chimpline.model import ColumnType, Scope, Window
from chimpline.runs.members.bisection import SECOND, Leaf, packed
from chimpline.runs.members.narrowing import INSIDE_A_SECOND, Narrowing
from chimpline.runs.members.stretches import Ground, Stretch

CURSOR, OPT = "last_changed", "timestamp_opt"
T0 = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
END = T0 + dt.timedelta(days=1)
WHOLE = Window(None, END)
COLUMNS = {"status": ColumnType.TEXT, OPT: ColumnType.TIMESTAMP}


def at(second: int) -> dt.datetime:
    return T0 + second * SECOND


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    last_changed: dt.datetime
    status: str = "subscribed"
    timestamp_opt: dt.datetime | None = None

    def lies(self, name: str, window: Window) -> bool:
        time: dt.datetime = getattr(self, name)
        return (window.since is None or window.since < time) and time <= window.until


class Sides:
    """Mailchimp's members and the destination's, and what was counted of the former."""

    def __init__(self, theirs: list[Member], ours: list[Member]) -> None:
        self.theirs, self.ours = theirs, ours
        self.asked: list[str] = []

    async def count(self, ask: str, window: Window) -> int:
        self.asked.append(ask)
        told = dict(parse_qsl(ask))
        status, before, since = (
            told.get(name) for name in ("status", f"before_{OPT}", f"since_{OPT}")
        )
        return sum(
            one.lies(CURSOR, window)
            and status in {None, one.status}
            and (before is None or one.lies(OPT, _window(since, before)))
            for one in self.theirs
        )

    async def counts_by(self, scope: Scope, column: str) -> pa.Table:
        lying = Counter(getattr(one, column) for one in self.ours if holds(scope, one))
        lying.pop(None, None)
        found = sorted(lying.items())
        return pa.table({"value": [v for v, _ in found], "rows": [n for _, n in found]})

    def narrowed(self, columns: dict[str, ColumnType]) -> list[tuple[Ground, Leaf]]:
        times = sorted(Counter(one.last_changed for one in self.ours).items())
        leaves = packed(None, END, [time for time, _ in times], [many for _, many in times])
        ground = Ground("", Scope(cursor=CURSOR, until=END), WHOLE, CURSOR, INSIDE_A_SECOND)
        whole = Stretch(ground, tuple(leaves), len(self.theirs))
        narrowing = Narrowing(self.count, self.counts_by, CURSOR, columns, END)
        return asyncio.run(narrowing.leaves([whole]))


def _window(since: str | None, before: str) -> Window:
    return Window(parse_instant(since) if since else None, parse_instant(before))


def holds(scope: Scope, one: Member) -> bool:
    return (
        one.lies(CURSOR, Window(scope.since, scope.until or END))
        and all(getattr(one, name) == value for name, value in scope.equals)
        and all(one.lies(name, window) for name, window in scope.within)
    )


def spread(pages: int) -> list[Member]:
    """So many pages of members, ten in each second."""
    return [Member(at(place // 10)) for place in range(pages * PAGE)]


def test_equal_counts_cost_nothing() -> None:
    sides = Sides(spread(4), spread(4))
    assert ([], []) == (sides.narrowed(COLUMNS), sides.asked)


def test_one_of_many_pages_is_found_by_halving() -> None:
    ours = spread(16)
    gone = ours[5 * PAGE + 7]
    sides = Sides([one for one in ours if one is not gone], ours)
    found = sides.narrowed(COLUMNS)
    assert 1 == sum(holds(ground.rows(leaf), gone) for ground, leaf in found)
    assert all(leaf.rows <= PAGE for _, leaf in found)
    assert len(sides.asked) + len(found) <= 6  # where 16 pages would be read


def test_those_whom_only_mailchimp_has_are_narrowed_as_well() -> None:
    theirs = spread(16)
    late = theirs[9 * PAGE + 3]
    sides = Sides(theirs, [one for one in theirs if one is not late])
    found = sides.narrowed(COLUMNS)
    assert 1 == sum(holds(ground.rows(leaf), late) for ground, leaf in found)


def imported(many: int) -> list[Member]:
    """Members of one second: three quarters subscribed, the others not, each opted in apart."""
    statuses = ("subscribed", "subscribed", "subscribed", "unsubscribed")
    return [Member(at(5), statuses[n % 4], at(n % 100 - 1000)) for n in range(many)]


def without(rows: list[Member], place: int) -> tuple[list[Member], Member]:
    return [*rows[:place], *rows[place + 1 :]], rows[place]


def test_a_second_of_many_pages_is_divided_by_status_and_by_opt_in() -> None:
    ours = imported(8 * PAGE)
    theirs, gone = without(ours, 8)
    sides = Sides(theirs, ours)
    found = sides.narrowed(COLUMNS)
    assert any(holds(ground.rows(leaf), gone) for ground, leaf in found)
    assert sum(leaf.rows for _, leaf in found) <= 2 * PAGE
    assert {"subscribed"} == {dict(ground.scope.equals)["status"] for ground, _ in found}


def test_what_cannot_be_asked_by_divides_nothing() -> None:
    """As a hashed status: the whole second has to be read."""
    ours = imported(8 * PAGE)
    theirs, _ = without(ours, 8)
    sides = Sides(theirs, ours)
    ((_, leaf),) = sides.narrowed({})
    assert (8 * PAGE, at(4), at(5)) == (leaf.rows, leaf.since, leaf.until)
    assert not any("status" in ask for ask in sides.asked)


def test_rows_without_a_value_cannot_be_told_apart_by_it() -> None:
    ours = imported(8 * PAGE)
    ours[0] = Member(at(5), "subscribed", None)
    theirs, _ = without(ours, 8)
    sides = Sides(theirs, ours)
    ((_, leaf),) = sides.narrowed({OPT: ColumnType.TIMESTAMP})
    assert 8 * PAGE == leaf.rows


def test_a_ground_is_asked_for_along_its_own_time_within_the_window_of_the_cursor() -> None:
    second = Window(at(4), at(5))
    scope = Scope(cursor=CURSOR, since=at(4), until=at(5))
    ground = Ground("status=pending", scope, second, OPT)
    ask, window = ground.asked(Window(at(1), at(2)))
    assert second == window
    assert ["status", f"before_{OPT}", f"since_{OPT}"] == [name for name, _ in parse_qsl(ask)]
    assert ((OPT, Window(at(1), at(2))),) == ground.rows(Leaf(at(1), at(2), 3)).within
