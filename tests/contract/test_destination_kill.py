"""Killed in the middle of a commit, a destination has all of it or nothing."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from chimpline.errors import DestinationUnavailable
from chimpline.load import open_destination
from chimpline.model import History, Scope
from tests.contract.conftest import drop_dataset
from tests.contract.samples import HOUR, LISTS, MEMBERS, T0, commit, line, load, member

WRITER = """
import sys
from chimpline.load import open_destination
from tests.contract.samples import MEMBERS, commit, line, load, member
with open_destination(sys.argv[1], "mailchimp") as destination:
    destination.prepare(MEMBERS)
    number = 0
    while True:
        rows = [member(f"m{number}_{i}") for i in range(2000)]
        destination.commit(commit(load(MEMBERS, *rows), slices=[line(number, number + 1)]))
        number += 1
        print(number, flush=True)
"""


def versions(destination: Any) -> list[tuple[str, Any]]:
    """(id, end) of every version."""
    order = "ORDER BY id, _valid_to NULLS FIRST"
    found = destination._session.rows(f"SELECT id, _valid_to FROM list_members_history {order}")
    return [tuple(row) for row in found]


@pytest.mark.parametrize("after", [1, 2, 5, 9])
def test_a_duckdb_writer_killed_at_any_moment(tmp_path: Path, after: int) -> None:
    url = f"duckdb:///{tmp_path}/x.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, url],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    ) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        said += [int(number) for number in writer.stdout.read().split()]
    with open_destination(url, "mailchimp") as destination:
        lines = len(destination.slices())
        assert lines in {said[-1], said[-1] + 1}
        assert lines * 2000 == destination.count(MEMBERS, Scope())
        rows = load(MEMBERS, *(member(f"m0_{i}") for i in range(2000)))
        assert destination.commit(commit(rows))[MEMBERS.name].total == 0


@pytest.mark.parametrize("moment", [*range(1, 12), *range(12, 36, 4)])
def test_a_postgresql_server_that_goes_away_before_any_statement(
    postgres_url: str, moment: int
) -> None:
    """The backend is terminated before the n-th statement of the same commit."""
    dataset = f"killed {moment}"
    rows = load(MEMBERS, member("a", rating=9), member("b"), gone=[("list1", "c")])
    rows = dataclasses.replace(rows, versions=T0 + HOUR)
    whole = commit(rows, load(LISTS, {"id": "list1", "name": "x"}), slices=[line(1, 2)])
    with open_destination(postgres_url, dataset) as destination:
        destination.prepare(MEMBERS)
        destination.prepare(LISTS)
        destination.keep_history(MEMBERS, History.VERSIONS, T0, reached=T0, synced_at=T0)
        first = dataclasses.replace(load(MEMBERS, member("a"), member("c")), versions=T0)
        destination.commit(commit(first, slices=[line(0, 1)]))
        session: Any = destination._session  # type: ignore[attr-defined]
        pid = session.rows("SELECT pg_backend_pid() AS pid")[0][0]
        run, ran = session.run, 0

        def fatal(sql: str, *values: object) -> Any:
            nonlocal ran
            ran += 1
            if ran == moment:
                with psycopg.connect(postgres_url, autocommit=True) as admin:
                    admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            return run(sql, *values)

        session.run = fatal
        with pytest.raises(DestinationUnavailable):
            destination.commit(whole)
    with open_destination(postgres_url, dataset) as destination:
        assert destination.count(MEMBERS, Scope()) == 2
        assert destination.count(LISTS, Scope()) == 0
        assert destination.count(MEMBERS, Scope((("rating", 9),))) == 0
        assert [line(0, 1).until] == [one.until for one in destination.slices()]
        assert [("a", None), ("c", None)] == versions(destination)
        changes = destination.commit(whole)
        ended = T0 + HOUR
        assert [("a", None), ("a", ended), ("b", None), ("c", ended)] == versions(destination)
        assert (1, 1, 1) == (
            changes[MEMBERS.name].inserted,
            changes[MEMBERS.name].updated,
            changes[MEMBERS.name].deleted,
        )
        assert len(destination.slices()) == 2
    drop_dataset(postgres_url, dataset)
