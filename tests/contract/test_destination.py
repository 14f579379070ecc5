"""Rows, tombstones and scopes: what every destination promises (`chimpline.load.contract`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from chimpline.errors import DestinationError, DestinationReadOnly, WrongAccount
from chimpline.load.contract import Change, Destination
from chimpline.message import Message
from chimpline.model import Column, ColumnType, Deletes, Owner, Scope, TableSchema, Window
from tests.contract.conftest import Place
from tests.contract.samples import (
    EVENTS,
    HOUR,
    LISTS,
    MEMBERS,
    SEGMENTS,
    T0,
    batch,
    commit,
    keys,
    line,
    load,
    member,
    run,
)
from tests.words import heard, refused

Read = Callable[..., list[tuple[Any, ...]]]
LIST1 = Scope((("list_id", "list1"),))


def counted(destination: Destination, *loads: Any, **more: Any) -> tuple[int, int, int]:
    """(inserted, updated, deleted) of the first table of a commit."""
    change = destination.commit(commit(*loads, **more))[loads[0].table.name]
    return change.inserted, change.updated, change.deleted


def test_a_dataset_belongs_to_the_first_account_that_claims_it(place: Place) -> None:
    assert place.open(read_only=True).owner() is None
    place.stack.close()
    new = place.open()
    assert new.owner() is None
    new.claim(Owner("a1", "Acme 🐒"))
    assert Owner("a1", "Acme 🐒") == new.owner()
    place.stack.close()
    again = place.open()
    again.claim(Owner("a1", "Acme renamed"))
    with refused(WrongAccount, "Acme renamed"):
        again.claim(Owner("a2", "Other"))
    again.claim(Owner("a1", "Acme renamed"))


def test_two_datasets_lie_side_by_side(place: Place) -> None:
    first = place.open()
    first.claim(Owner("a1", "Acme"))
    first.prepare(LISTS)
    first.commit(commit(load(LISTS, {"id": "list1", "name": "One"})))
    place.stack.close()
    place.dataset = place.dataset.replace("My", "Your")
    second = place.open()
    second.claim(Owner("a2", "Other"))
    assert second.count(LISTS, Scope()) == 0


def test_preparing_creates_a_table_once(destination: Destination) -> None:
    created = Change(Message.of("table-created", table="list_members"), by_catalog=True, anew=True)
    assert [created] == list(destination.prepare(MEMBERS))
    assert [] == list(destination.prepare(MEMBERS))


def test_the_same_commit_twice_changes_nothing(destination: Destination, stored: Read) -> None:
    destination.prepare(MEMBERS)
    rows = [member("a"), member("b", rating=None, merge_fields=None), member("c", "list2")]
    assert (3, 0, 0) == counted(destination, load(MEMBERS, *rows))
    assert (0, 0, 0) == counted(destination, load(MEMBERS, *rows), at=T0 + HOUR)
    assert [(T0, None)] == stored('SELECT DISTINCT _synced_at, _deleted_at FROM "list_members"')


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("rating", None),
        ("rating", 2**63 - 1),
        ("rate", 1e308),
        ("vip", True),
        ("changed", T0 + HOUR),
        ("merge_fields", '{"FNAME":"Bea"}'),
        ("_extra", '{"new":1}'),
    ],
)
def test_only_rows_that_differ_are_written(
    destination: Destination, stored: Read, column: str, value: object
) -> None:
    destination.prepare(MEMBERS)
    destination.commit(commit(load(MEMBERS, member("a"), member("b"))))
    changed = member("a") | {column: value}
    later = T0 + HOUR
    assert (0, 1, 0) == counted(destination, load(MEMBERS, changed, member("b")), at=later)
    found = stored('SELECT id, _synced_at FROM "list_members" ORDER BY id')
    assert [("a", later), ("b", T0)] == found


def test_new_changed_and_equal_rows_in_one_commit(destination: Destination) -> None:
    destination.prepare(MEMBERS)
    destination.commit(commit(load(MEMBERS, *(member(f"m{i}") for i in range(300)))))
    rows = [member(f"m{i}", rating=5 if i % 3 == 0 else 2) for i in range(200, 400)]
    assert (100, 33, 0) == counted(destination, load(MEMBERS, *rows))
    assert (0, 0, 0) == counted(destination, load(MEMBERS, *rows))
    assert destination.count(MEMBERS, LIST1) == 400


def test_the_later_of_two_rows_with_one_key_wins(destination: Destination, stored: Read) -> None:
    destination.prepare(MEMBERS)
    batches = [
        batch(MEMBERS, member("a", rating=1), member("b", rating=1), member("a", rating=2)),
        batch(MEMBERS, member("a", rating=3)),
    ]
    both = load(MEMBERS, member("x"))
    both = type(both)(MEMBERS, batches)
    assert (2, 0, 0) == counted(destination, both)
    assert [("a", 3), ("b", 1)] == stored('SELECT id, rating FROM "list_members" ORDER BY id')
    assert (0, 0, 0) == counted(destination, both)


def test_a_long_address_is_no_obstacle_in_a_key(destination: Destination) -> None:
    destination.prepare(EVENTS)
    event = {
        "campaign_id": "c1",
        "email_id": "e1",
        "action": "click",
        "timestamp": T0,
        "url": "https://x.test/?" + "".join(f"{i:x}é" for i in range(20_000)),
        "_ordinal": 0,
        "ip": None,
    }
    rows = [event, event | {"_ordinal": 1}, event | {"url": ""}, event | {"ip": "1.2.3.4"}]
    assert (3, 0, 0) == counted(destination, load(EVENTS, *rows))
    assert (0, 1, 0) == counted(destination, load(EVENTS, event))
    key = ("c1", "e1", "click", T0, event["url"], 1)
    assert (0, 0, 1) == counted(destination, load(EVENTS, gone=[key]))
    seen = keys(EVENTS, ("c1", "e1", "click", T0, "", 0))
    missing = destination.missing(EVENTS, Scope((("campaign_id", "c1"),)), seen)
    assert [event["url"]] == missing["url"].to_pylist()


def test_a_marked_row_keeps_its_cells(destination: Destination, stored: Read) -> None:
    destination.prepare(MEMBERS)
    destination.commit(commit(load(MEMBERS, member("a"), member("b"))))
    later = T0 + HOUR
    gone = load(MEMBERS, gone=[("list1", "a"), ("list1", "never was")])
    assert (0, 0, 1) == counted(destination, gone, at=later)
    assert (0, 0, 0) == counted(destination, gone, at=later + HOUR)
    assert [("a", 2, later, later), ("b", 2, T0, None)] == stored(
        'SELECT id, rating, _synced_at, _deleted_at FROM "list_members" ORDER BY id'
    )


def test_removed_rows_are_gone_those_marked_before_too(destination: Destination) -> None:
    destination.prepare(MEMBERS)
    destination.commit(commit(load(MEMBERS, member("a"), member("b"), member("c"))))
    destination.commit(commit(load(MEMBERS, gone=[("list1", "a")])))
    gone = load(MEMBERS, gone=[("list1", "a"), ("list1", "b")])
    assert (0, 0, 1) == counted(destination, gone, deletes=Deletes.REMOVE)
    assert destination.count(MEMBERS, LIST1) == 1
    assert (2, 0, 0) == counted(destination, load(MEMBERS, member("a"), member("b")))


def test_ignored_tombstones_do_nothing(destination: Destination) -> None:
    destination.prepare(MEMBERS)
    destination.commit(commit(load(MEMBERS, member("a"))))
    gone = load(MEMBERS, gone=[("list1", "a")])
    assert (0, 0, 0) == counted(destination, gone, deletes=Deletes.IGNORE)
    assert destination.count(MEMBERS, LIST1) == 1


def test_a_row_that_is_back_is_inserted(destination: Destination, stored: Read) -> None:
    destination.prepare(MEMBERS)
    destination.commit(commit(load(MEMBERS, member("a"), member("b"))))
    destination.commit(commit(load(MEMBERS, gone=[("list1", "a")])))
    later = T0 + 2 * HOUR
    rows = load(MEMBERS, member("a"), member("b", rating=9))
    assert (1, 1, 0) == counted(destination, rows, at=later)
    assert [("a", later, None)] == stored(
        "SELECT id, _synced_at, _deleted_at FROM \"list_members\" WHERE id = 'a'"
    )


def test_a_tombstone_wins_over_a_row_of_the_same_commit(destination: Destination) -> None:
    destination.prepare(MEMBERS)
    both = load(MEMBERS, member("a"), gone=[("list1", "a")])
    assert (1, 0, 1) == counted(destination, both)
    assert destination.count(MEMBERS, LIST1) == 0


def test_a_key_of_text_and_number_in_a_scope(destination: Destination) -> None:
    in_segment = TableSchema(
        "list_segment_members",
        (
            Column("list_id", ColumnType.TEXT),
            Column("segment_id", ColumnType.INT64),
            Column("id", ColumnType.TEXT),
        ),
        ("list_id", "segment_id", "id"),
    )
    destination.prepare(in_segment)
    rows = [{"list_id": "l", "segment_id": s, "id": i} for s in (1, 2) for i in "ab"]
    destination.commit(commit(load(in_segment, *rows)))
    assert (0, 0, 1) == counted(destination, load(in_segment, gone=[("l", 1, "a")]))
    assert destination.count(in_segment, Scope((("segment_id", 2),))) == 2
    assert destination.count(in_segment, Scope((("segment_id", "2"),))) == 2
    assert destination.count(in_segment, Scope((("segment_id", "two"),))) == 0


def test_scopes(destination: Destination) -> None:
    destination.prepare(MEMBERS)
    rows = [
        member("a", changed=T0),
        member("b", changed=T0 + HOUR),
        member("c", changed=T0 + 2 * HOUR, rating=9),
        member("d", changed=None, rating=None),
        member("e", "list2"),
    ]
    destination.commit(commit(load(MEMBERS, *rows)))
    destination.commit(commit(load(MEMBERS, member("z"), gone=[("list1", "z")])))

    def count(**scope: Any) -> int:
        return destination.count(MEMBERS, Scope((("list_id", "list1"),), **scope))

    assert count() == 4
    assert count(unless=(("rating", 9),)) == 3  # NULL is not 9
    assert count(unless=(("rating", "9"), ("id", "a"))) == 2
    assert count(unless=(("rating", "none"),)) == 4
    assert count(among=("id", ("a", "e", "z", "nobody"))) == 1
    assert count(among=("id", ("a", "b")), cursor="changed", since=T0) == 1
    assert count(among=("id", ())) == 0
    assert count(cursor="changed") == 4
    assert count(cursor="changed", since=T0) == 2  # exclusive
    assert count(cursor="changed", until=T0 + HOUR) == 2  # inclusive
    assert count(cursor="changed", since=T0, until=T0 + HOUR) == 1
    assert destination.count(MEMBERS, Scope()) == 5


def test_a_scope_within_a_window_of_another_column(destination: Destination) -> None:
    destination.prepare(EVENTS)
    event = {
        "campaign_id": "c1",
        "email_id": "e1",
        "action": "open",
        "url": "",
        "_ordinal": 0,
        "ip": None,
    }
    rows = [event | {"timestamp": T0 + n * HOUR} for n in range(4)]
    destination.commit(commit(load(EVENTS, *rows)))

    def count(since: int | None, until: int) -> int:
        begin = None if since is None else T0 + since * HOUR
        window = Window(begin, T0 + until * HOUR)
        return destination.count(EVENTS, Scope(within=(("timestamp", window),)))

    assert [2, 1, 0] == [count(None, 1), count(0, 1), count(3, 9)]
    both = Scope(cursor="timestamp", since=T0, within=(("timestamp", Window(None, T0 + HOUR)),))
    assert 1 == destination.count(EVENTS, both)


def test_counts_by_value_are_in_order(destination: Destination) -> None:
    destination.prepare(MEMBERS)
    rows = [
        member("a", changed=T0 + HOUR),
        member("b", changed=T0),
        member("c", changed=T0 + HOUR),
        member("d", changed=T0 + 2 * HOUR),
        member("e", changed=None),
        member("f", "list2"),
        member("gone", changed=T0),
    ]
    destination.commit(commit(load(MEMBERS, *rows)))
    destination.commit(commit(load(MEMBERS, gone=[("list1", "gone")])))
    nobody = keys(MEMBERS)

    def counts(without: Any = nobody, column: str = "changed", **scope: Any) -> list[Any]:
        mine = Scope((("list_id", "list1"),), **scope)
        found = destination.counts_by(MEMBERS, mine, column, without)
        return list(zip(found["value"].to_pylist(), found["rows"].to_pylist(), strict=True))

    assert [(T0, 1), (T0 + HOUR, 2), (T0 + 2 * HOUR, 1)] == counts()
    assert [(T0, 1), (T0 + HOUR, 1)] == counts(keys(MEMBERS, ("list1", "a"), ("list1", "d")))
    assert [(T0 + HOUR, 2)] == counts(cursor="changed", since=T0, until=T0 + HOUR)
    assert [("a", 1), ("b", 1)] == counts(
        keys(MEMBERS, ("list1", "c")),
        "id",
        unless=(("id", "e"),),
        cursor="changed",
        until=T0 + HOUR,
    )
    assert [] == counts(unless=(("rating", 2),))
    assert [] == destination.counts_by(LISTS, Scope(), "name", keys(LISTS)).to_pylist()


def test_cells_of_live_and_of_buried_rows(destination: Destination) -> None:
    destination.prepare(MEMBERS)
    rows = [member("a"), member("b", rating=None, merge_fields=None), member("c", "list2")]
    destination.commit(commit(load(MEMBERS, *rows, member("gone"))))
    destination.commit(commit(load(MEMBERS, gone=[("list1", "gone")])))
    names = ["id", "rating", "rate", "changed", "merge_fields", "_extra"]
    found = destination.cells(MEMBERS, LIST1, names)
    assert MEMBERS.arrow_schema().field("changed").type == found.schema.field("changed").type
    a, b = sorted(found.to_pylist(), key=lambda row: str(row["id"]))
    assert [("a", 2, 0.5, T0, None), ("b", None, 0.5, T0, None)] == [
        (row["id"], row["rating"], row["rate"], row["changed"], row["_extra"]) for row in (a, b)
    ]
    assert ({"FNAME": "Ann"}, None) == (json.loads(a["merge_fields"]), b["merge_fields"])
    assert [{"id": "gone"}] == destination.cells(MEMBERS, LIST1, ["id"], buried=True).to_pylist()
    assert 0 == destination.cells(LISTS, Scope(), ["id", "name"]).num_rows
    wider = TableSchema(
        "list_members", (*MEMBERS.columns, Column("new", ColumnType.JSON)), MEMBERS.primary_key
    )
    assert [None, None] == destination.cells(wider, LIST1, ["new"])["new"].to_pylist()


def test_cells_are_what_was_storable(destination: Destination) -> None:
    destination.prepare(LISTS)
    odd = batch(LISTS, {"id": "l", "name": "nul \0, emoji 🐒"})
    destination.commit(commit(load(LISTS, {"id": "l", "name": "nul \0, emoji 🐒"})))
    expected = destination.storable(LISTS, pa.Table.from_batches([odd]).select(["name", "id"]))
    assert expected.to_pylist() == destination.cells(LISTS, Scope(), ["name", "id"]).to_pylist()


@pytest.mark.parametrize("many", [500, 10_500])
def test_missing_are_the_live_rows_not_seen(destination: Destination, many: int) -> None:
    """Few are told apart in memory, many by the engine."""
    destination.prepare(MEMBERS)
    rows = [member(f"m{i}") for i in range(many)] + [member("x", "list2")]
    destination.commit(commit(load(MEMBERS, *rows)))
    destination.commit(commit(load(MEMBERS, gone=[("list1", "m3")])))
    seen = keys(MEMBERS, *(("list1", f"m{i}") for i in range(many - 3)), ("list1", "unknown"))
    missing = destination.missing(MEMBERS, LIST1, seen)
    assert missing.schema == MEMBERS.key_schema()
    assert [f"m{many - 3}", f"m{many - 2}", f"m{many - 1}"] == sorted(missing["id"].to_pylist())
    assert destination.missing(MEMBERS, LIST1, keys(MEMBERS)).num_rows == many - 1
    assert destination.missing(MEMBERS, Scope((("list_id", "no"),)), seen).num_rows == 0


def test_missing_keys_are_tombstones_as_they_are(destination: Destination) -> None:
    destination.prepare(SEGMENTS)
    rows = [{"list_id": "list1", "id": i, "name": "s"} for i in range(5)]
    destination.commit(commit(load(SEGMENTS, *rows)))
    missing = destination.missing(SEGMENTS, LIST1, keys(SEGMENTS, ("list1", 1), ("list1", 2)))
    buried = type(load(SEGMENTS))(SEGMENTS, (), missing)
    assert (0, 0, 3) == counted(destination, buried)


def test_holders(destination: Destination) -> None:
    destination.prepare(SEGMENTS)
    rows = [
        {"list_id": "list1", "id": 1, "name": "s"},
        {"list_id": "list1", "id": 2, "name": "s"},
        {"list_id": "list2", "id": 3, "name": "t"},
        {"list_id": "list3", "id": 4, "name": None},
    ]
    destination.commit(commit(load(SEGMENTS, *rows)))
    assert destination.holders(SEGMENTS, "list_id", "name", ["s", "t", "u"]) == ["list1", "list2"]
    assert destination.holders(SEGMENTS, "id", "list_id", ["list1"]) == ["1", "2"]
    assert destination.holders(SEGMENTS, "list_id", "id", ["4"]) == ["list3"]
    assert destination.holders(SEGMENTS, "name", "list_id", ["list3"]) == []
    assert destination.holders(SEGMENTS, "name", "list_id", []) == []
    destination.commit(commit(load(SEGMENTS, gone=[("list2", 3)])))
    assert destination.holders(SEGMENTS, "list_id", "name", ["t"]) == []
    assert destination.holders(SEGMENTS, "list_id", "name", ["t"], buried=True) == ["list2"]


def test_a_table_that_is_not_there_reads_as_empty(destination: Destination) -> None:
    assert destination.count(MEMBERS, LIST1) == 0
    assert destination.missing(MEMBERS, LIST1, keys(MEMBERS)).num_rows == 0
    assert destination.holders(MEMBERS, "id", "list_id", ["list1"]) == []


def test_reading_only_creates_nothing(place: Place) -> None:
    reader = place.open(read_only=True)
    assert reader.slices() == []
    assert reader.runs() == []
    assert reader.count(MEMBERS, LIST1) == 0
    assert reader.missing(MEMBERS, LIST1, keys(MEMBERS, ("list1", "a"))).num_rows == 0
    assert reader.holders(MEMBERS, "id", "list_id", ["list1"]) == []
    for write in (
        lambda: reader.claim(Owner("a", "b")),
        lambda: reader.prepare(MEMBERS),
        lambda: reader.commit(commit()),
        lambda: reader.record_run(run()),
        lambda: reader.create_views([]),
        lambda: reader.drop_views([]),
    ):
        with pytest.raises(DestinationReadOnly):
            write()
    place.stack.close()
    writer = place.open()
    assert ["created table list_members"] == [heard(one.said) for one in writer.prepare(MEMBERS)]
    writer.commit(commit(load(MEMBERS, member("a")), slices=[line(None, 1)]))
    place.stack.close()
    reader = place.open(read_only=True)
    assert reader.count(MEMBERS, LIST1) == 1
    assert len(reader.slices()) == 1


def test_a_failing_commit_leaves_nothing_behind(destination: Destination) -> None:
    destination.prepare(LISTS)
    lists = load(LISTS, {"id": "list1", "name": "One"})
    with pytest.raises(DestinationError):  # the second table was never prepared
        destination.commit(commit(lists, load(MEMBERS, member("a")), slices=[line(None, 1)]))
    assert destination.count(LISTS, Scope()) == 0
    assert destination.slices() == []
    destination.prepare(MEMBERS)
    changes = destination.commit(commit(lists, load(MEMBERS, member("a")), slices=[line(None, 1)]))
    assert [1, 1] == [change.total for change in changes.values()]
    assert len(destination.slices()) == 1
