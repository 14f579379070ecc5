"""Heavy rows are merged within the memory that DuckDB may take."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chimpline.load import open_destination
from chimpline.model import History, Scope
from tests.contract.samples import HOUR, MEMBERS, T0, commit, load, member

ROWS = 2_400
AT_ONCE = 480  # 24 MB, which is what a commit holds at most
KILOBYTES = 50


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of more rows than DuckDB reads at a time, each of 50 KB; to be copied."""
    path = tmp_path_factory.mktemp("made") / "x.duckdb"
    with open_destination(f"duckdb:///{path}", "mailchimp") as destination:
        destination.prepare(MEMBERS)
        for begin in range(0, ROWS, AT_ONCE):
            rows = [heavy_member(number) for number in range(begin, begin + AT_ONCE)]
            destination.commit(commit(load(MEMBERS, *rows)))
    return path


@pytest.fixture
def heavy(made: Path, tmp_path: Path) -> Iterator[Any]:
    shutil.copy(made, tmp_path)
    with open_destination(f"duckdb:///{tmp_path}/{made.name}", "mailchimp") as destination:
        yield destination


def heavy_member(number: int, **cells: Any) -> dict[str, Any]:
    words = hashlib.sha512(str(number).encode()).hexdigest() * (8 * KILOBYTES)
    return member(f"m{number:04}", merge_fields=f'{{"NOTES":"{words}"}}', **cells)


@pytest.mark.parametrize("step", [1, 5], ids=["side by side", "scattered"])
def test_heavy_rows_are_compared_within_the_memory_limit(heavy: Any, step: int) -> None:
    session = heavy._session
    session.run(f'ALTER TABLE "{MEMBERS.name}" ADD COLUMN mine text')
    session.run(f'UPDATE "{MEMBERS.name}" SET mine = id')
    heavy.prepare(MEMBERS)
    met = range(0, AT_ONCE * step, step)
    rows = [heavy_member(number, rating=2 if number % 2 else 3) for number in met]
    changed = sum(number % 2 == 0 for number in met)
    again = commit(load(MEMBERS, *rows, heavy_member(ROWS)), at=T0 + HOUR)
    change = heavy.commit(again)[MEMBERS.name]
    assert (1, changed) == (change.inserted, change.updated)
    change = heavy.commit(again)[MEMBERS.name]
    assert (0, 0) == (change.inserted, change.updated)
    assert ROWS + 1 == heavy.count(MEMBERS, Scope())
    found = session.rows(
        f'SELECT count(*), count(DISTINCT id), count(*) FILTER (mine = id) FROM "{MEMBERS.name}" '
        "WHERE rating = 3"
    )
    assert [(changed, changed, changed)] == found


def test_the_past_of_heavy_rows_is_kept_within_the_memory_limit(heavy: Any) -> None:
    scattered = range(0, ROWS, 50)

    def kept(hours: int) -> None:
        time = T0 + hours * HOUR
        heavy.keep_history(MEMBERS, History.VERSIONS, time, reached=time, synced_at=time)

    def rated(hours: int, *ratings: int) -> None:
        rows = [heavy_member(number) for number in scattered]
        for rating in ratings:
            some = load(MEMBERS, *({**row, "rating": rating} for row in rows))
            at = T0 + hours * HOUR
            heavy.commit(commit(dataclasses.replace(some, versions=at), at=at))

    def counted() -> list[tuple[int, ...]]:
        found = heavy._session.rows(
            "SELECT count(*), count(DISTINCT id), count(*) FILTER (_valid_to IS NULL) "
            'FROM "list_members_history"'
        )
        return [tuple(row) for row in found]

    kept(0)
    assert [(ROWS, ROWS, ROWS)] == counted()
    rated(1, 3, 2)  # changed, and as they were again: the versions go on
    assert [(ROWS, ROWS, ROWS)] == counted()
    rated(2, 3)
    assert [(ROWS + len(scattered), ROWS, ROWS)] == counted()
    heavy.keep_history(MEMBERS, History.DAILY, T0, reached=T0 + 2 * HOUR, synced_at=T0)
    heavy.keep_day(MEMBERS, T0.date())
    days = 'SELECT count(*), count(DISTINCT id) FROM "list_members_daily"'
    assert [(ROWS, ROWS)] == heavy._session.rows(days)
