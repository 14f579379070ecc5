"""Before anything is read: what is taken back, what is emptied, and lines of a wrong clock."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from chimpline.catalog.selection import TableSelection
from chimpline.errors import UserError
from chimpline.load.contract import Change
from chimpline.model import TableSchema
from chimpline.runs.report.events import Notice
from tests.memory import MemoryDestination
from tests.unit.runs.account import World
from tests.words import heard, refused, sentence

SALT = b"a salt of sixteen"
GATED = r"/reports/[^/]+/sent-to\?"
TABLES = ("lists", "list_members", "reports", "reports_sent_to", "templates")


def campaigns_read(world: World) -> set[tuple[str]]:
    return {(one.path.split("/")[2],) for one in world.asked(GATED)}


def notices(world: World) -> list[str]:
    return [heard(event) for event in world.events if isinstance(event, Notice)]


class Changed(MemoryDestination):
    """A destination in which `change` was made of one table."""

    change = Change(sentence("added column x"), by_catalog=True, again=True)

    def prepare(self, table: TableSchema) -> Sequence[Change]:
        found = list(super().prepare(table))
        return [*found, self.change] if table.name == "reports_sent_to" else found


def changed(world: World, change: Change) -> World:
    other = Changed()
    other.change = change
    other.__dict__.update(world.destination.copy().__dict__)
    world.destination = other
    return world


def test_a_table_that_lacks_values_of_a_new_column_is_read_again(copied: World) -> None:
    finished = changed(copied, Changed.change).run()
    assert 0 == finished.exit
    assert copied.truth("reports", "id") == campaigns_read(copied)
    assert any("added column x" in told for told in notices(copied))


def test_a_table_that_was_only_put_right_is_not_read_again_and_it_is_told(copied: World) -> None:
    changed(copied, Change(sentence("The name of a column was put back."))).run()
    assert [] == copied.asked(GATED)
    assert "The name of a column was put back." in notices(copied)


def test_of_a_first_run_no_created_table_is_told(new: World) -> None:
    new.run()
    assert [] == [told for told in notices(new) if "created" in told]


# -- selections -------------------------------------------------------------------------------


def sources(world: World) -> set[Any]:
    return {row["source"] for row in world.live("list_members").values()}


def test_a_column_that_is_dropped_later_is_emptied_and_one_left_out_stays(copied: World) -> None:
    left_out = TableSelection(exclude=frozenset({"source"}))
    dropped = TableSelection(dropped=frozenset({"source"}))
    before = sources(copied)
    assert 0 == copied.run(selections={"list_members": left_out}).exit
    assert before == sources(copied)
    assert 0 == copied.run(selections={"list_members": dropped}).exit
    assert {None} == sources(copied)
    assert 0 == copied.run().exit
    assert before == sources(copied)


def test_a_hashed_key_is_refused_unless_a_full_refresh_was_asked_for(copied: World) -> None:
    hashed = {"reports_sent_to": TableSelection(hashed=frozenset({"email_id"}))}
    rows = copied.destination.rows("reports_sent_to")
    with refused(UserError, "--full-refresh"):
        copied.run(selections=hashed, hash_salt=SALT)
    assert rows == copied.destination.rows("reports_sent_to")
    assert 0 == copied.run(selections=hashed, hash_salt=SALT, full_refresh=True).exit
    clear = {row["email_id"] for row in rows}
    assert not clear & {row["email_id"] for row in copied.destination.rows("reports_sent_to")}


def test_without_a_salt_nothing_is_hashed_and_nothing_is_asked(new: World) -> None:
    hashed = {"list_members": TableSelection(hashed=frozenset({"email_address"}))}
    with refused(UserError, "has no salt"):
        new.run(selections=hashed)
    assert [] == new.transport.asked
    assert [] == new.events


# -- clocks -----------------------------------------------------------------------------------


def test_lines_of_a_clock_that_was_ahead_are_discarded_told_and_read_again(copied: World) -> None:
    ahead = dt.timedelta(days=400)
    copied.destination.lines = [
        dataclasses.replace(line, until=line.until + ahead) if line.until else line
        for line in copied.destination.lines
    ]
    copied.engine.change("subscribe")
    assert 0 == copied.run().exit
    assert any("took its time from a clock that was wrong" in told for told in notices(copied))
    assert all(line.until < copied.now() for line in copied.destination.lines)
    assert copied.truth("list_members", "list_id", "id") == copied.live("list_members").keys()
    assert copied.truth("reports", "id") == campaigns_read(copied)
