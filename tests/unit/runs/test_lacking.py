"""An account that lacks a part of Mailchimp is copied without it, and the run says so once."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimpline.runs.report.events import Notice, TableFinished
from tests.unit.runs.account import Script, World, always, problem
from tests.words import heard

SHOP = ("stores", "store_orders", "store_promo_codes")
TABLES = ("lists", *SHOP)
ANSWERS = {404: problem("Resource Not Found", 404), 403: problem("Forbidden", 403)}


def without_stores(status: int) -> Script:
    return Script((r"^/ecommerce", always(ANSWERS[status])))


def notices(world: World) -> list[str]:
    return [heard(event) for event in world.events if isinstance(event, Notice)]


def states(world: World) -> dict[str, str]:
    ended = (event for event in world.events if isinstance(event, TableFinished))
    return {event.table: event.state.value for event in ended}


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 2)])
def test_it_is_copied_without_and_again_with_it(tmp_path: Path, status: int, asked: int) -> None:
    world = World(tmp_path)
    for _ in range(2):
        finished = world.run(without_stores(status), tables=TABLES)
        assert (0, None) == (finished.exit, finished.said)
        assert {"lists": "done"} | dict.fromkeys(SHOP, "not available") == states(world)
        (said,) = [one for one in notices(world) if "no stores" in one]
        assert f"{status} " in said
        assert "Left out: stores, store_orders, store_promo_codes." in said
        assert asked == len(world.asked("^/ecommerce"))
        assert {} == world.live("stores")
    # Nothing of it is remembered: once it is there, it is copied.
    assert 0 == world.run(tables=TABLES).exit
    assert world.truth("store_orders", "store_id", "id") == world.live("store_orders").keys()
    assert [] == [one for one in notices(world) if "no stores" in one]


def test_what_landed_stays_where_it_is_there_no_more(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert 0 == world.run(tables=TABLES).exit
    before = {name: world.destination.rows(name) for name in SHOP}
    assert all(before.values())
    finished = world.run(without_stores(404), tables=TABLES)
    assert (0, 0) == (finished.exit, finished.rows_changed)
    assert before == {name: world.destination.rows(name) for name in SHOP}
    assert any("Rows that were copied earlier stay" in one for one in notices(world))
    # A user who could read it before has lost something that somebody can give back.
    finished = world.run(without_stores(403), tables=TABLES)
    assert (1, 0) == (finished.exit, finished.rows_changed)
    assert {"lists": "done"} | dict.fromkeys(SHOP, "refused") == states(world)
    assert before == {name: world.destination.rows(name) for name in SHOP}


def test_what_every_account_has_is_no_part_that_one_lacks(tmp_path: Path) -> None:
    world = World(tmp_path)
    finished = world.run(Script((r"^/campaigns", always(ANSWERS[404]))), tables=("campaigns",))
    assert 1 == finished.exit
    assert {"campaigns": "failed"} == states(world)
