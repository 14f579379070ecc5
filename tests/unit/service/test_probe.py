"""What a check says of each table, by one record of it: allowed, refused, or not known yet."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chimpline.api.transport import Answer
from chimpline.catalog.rows import ROWS
from chimpline.catalog.tables import made_of, tables
from chimpline.message import Message
from chimpline.runs.work.connecting import connected
from chimpline.sandbox.tables import descendants
from chimpline.service.connection.access import TableAccess, probe
from tests.unit.runs.account import JSON, Emulated, Script, World, always, problem


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def probed(
    world: World, script: Script | None = None, names: tuple[str, ...] = tuple(tables())
) -> dict[str, TableAccess]:
    catalog = made_of(tuple(row for row in ROWS if row.name in names))
    ports = world.services(transport=Emulated(world.engine, script or Script()))

    async def ask() -> tuple[TableAccess, ...]:
        async with connected(world.request(), ports, lambda _: None) as (client, _):
            return await probe(client, catalog)

    return {one.table: one for one in asyncio.run(ask())}


def test_every_table_of_the_catalog_is_asked_for_a_record(world: World) -> None:
    found = probed(world)
    assert list(tables()) == list(found)
    assert [] == [one for one in found.values() if not one.allowed or one.why]
    few = ("lists", "list_segments")
    assert few == tuple(probed(world, names=few))


def test_what_hangs_below_a_refused_table_is_refused_with_it(world: World) -> None:
    found = probed(world, Script((r"^/lists\?", always(problem("Forbidden", 403)))))
    assert {"lists"} | descendants("lists") == {n for n, one in found.items() if not one.allowed}
    assert Message.of("access-parent-refused", parent="lists") == found["list_segment_members"].why


def test_a_question_that_is_not_taken_refuses_nothing(world: World) -> None:
    """A run would fail that table, and read the others."""
    found = probed(world, Script((r"/segments\?", always(problem("Bad Request", 400)))))
    assert [] == [name for name, one in found.items() if not one.allowed]
    why = found["list_segments"].why
    assert why is not None
    assert "access-unknown" == why.kind
    below = Message.of("access-parent-unknown", parent="list_segments")
    assert below == found["list_segment_members"].why
    assert None is found["list_members"].why


def test_below_a_table_without_a_record_nothing_can_be_asked(world: World) -> None:
    nobody = Answer(200, {"content-type": JSON}, b'{"automations": [], "total_items": 0}')
    found = probed(world, Script((r"^/automations\?", always(nobody))))
    assert None is found["automations"].why
    why = Message.of("access-parent-empty", parent="automations")
    below = TableAccess("automation_emails", True, why)
    assert below == found["automation_emails"]


@pytest.mark.parametrize(("title", "status"), [("Forbidden", 403), ("Resource Not Found", 404)])
def test_what_the_account_lacks_is_not_refused(world: World, title: str, status: int) -> None:
    """A run sees for itself, so that the tables are copied as soon as they can be."""
    found = probed(world, Script((r"^/ecommerce", always(problem(title, status)))))
    assert [] == [name for name, one in found.items() if not one.allowed]
    why = found["stores"].why
    assert why is not None
    assert "access-lacking" == why.kind
    assert Message.of("access-parent-lacking", parent="stores") == found["store_orders"].why
    assert None is found["lists"].why


def test_what_was_deleted_since_its_parent_was_asked_for_is_not_refused(world: World) -> None:
    gone = always(problem("Resource Not Found", 404))
    found = probed(world, Script((r"/segments\?", gone)))
    assert TableAccess("list_segments", True) == found["list_segments"]
