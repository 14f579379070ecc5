"""A dataset whose ledger has form 1: read as it is, and brought to form 2 when it is written."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any, cast

from chimpline.errors import DestinationError
from chimpline.evidence import Definitions, Evidence, ExpectedRows, FirstPart, GateValues
from chimpline.load.contract import Destination
from chimpline.load.sql import Session
from chimpline.load.sql_destination import SqlDestination
from chimpline.model import LandedSelection, SliceRecord, SliceState
from tests.contract.conftest import Place
from tests.contract.samples import commit, line, run
from tests.format_1 import statements
from tests.words import saying

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
ODD = {"reason": "no_key", "count": 2, "keys": ["a ✨"]}

# As 8d09132 wrote them: parent, state, proof and gate; what each tells today.
LINES: tuple[tuple[str, str, str, str | None, Evidence | None, tuple[dict[str, Any], ...]], ...] = (
    (
        "gate",
        "proven",
        "walk: 44 of 44, 1 pages, overlaps match",
        """{"opens__opens_total": 40, "opens__last_open": "2023-11-07T03:15:30+00:00",
        "clicks__click_rate": 0.20454545, "list_is_active": true, "rss_last_send": null,
        "_more": {"opens__by_people": 2}, "_left_out": 7}""",
        GateValues(
            {
                "opens__opens_total": 40,
                "opens__last_open": "2023-11-07T03:15:30+00:00",
                "clicks__click_rate": 0.20454545,
                "list_is_active": True,
                "rss_last_send": None,
            },
            {"opens__by_people": 2},
            7,
        ),
        (),
    ),
    ("before more", "proven", "walk", """{"opens": 3}""", GateValues({"opens": 3}), ()),
    ("expected", "proven", "walk", """{"told": 25}""", ExpectedRows(25), ()),
    ("unexpected", "proven", "walk", """{"told": null}""", ExpectedRows(None), ()),
    (
        "definitions",
        "proven",
        "seek",
        """{"fields": "4fd1", "tags": {"47": "새 고객 ''✨''", "48": null}}""",
        Definitions("4fd1", {"47": "새 고객 '✨'", "48": None}),
        (),
    ),
    (
        "first part",
        "unproven",
        "in progress",
        """{"opens": 3, "_more": {}, "_reached": {"records": 19, "key": ["US", ""], "landed": 18,
        "left_out": 4, "floor": "2020-01-30T23:59:59+00:00"}}""",
        FirstPart(
            GateValues({"opens": 3}, {}, 4),
            19,
            ("US", ""),
            18,
            dt.datetime(2020, 1, 30, 23, 59, 59, tzinfo=dt.UTC),
        ),
        (),
    ),
    (
        "first part without a start date",
        "unproven",
        "in progress",
        """{"opens": 3, "_reached": {"records": 19, "key": "k", "landed": 19,
        "left_out": 0, "floor": null}}""",
        FirstPart(GateValues({"opens": 3}), 19, "k", 19, None),
        (),
    ),
    (
        "odd",
        "unproven",
        "2 records have no key",
        """{"_odd": [{"reason": "no_key", "count": 2, "keys": ["a ✨"]}]}""",
        None,
        (ODD,),
    ),
    (
        "odd definitions",
        "unproven",
        "2 records have no key",
        """{"fields": "x", "tags": {}, "_odd": [{"reason": "no_key", "count": 2,
        "keys": ["a ✨"]}]}""",
        Definitions("x", {}),
        (ODD,),
    ),
    ("none", "stale", "walk", None, None, ()),
)
Q = "'"
SELECTED = """
    'r1', '_selection', '{}', '', NULL, '{}', 'proven', 'the columns chosen',
    '{{"hashed": {}, "dropped": [], "left_out": ["web_id"], "only": [], "salt": "ab"}}', 0, 0,
    '2026-11-24 00:00:00+00'
