"""What one slice hands to the writer: in which parts, and what their lines say of how far it came.

The kind of fault: a page so heavy that it cannot be landed in one piece, and a stop in its middle.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest

from chimpline.catalog.table import Table
from chimpline.catalog.tables import tables
from chimpline.evidence import FirstPart, GateValues
from chimpline.extract.room import Room
from chimpline.extract.walk import Reached
from chimpline.model import Window
from chimpline.runs.context import Context
from chimpline.runs.slice.collector import EARLIEST, PART_PAGES, Collector
from chimpline.runs.slice.unfinished import Unfinished
from chimpline.runs.work.writer import Part

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
TABLE = tables()["campaigns"]
KB = 1024
DAY = dt.timedelta(days=1)


class Written:
    """A writer that takes every part; `after` parts, the one who hands over is cancelled."""

    def __init__(self, commit_bytes: int, limit: int = 1024 * KB) -> None:
        self.room = Room(limit)
        self.commit_bytes = commit_bytes
        self.parts: list[Part] = []
        self.after = -1

    async def put(self, part: Part) -> None:
        self.parts.append(part)
        if len(self.parts) == self.after:
            raise asyncio.CancelledError

    @property
    def rows(self) -> list[int]:
        return [sum(batch.num_rows for batch in part.batches) for part in self.parts]

    @property
    def reached(self) -> list[int | None]:
        """By part: how many records its line says were read without a gap."""
        told = [part.slices[0].evidence if part.slices else None for part in self.parts]
        return [one.records if isinstance(one, FirstPart) else None for one in told]


def collector(
    written: Written,
    selected: frozenset[str] = frozenset({TABLE.name}),
    table: Table = TABLE,
    **chosen: Any,
) -> Collector:
    def line(*_: object, **told: Any) -> Any:
        return SimpleNamespace(**told)

    context = SimpleNamespace(
        tally=SimpleNamespace(page=lambda *_, **__: None),
        failures=SimpleNamespace(answered=lambda: None),
        floor=None,
        horizon=NOON,
        writer=written,
        chosen=SimpleNamespace(selected=selected),
        line=line,
    )
    return Collector(
        cast("Context", context), table, (), **(chosen or {"gate": GateValues({"opens": 1})})
    )


def page(rows: int, width: int) -> pa.RecordBatch:
    """So many rows of `width` bytes and some."""
    schema = TABLE.schema.arrow_schema()
    cells: dict[str, list[str | None]] = {name: [None] * rows for name in schema.names}
    cells["id"] = [f"{row}" for row in range(rows)]
    cells["web_id"] = [None] * rows
    cells["_extra"] = ["x" * width] * rows
    return pa.RecordBatch.from_pydict(cells, schema=schema)


def take(taken: Collector, *pages: pa.RecordBatch, all_of_it: bool = False) -> None:
    async def main() -> None:
        records = 0
        for batch in pages:
            records += batch.num_rows
            taken.reached(Reached(records, "k"))
            await taken.take(batch, batch.num_rows)
        if all_of_it:
            await taken.hand_over()

    asyncio.run(main())


def test_usual_pages_go_to_the_writer_by_five() -> None:
    written = Written(commit_bytes=512 * KB)
    take(collector(written), *[page(1, 1)] * (2 * PART_PAGES + 1))
    assert [PART_PAGES, PART_PAGES] == written.rows
    assert [PART_PAGES, 2 * PART_PAGES] == written.reached


def test_a_part_of_records_that_are_numbered_does_not_say_how_far_it_came() -> None:
    """The next run could not know how many of one key that part had."""
    written, events = Written(commit_bytes=512 * KB), tables()["list_member_events"]
    cells = pa.RecordBatch.from_pylist([{"name": "seen"}], schema=events.schema.arrow_schema())
    take(collector(written, frozenset({events.name}), events), *[cells] * PART_PAGES)
    assert ([PART_PAGES], [None]) == (written.rows, written.reached)


def test_heavier_pages_go_one_by_one() -> None:
    written = Written(commit_bytes=512 * KB)
    take(collector(written), *[page(2, 10 * KB)] * 3)
    assert [2, 2, 2] == written.rows
    assert [2, 4, 6] == written.reached


def test_while_somebody_waits_for_room_nothing_is_kept_back() -> None:
    written = Written(commit_bytes=512 * KB)
    written.room.waiting.append(cast("Any", None))
    take(collector(written), page(1, 1), page(1, 1))
    assert [1, 1] == written.rows


def test_what_is_too_heavy_for_a_commit_is_landed_in_pieces_and_the_last_tells_how_far() -> None:
    """A page of 50 MB in one commit ran DuckDB out of the memory that it may take."""
    written = Written(commit_bytes=64 * KB)
    take(collector(written), page(1, 1), page(10, 10 * KB), all_of_it=True)
    assert 11 == sum(written.rows)
    assert len(written.rows) > 2
    biggest = max(batch.nbytes for part in written.parts for batch in part.batches)
    assert biggest <= written.commit_bytes // 2 + 10 * KB
    assert [None] * (len(written.rows) - 1) + [11] == written.reached
    assert written.parts[0].slices  # that there are rows here is told all the same


@pytest.mark.parametrize("since", [None, NOON])
def test_a_line_in_progress_stands_where_the_proof_of_its_window_takes_its_place(
    since: dt.datetime | None,
) -> None:
    """One of another ask, or at the end of all windows, stayed for ever and said *unproven*."""
    written, hour = Written(commit_bytes=512 * KB), dt.timedelta(hours=1)
    window = Window(since, NOON + hour)
    take(collector(written, ask="status=archived", window=window), *[page(1, 1)] * PART_PAGES)
    (line,) = written.parts[0].slices
    at = since or EARLIEST
    assert ("status=archived", at, at) == (line.ask, line.since, line.until)


def test_who_has_lines_already_writes_none_that_is_in_progress() -> None:
    written = Written(commit_bytes=512 * KB)
    take(collector(written, begun=True), *[page(1, 1)] * PART_PAGES)
    assert [()] == [part.slices for part in written.parts]


def test_a_record_larger_than_a_piece_is_landed_by_itself() -> None:
    written = Written(commit_bytes=8 * KB)
    take(collector(written), page(3, 20 * KB))
    assert [1, 1, 1] == written.rows


def test_who_is_stopped_between_two_pieces_does_not_tell_that_the_page_was_read() -> None:
    """The next run would go on behind rows that never landed."""
    written = Written(commit_bytes=64 * KB)
    written.after = 1
    taken = collector(written)

    async def main() -> None:
        try:
            taken.reached(Reached(10, "k"))
            await taken.take(page(10, 10 * KB), 10)
        except asyncio.CancelledError:
            await taken.hand_over()

    asyncio.run(main())
    assert [None] == written.reached


def test_its_rows_hold_room_until_the_writer_lets_them_go() -> None:
    written = Written(commit_bytes=512 * KB)
    taken = collector(written)
    batch = page(2, 10 * KB)
    take(taken, batch, page(1, 1))
    (part,) = written.parts
    assert batch.nbytes == part.size
    assert written.room.used == part.size + page(1, 1).nbytes


# -- one attempt after the other --------------------------------------------------------------

PART = Unfinished(Reached(7, "k"), landed=5, left_out=2, floor=None, until=NOON - DAY)


def told(taken: Collector) -> tuple[bool, bool, int, int, int, dt.datetime]:
    return (
        taken.resumed,
        taken.repeated,
        taken.landed,
        taken.left_out,
        taken.keys().num_rows,
        taken.until,
    )


def test_the_first_attempt_goes_on_from_a_part_and_a_second_one_does_not() -> None:
    """What it proves is true as of when that part was read."""
    taken = collector(Written(commit_bytes=512 * KB), gate=GateValues({"opens": 1}), resume=PART)
    taken.begin()
    take(taken, page(3, 1))
    assert (True, False, 5 + 3, 2, 3, PART.until) == told(taken)
    taken.begin()
    assert (False, True, 0, 0, 0, NOON) == told(taken)
    take(taken, page(2, 1))
    assert (False, True, 2, 0, 2, NOON) == told(taken)


def test_whoever_makes_one_attempt_only_need_not_begin_it() -> None:
    taken = collector(Written(commit_bytes=512 * KB))
    take(taken, page(2, 1))
    assert (False, False, 2, 0, 2, NOON) == told(taken)


def test_a_new_attempt_does_not_say_how_far_the_one_before_it_came() -> None:
    written = Written(commit_bytes=512 * KB)
    taken = collector(written)
    taken.begin()
    take(taken, page(1, 1), all_of_it=True)
    taken.begin()

    async def main() -> None:
        await taken.take(page(1, 1), 1)  # it joins on to nothing that is known
        await taken.hand_over()

    asyncio.run(main())
    assert [1, None] == written.reached


def test_what_an_earlier_attempt_took_lands_as_well() -> None:
    written = Written(commit_bytes=512 * KB)
    taken = collector(written)
    taken.begin()
    take(taken, page(2, 1))
    taken.begin()
    take(taken, page(1, 1), all_of_it=True)
    assert [3] == written.rows


def test_nothing_taken_is_nothing_handed_over_but_the_last_part_always_is() -> None:
    written = Written(commit_bytes=512 * KB)
    taken = collector(written)

    async def main() -> None:
        await taken.hand_over()
        await taken.hand_over(last=Part(TABLE.schema))
        await taken.hand_over()

    asyncio.run(main())
    assert [0] == written.rows


def test_of_a_table_that_is_not_landed_the_kept_rows_are_all_that_stays() -> None:
    written = Written(commit_bytes=512 * KB)
    sent = [{"id": "1", "title": "a"}, {"id": "2", "title": "b"}, {"id": "1", "title": "c"}]
    source = SimpleNamespace(sent=lambda: [sent.pop(0)], keeps_sent=False)
    taken = collector(written, keep=source, selected=frozenset())
    take(taken, page(1, 1), page(1, 1), page(1, 1), all_of_it=True)
    assert source.keeps_sent
    assert [{"id": "1", "title": "c"}, {"id": "2", "title": "b"}] == taken.rows
    assert ([], 0, 0) == (written.parts, taken.landed, taken.keys().num_rows)
