"""Who clicked a link: a request for each link, and none while nothing of the link moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.replica import differences, key_of
from tests.unit.runs.account import World

TABLE = "reports_click_members"
SILENT = {"merge_fields", "vip", "contact_status", "list_is_active"}
LINK = r"^/reports/[^/]+/click-details/[^/]+/members\?"


@pytest.fixture
def clicked(tmp_path: Path) -> World:
    world = World(tmp_path)
    assert 0 == world.run(tables=(TABLE,)).exit
    return world


def wrong(world: World) -> list[str]:
    truth = {key_of(TABLE, row): row for row in world.engine.truth(TABLE)}
    assert truth
    return [str(one) for one in differences(TABLE, truth, world.destination.rows(TABLE))]


def test_each_link_is_asked_for_once_and_not_again_while_it_rests(clicked: World) -> None:
    assert [] == wrong(clicked)
    assert len(clicked.engine.truth("reports_click_details")) == len(clicked.asked(LINK))
    assert 0 == clicked.run(tables=(TABLE,)).rows_changed
    assert [] == clicked.asked(LINK)


@pytest.mark.parametrize("opened", ["click", "open"])
def test_only_a_link_that_was_clicked_is_asked_for_again(clicked: World, opened: str) -> None:
    clicked.engine.change("add_event", action=opened)
    assert 0 == clicked.run(tables=(TABLE,)).exit
    assert [] == wrong(clicked)
    assert (opened == "click") == len(clicked.asked(LINK))


def test_who_is_erased_leaves_it_though_no_counter_moves(tmp_path: Path) -> None:
    world = World(tmp_path, erasure_moves_counters=False)
    tables = ("list_members", TABLE)
    assert 0 == world.run(tables=tables).exit
    gone = world.engine.truth(TABLE)[0]
    which = {"list_id": gone["list_id"], "member_id": gone["email_id"]}
    world.engine.change("delete_permanently", **which)
    assert 0 == world.run(tables=tables).exit
    assert [] == wrong(world)
    links = {row["link_id"] for row in world.destination.stored[TABLE].values()}
    assert 0 < len(world.asked(LINK)) <= len(links)
    assert gone["email_id"] in {key[2] for key in world.destination.buried(TABLE)}
