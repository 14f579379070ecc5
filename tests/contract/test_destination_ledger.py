"""The ledger: which line stands for which, what is forgotten, and runs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from chimpline.errors import DestinationError
from chimpline.load.contract import Destination, Forget, Reopen
from chimpline.model import LandedSelection, RunState, SliceRecord, SliceState
from tests.contract.conftest import Place
from tests.contract.samples import HOUR, MEMBERS, T0, commit, line, run
from tests.words import refused

PROVEN, UNPROVEN, FAILED, STALE = (
    SliceState.PROVEN,
    SliceState.UNPROVEN,
    SliceState.FAILED,
    SliceState.STALE,
)


def written(destination: Destination, *commits: list[SliceRecord]) -> list[SliceRecord]:
    for slices in commits:
        destination.commit(commit(slices=slices))
    return destination.slices()


def windows(lines: list[SliceRecord]) -> set[tuple[int | None, int, str]]:
    return {
        (
            None if one.since is None else (one.since - T0) // HOUR,
            (one.until - T0) // HOUR,
            one.state.value,
        )
        for one in lines
    }


def test_a_line_comes_back_as_it_was_with_the_time_of_its_commit(place: Place) -> None:
    sent = [line(None, 1), dataclasses.replace(line(1, 2), evidence=None, state=FAILED)]
    place.open().commit(commit(slices=sent))
    place.stack.close()
    found = place.open().slices()
    assert all(one.committed_at is not None and one.committed_at > T0 for one in found)
    assert sent == [dataclasses.replace(one, committed_at=None) for one in found]


def test_a_proven_line_stands_for_all_inside_its_window(destination: Destination) -> None:
    before = [line(0, 1), line(1, 2, FAILED), line(2, 3, STALE), line(2, 5), line(5, 6)]
    other = [line(0, 1, ask="status=archived"), line(0, 1, parent="list2")]
    found = written(destination, before, other, [line(0, 4)])
    expected = {(0, 4, "proven"), (2, 5, "proven"), (5, 6, "proven"), (0, 1, "proven")}
    assert expected == windows(found)
    assert len(found) == 5


def test_a_line_from_the_beginning_stands_for_everything_before(destination: Destination) -> None:
    assert {(None, 9, "proven")} == windows(
        written(destination, [line(None, 3), line(3, 5), line(5, 9, UNPROVEN)], [line(None, 9)])
    )
    # and nothing narrower stands for it
    assert {(None, 9, "proven"), (8, 9, "proven")} == windows(written(destination, [line(8, 9)]))


def test_an_unproven_line_leaves_what_was_proven(destination: Destination) -> None:
    before = [line(0, 1), line(1, 2, FAILED), line(1, 3, STALE)]
    assert {(0, 1, "proven"), (0, 4, "unproven")} == windows(
        written(destination, before, [line(0, 4, UNPROVEN)])
    )


def test_the_same_lines_twice_are_one(destination: Destination) -> None:
    lines = [line(0, 1), line(1, 2, FAILED)]
    assert len(written(destination, lines, lines, lines)) == 2


def test_lines_of_one_commit_follow_one_another(destination: Destination) -> None:
    lines = [line(0, 1, FAILED), line(0, 1), line(0, 1, UNPROVEN), line(2, 3), line(1, 4)]
    assert {(0, 1, "proven"), (0, 1, "unproven"), (1, 4, "proven")} == windows(
        written(destination, lines)
    )


def test_reopened_lines_are_stale_and_lose_their_gate(destination: Destination) -> None:
    lines = [line(0, 1), line(0, 1, parent="list12"), line(0, 1, table="lists")]
    destination.commit(commit(slices=lines))
    destination.commit(commit(reopen=[Reopen("list_members", ["list1", "list2"])]))
    found = {(one.table_name, one.parent_key): one for one in destination.slices()}
    assert found["list_members", "list1"].state is STALE
    assert found["list_members", "list1"].evidence is None
    assert found["list_members", "list12"].state is PROVEN
    assert found["lists", "list1"].state is PROVEN
    destination.commit(commit(reopen=[Reopen("list_members", [])]))


def test_a_line_wins_over_a_reopening_of_the_same_commit(destination: Destination) -> None:
    destination.commit(commit(slices=[line(0, 1)], reopen=[Reopen("list_members", ["list1"])]))
    assert {(0, 1, "proven")} == windows(destination.slices())


@pytest.mark.parametrize("parent", ["list1", "list%_1", "li'st"])
def test_forgetting_takes_a_parent_and_what_is_below(destination: Destination, parent: str) -> None:
    parents = [parent, f"{parent}/7", f"{parent}/7/x", f"{parent}2", f"x{parent}", "listXY1/7"]
    destination.commit(commit(slices=[line(0, 1, parent=one) for one in parents]))
    destination.commit(commit(slices=[line(0, 1, parent=parent, table="lists")]))
    destination.commit(commit(forget=[Forget("list_members", parent)]))
    found = {(one.table_name, one.parent_key) for one in destination.slices()}
    left = {("list_members", one) for one in parents[3:]} | {("lists", parent)}
    assert left == found


def test_what_was_chosen_of_a_table_is_kept_until_something_else_is(
    destination: Destination,
) -> None:
    assert {} == destination.selections()
    some = LandedSelection(("a.b ✨", "id"), ("x",), ("y",), ("z",), "ab12")
    destination.keep_selections("r1", {"lists": some, "it's": LandedSelection()})
    destination.keep_selections("r2", {"list_members": some})
    kept = {"lists": some, "it's": LandedSelection(), "list_members": some}
    assert kept == destination.selections()
    destination.keep_selections("r3", {"lists": LandedSelection(dropped=("x",))})
    assert kept | {"lists": LandedSelection(dropped=("x",))} == destination.selections()
    assert [] == destination.slices()


def test_the_default_set_is_kept_by_table(destination: Destination) -> None:
    assert {} == destination.default_set()
    destination.keep_default_set("r1", {"lists": True, "it's": False})
    destination.keep_default_set("r2", {"it's": True, "files": False})
    assert {"lists": True, "it's": True, "files": False} == destination.default_set()


def test_runs_are_replaced_by_id_and_read_newest_first(destination: Destination) -> None:
    destination.record_run(run("r1"))
    destination.record_run(run("r2", T0 + HOUR, report=None))
    done = run("r1", finished_at=T0 + HOUR, state=RunState.UNPROVEN, requests=2**40, rows_changed=3)
    destination.record_run(done)
    assert [run("r2", T0 + HOUR, report=None), done] == destination.runs()


def test_runs_without_an_end_can_be_asked_for_alone(destination: Destination) -> None:
    assert [] == destination.runs(without_end=True)
    destination.record_run(run("r1", state=RunState.FAILED))
    destination.record_run(run("r2", T0 + HOUR))
    destination.record_run(run("r3", T0 + 2 * HOUR, state=RunState.SUCCEEDED))
    assert [run("r2", T0 + HOUR)] == destination.runs(without_end=True)


def test_runs_can_be_asked_for_from_a_time_on(destination: Destination) -> None:
    kept = [run(f"r{hour}", T0 + hour * HOUR) for hour in range(3)]
    for one in kept:
        destination.record_run(one)
    assert [kept[2], kept[1]] == destination.runs(since=T0 + HOUR)
    assert [] == destination.runs(since=T0 + 3 * HOUR, without_end=True)


def test_a_newer_ledger_is_refused(place: Place) -> None:
    destination = place.open()
    session = destination._session  # type: ignore[attr-defined]
    session.run('UPDATE "_chimpline_dataset" SET format = 99')
    place.stack.close()
    for read_only in (False, True):
        with refused(DestinationError, "newer chimpline"):
            place.open(read_only=read_only)


RECORDS = ["NULL", "'{}'", "'[[1]]'", """'{"key": 1, "columns": [], "identity": null}'"""]


@pytest.mark.parametrize("shape", RECORDS)
def test_a_record_of_a_table_that_chimpline_cannot_have_written_is_none(
    place: Place, shape: str
) -> None:
    destination: Any = place.open()
    destination.prepare(MEMBERS)
    destination._session.run(f"UPDATE _chimpline_tables SET shape = {shape}")
    assert [] == list(destination.prepare(MEMBERS))
    destination._session.run("UPDATE _chimpline_tables SET rows = NULL")
    assert [] == list(destination.prepare(MEMBERS))


def test_lines_that_chimpline_cannot_have_written_prove_nothing(place: Place) -> None:
    """The kind: whatever a person may write into a cell of the ledger."""
    destination: Any = place.open()
    bad = [
        "state = 'hello'",
        "state = NULL",
        "until = 'infinity'",
        "until = NULL",
        "since = '-infinity'",
        "committed_at = 'infinity'",
        "evidence = '[1,2]'",
        """evidence = '"x"'""",
        """evidence = '{"kind": "hello"}'""",
        "odd = '{}'",
        "parent_key = NULL",
        "table_name = NULL",
        "rows = NULL",
    ]
    parents = [f"list{n}" for n in range(len(bad))]
    destination.commit(commit(slices=[line(None, 1, parent=name) for name in ["ok", *parents]]))
    for name, what in zip(parents, bad, strict=True):
        destination._session.run(f"UPDATE _chimpline_slices SET {what} WHERE parent_key = '{name}'")
    assert ["ok"] == [one.parent_key for one in destination.slices()]


def test_a_selection_that_chimpline_cannot_have_written_is_none(place: Place) -> None:
    destination: Any = place.open()
    bad = ["NULL", "'[]'", "'7'", """'{"hashed": "x"}'""", """'{"salt": 7}'"""]
    names = [f"table{n}" for n in range(len(bad))]
    destination.keep_selections("r", dict.fromkeys(["ok", *names], LandedSelection()))
    for name, told in zip(names, bad, strict=True):
        destination._session.run(
            f"UPDATE _chimpline_selections SET selection = {told} WHERE table_name = '{name}'"
        )
    assert {"ok": LandedSelection()} == destination.selections()


def test_runs_that_chimpline_cannot_have_written_are_left_out(place: Place) -> None:
    destination: Any = place.open()
    bad = ["state = 'x'", "started_at = NULL", "started_at = 'infinity'", "requests = NULL"]
    for name in ["ok", *[f"run{n}" for n in range(len(bad))]]:
        destination.record_run(run(name))
    for n, what in enumerate(bad):
        destination._session.run(f"UPDATE _chimpline_runs SET {what} WHERE run_id = 'run{n}'")
    destination._session.run("UPDATE _chimpline_runs SET report = '7' WHERE run_id = 'ok'")
    assert [("ok", None)] == [(one.run_id, one.report) for one in destination.runs()]
