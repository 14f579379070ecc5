"""A dataset that exists keeps its tables; what a newer version adds is offered."""

from __future__ import annotations

import dataclasses

import pytest

from chimpline.catalog.rows import ROWS
from chimpline.catalog.selected import resolve
from chimpline.catalog.selection import TableSelection, TableSet
from chimpline.catalog.tables import default_set, made_of, tables
from chimpline.message import Message
from chimpline.runs.offering import offer
from chimpline.runs.report.events import Notice, RunFinished
from tests.unit.runs.account import World

NEW = ("list_growth_history", "reports_locations", "unsubscribes")
"""Taken out of what a dataset knows, they are as new to it as what a newer version adds."""


def forgetful(world: World, *, older: bool = False) -> World:
    """The dataset of a version that had no table of `NEW`; of one that kept no default set."""
    world.destination.lines = [
        line for line in world.destination.lines if line.table_name not in NEW
    ]
    for name in NEW:
        del world.destination.stored[name]
        world.destination.defaults.pop(name)
    if older:
        world.destination.defaults.clear()
        for run in world.destination.runs():
            before = dataclasses.replace(run, schema_version="3.0.90+3")
            world.destination.record_run(before)
    return world


def told(world: World) -> list[Message]:
    return [
        one.said
        for one in world.events
        if isinstance(one, Notice) and isinstance(one.said, Message)
        if one.said.kind == "tables-offered"
    ]


def landed(finished: RunFinished) -> set[str]:
    return set(finished.tables)


def test_a_first_run_takes_the_whole_default_set_and_offers_nothing(new: World) -> None:
    finished = new.run()
    assert (set(default_set()), ()) == (landed(finished), finished.offered)
    assert dict.fromkeys(default_set(), True) == new.destination.default_set()
    assert [] == told(new)


def test_what_is_new_is_told_once_with_its_cost_and_not_begun(copied: World) -> None:
    world = forgetful(copied)
    finished = world.run()
    assert (0, NEW) == (finished.exit, finished.offered)
    assert set(default_set()) - set(NEW) == landed(finished)
    assert not set(NEW) & world.destination.stored.keys()
    (said,) = told(world)
    audiences, reports = len(world.live("lists")), len(world.live("reports"))
    costs = [("cost-requests", count) for count in (audiences, reports, reports)]
    offered = said.facts["tables"]
    assert isinstance(offered, tuple)
    assert list(zip(NEW, costs, strict=True)) == [
        (one.facts["table"], (one.facts["cost"].kind, one.facts["cost"].facts["requests"]))
        for one in offered
        if isinstance(one, Message) and isinstance(one.facts["cost"], Message)
    ]
    again = world.run()
    assert (NEW, []) == (again.offered, told(world))


@pytest.mark.parametrize("asked", list(TableSet))
def test_whoever_asks_for_the_set_takes_what_is_new_once_and_for_all(
    copied: World, asked: TableSet
) -> None:
    world = forgetful(copied)
    world.run()
    finished = world.run(tables=asked)
    assert set(default_set() if asked is TableSet.DEFAULT else tables()) == landed(finished)
    later = world.run()
    assert (set(default_set()), ()) == (landed(later), later.offered)
    assert world.truth("reports_locations", "campaign_id") == {
        key[:1] for key in world.live("reports_locations")
    }


def test_a_few_are_taken_by_their_names(copied: World) -> None:
    world = forgetful(copied)
    finished = world.run(tables=("unsubscribes",))
    assert ({"unsubscribes"}, ()) == (landed(finished), finished.offered)
    later = world.run()
    assert (set(default_set()) - set(NEW[:2]), NEW[:2]) == (landed(later), later.offered)
    named = world.run(selections={NEW[1]: TableSelection(named=True)})
    assert (set(default_set()) - set(NEW[:1]), NEW[:1]) == (landed(named), named.offered)


def test_a_table_that_is_not_selected_is_not_offered(copied: World) -> None:
    off = dict.fromkeys(NEW, TableSelection(selected=False))
    finished = forgetful(copied).run(selections=off)
    assert ((), []) == (finished.offered, told(copied))


def test_a_dataset_that_first_runs_named_tables_takes_the_default_set_later(new: World) -> None:
    new.run(tables=("lists",))
    finished = new.run()
    assert (set(default_set()), ()) == (landed(finished), finished.offered)


def test_a_dataset_of_an_earlier_version_takes_what_that_copied(copied: World) -> None:
    world = forgetful(copied, older=True)
    finished = world.run()
    # Its ledger knows all tables of today: none is new.
    assert (set(default_set()), ()) == (landed(finished), finished.offered)
    assert dict.fromkeys(default_set(), True) == world.destination.default_set()


def test_what_was_named_before_a_note_was_kept_is_not_offered(copied: World) -> None:
    rows = [dataclasses.replace(r, name="news") if r.name == NEW[2] else r for r in ROWS]
    selected = resolve(None, {}, made_of(tuple(rows)))
    destination = forgetful(copied, older=True).destination
    offered = offer(copied.request(), selected, destination)
    assert ["news"] == [table.name for table in offered.left]
    line = dataclasses.replace(destination.lines[0], table_name="news")
    destination.lines.append(line)
    assert () == offer(copied.request(), selected, destination).left


def test_a_repair_neither_offers_nor_takes(copied: World) -> None:
    world = forgetful(copied)
    world.run(reread={"lists": frozenset({""})})
    assert [] == told(world)
    assert not set(NEW) & world.destination.default_set().keys()
