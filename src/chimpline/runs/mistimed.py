"""What runs wrote into the ledger while a clock was ahead: taken out, so that it is read again.

A line that speaks for a time that has not come is no proof (`state.bookmarks.sound`). It must not
stay either: once that time has come, it would look like any other.
"""

from __future__ import annotations

import datetime as dt

from chimpline.load.contract import Commit, Destination, Forget
from chimpline.message import Given, Message
from chimpline.model import Deletes, SliceRecord, SliceState
from chimpline.state.bookmarks import sound


def disown(
    destination: Destination,
    *,
    run_id: str,
    now: dt.datetime,
    until: dt.datetime,
    deletes: Deletes,
) -> Message | None:
    """Take such lines out, in one commit; what was found, or None.

    Their parents stay known, by a stale line as of `until`, so that what is landed below them is
    still followed.
    """
    proving, wrong = sound(destination.slices(), now)
    if not wrong:
        return None
    left: dict[tuple[str, str], list[SliceRecord]] = {
        (line.table_name, line.parent_key): [] for line in wrong
    }
    for line in sorted(proving, key=lambda line: line.committed_at or line.until):
        if (line.table_name, line.parent_key) in left:
            left[line.table_name, line.parent_key].append(line)
    kept = [
        line
        for (table, parent), lines in left.items()
        for line in lines or [_stale(run_id, table, parent, until)]
    ]
    destination.commit(
        Commit(
            run_id=run_id,
            synced_at=now,
            loads=(),
            slices=kept,
            deletes=deletes,
            forget=[Forget(table, parent) for table, parent in left],
        )
    )
    latest = max(line.until for line in wrong)
    facts: dict[str, Given] = {"noted": latest.date(), "today": now.date(), "entries": len(wrong)}
    return Message.of("run-clock-was-wrong", **facts)


def _stale(run_id: str, table: str, parent: str, until: dt.datetime) -> SliceRecord:
    return SliceRecord(
        run_id=run_id,
        table_name=table,
        parent_key=parent,
        ask="",
        since=until,
        until=until,
        state=SliceState.STALE,
        proof="noted under a clock that was ahead",
        evidence=None,
        rows=0,
        requests=0,
    )