"""
ROWS = [
    *(
        f"'r1', 'list_members', '{parent}', '', '2026-11-23 11:00:00+00', '2026-11-23 12:00:00+00',"
        f" '{state}', '{proof}', {'NULL' if gate is None else Q + gate + Q}, 10, 2,"
        " '2026-11-24 00:00:00+00'"
        for parent, state, proof, gate, *_ in LINES
    ),
    SELECTED.format("list_members", "2026-11-22 00:00:00+00", '["id"]'),
    SELECTED.format("list_members", "2026-11-23 00:00:00+00", '["email_address"]'),
    SELECTED.format("lists", "2026-11-22 00:00:00+00", "[]"),
]
LANDED = {
    "list_members": LandedSelection(("email_address",), (), ("web_id",), (), "ab"),
    "lists": LandedSelection((), (), ("web_id",), (), "ab"),
}
EXPECTED = [
    SliceRecord(
        run_id="r1",
        table_name="list_members",
        parent_key=parent,
        ask="",
        since=NOON - dt.timedelta(hours=1),
        until=NOON,
        state=SliceState(state),
        proof=proof,
        evidence=evidence,
        rows=10,
        requests=2,
        odd=odd,
        committed_at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
    )
    for parent, state, proof, _, evidence, odd in LINES
]


def session_of(destination: Destination) -> Session:
    return cast("Any", destination)._session  # type: ignore[no-any-return]


def make_old(place: Place, *more: str) -> None:
    """A dataset of form 1, with one run and these lines beside the others."""
    destination = place.open()
    destination.record_run(run())
    for sql in statements(place.engine, [*ROWS, *more]):
        session_of(destination).run(sql)
    place.stack.close()


def told(destination: Destination) -> list[SliceRecord]:
    return sorted(destination.slices(), key=lambda one: one.parent_key)


def by_parent(lines: list[SliceRecord]) -> list[SliceRecord]:
    return sorted(lines, key=lambda one: one.parent_key)


def form(destination: Destination) -> list[tuple[Any, ...]]:
    return session_of(destination).rows("SELECT format FROM _chimpline_dataset")


def test_each_line_says_the_same_after_the_step(place: Place) -> None:
    make_old(place)
    for _ in range(2):  # it is taken once
        destination = place.open()
        assert [(2,)] == form(destination)
        assert by_parent(EXPECTED) == told(destination)
        assert LANDED == destination.selections()
        assert [run()] == destination.runs()
        place.stack.close()


def test_a_reader_understands_a_dataset_as_it_is_and_leaves_it_so(place: Place) -> None:
    make_old(place)
    for _ in range(2):
        destination = place.open(read_only=True)
        assert [(1,)] == form(destination)
        assert by_parent(EXPECTED) == told(destination)
        assert LANDED == destination.selections()
        place.stack.close()


def test_what_follows_the_step_is_written_as_in_a_new_dataset(place: Place) -> None:
    make_old(place)
    destination = place.open()
    destination.commit(commit(slices=[line(None, 2**18, parent="gate")]))
    destination.keep_selections("r2", {"lists": LandedSelection(dropped=("name",))})
    (later,) = (one for one in destination.slices() if one.parent_key == "gate")
    assert GateValues({"opens": 3, "name": "héllo 🐒"}) == later.evidence
    assert len(LINES) == len(destination.slices())
    assert LANDED | {"lists": LandedSelection(dropped=("name",))} == destination.selections()


def test_what_chimpline_cannot_have_written_proves_nothing_in_either_form(place: Place) -> None:
    bad = [
        "'[1,2]'",
        """'"x"'""",
        """'{"told": "many"}'""",
        """'{"_odd": {}}'""",
        """'{"opens": 1, "_left_out": "x"}'""",
        """'{"opens": 1, "_reached": {"records": 1}}'""",
        """'{"opens": 1, "_reached": 7}'""",
    ]
    times = "'2026-11-23 11:00:00+00', '2026-11-23 12:00:00+00', 'proven', 'walk'"
    make_old(
        place,
        *(f"'r1', 'lists', 'l{n}', '', {times}, {gate}, 1, 1, NULL" for n, gate in enumerate(bad)),
        f"'r1', NULL, 'l', '', {times}, '{{}}', 1, 1, NULL",
        "'r1', 'lists', 'l', '', NULL, 'infinity', 'proven', 'walk', '{\"a\": 1}', 1, 1, NULL",
    )
    for read_only in (True, False):
        destination = place.open(read_only=read_only)
        assert by_parent(EXPECTED) == told(destination)
        place.stack.close()


class Stopped:
    """A session that fails at its n-th statement that changes something."""

    def __init__(self, session: Session, after: int) -> None:
        self._session = session
        self._left = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run(self, sql: str, *values: object) -> int:
        self._left -= 1
        if not self._left:
            raise saying(DestinationError, "stopped", do="Run again.")
        return self._session.run(sql, *values)

    def close(self) -> None:
        """It is looked into afterwards."""


def test_whoever_stops_in_the_middle_of_the_step_loses_nothing(place: Place) -> None:
    holder = place.open()
    for sql in statements(place.engine, ROWS):
        session_of(holder).run(sql)
    whole, after = "SELECT * FROM _chimpline_slices ORDER BY table_name, parent_key, until", 0
    before = session_of(holder).rows(whole)
    while True:
        after += 1
        stopped = cast("Session", Stopped(session_of(holder), after))
        try:
            SqlDestination(stopped, read_only=False)
        except DestinationError:
            assert before == session_of(holder).rows(whole)
            assert [(1,)] == form(holder)
        else:
            break
    assert after > 6
    assert by_parent(EXPECTED) == told(holder)
    assert LANDED == holder.selections()


def test_a_dataset_without_any_line_takes_the_step_too(place: Place) -> None:
    destination = place.open()
    for sql in statements(place.engine, []):
        session_of(destination).run(sql)
    place.stack.close()
    destination = place.open()
    assert ([(2,)], [], {}) == (form(destination), destination.slices(), destination.selections())
    destination.commit(commit(slices=[line(None, 1)]))
    (kept,) = destination.slices()
    assert line(None, 1) == dataclasses.replace(kept, committed_at=None)
