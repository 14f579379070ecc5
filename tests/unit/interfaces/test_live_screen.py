"""The picture of a run on a terminal: it fits, and hides nothing that goes on or went wrong."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest

from chimpline.interfaces.cli.screen.displays import Bars
from chimpline.interfaces.cli.screen.terminal import Terminal
from chimpline.model import TableState
from chimpline.runs.report.events import RunStarted, TableFinished, TableProgress

NOW = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
TABLES = tuple(f"table_{number:02}" for number in range(68))
DONE, RUNNING, WRONG = TABLES[:41], TABLES[60:68], TABLES[41:43]


def drawn(width: int, height: int) -> list[str]:
    """The lines of a run of 68 tables: 41 done, 2 wrong, 8 being read, and 17 waiting."""
    stream = io.StringIO()
    terminal = Terminal(file=stream, width=width, height=height, force_terminal=True)
    bars = Bars(terminal)
    bars(
        RunStarted(
            at=NOW, run_id="r1", pipeline="daily", account="a", destination="d",
            dataset="mailchimp", tables=TABLES, connections=8, first_run=True,
        )
    )  # fmt: skip
    ends = dict.fromkeys(DONE, TableState.DONE) | dict(
        zip(WRONG, (TableState.FAILED, TableState.UNPROVEN), strict=True)
    )
    for table, state in ends.items():
        bars(
            TableFinished(
                at=NOW, table=table, state=state, rows_read=1, inserted=1, updated=0, deleted=0,
                requests=1, left_out=0, seconds=1.0,
            )
        )  # fmt: skip
    for table in RUNNING:
        bars(
            TableProgress(
                at=NOW, table=table, state=TableState.FULL_LOAD, rows_read=5, rows_expected=10,
                pages=1, requests=1, slices_open=1,
            )
        )  # fmt: skip
    stream.truncate(stream.seek(0))
    with bars:
        pass
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    return [line for line in re.split(r"[\r\n]+", plain) if line.strip()]


@pytest.mark.parametrize("height", [24, 45])
@pytest.mark.parametrize("width", [60, 120])
def test_what_goes_on_or_went_wrong_is_seen_and_the_rest_is_counted(
    width: int, height: int
) -> None:
    lines = drawn(width, height)
    assert len(lines) <= height
    names = [found[0] for line in lines if (found := re.search(r"table_\d\d", line))]
    assert [*WRONG, *RUNNING] == names
    assert "41 tables done, 17 waiting" in [line.strip() for line in lines]
    assert lines[-1].startswith("43 of 68 tables, 83 read")


def test_a_terminal_of_few_lines_counts_what_it_cannot_show() -> None:
    lines = drawn(120, 6)
    assert [*WRONG, *RUNNING[:2]] == [line.split()[1] for line in lines[:4]]
    assert "41 tables done, 6 running, 17 waiting" == lines[4].strip()
    assert 6 == len(lines)
    assert 2 == len(drawn(120, 2))


def test_a_terminal_with_room_shows_every_table_in_its_place() -> None:
    lines = drawn(120, 70)
    assert list(TABLES) == [line.split()[1] for line in lines[:68]]
    assert 69 == len(lines)
