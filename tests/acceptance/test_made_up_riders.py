"""Rows that ride in another table's records equal their truth, and cost no request of their own.

The kinds of host: read whole in every run, with several arrays; read behind a gate, with items that
nothing tells apart.
"""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chimpline.catalog.selection import TableSelection
from chimpline.catalog.tables import tables
from chimpline.model import Deletes
from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Level
from chimpline.runs.asking.discovery import discover
from chimpline.runs.asking.dry_run import Estimate, first_run
from chimpline.runs.job import run
from chimpline.runs.report.events import RunFinished
from chimpline.runs.request import RunRequest
from chimpline.runs.work.connecting import connected
from tests.acceptance.destinations import DuckDBReplica, Replica
from tests.acceptance.made_up import MadeUp, Record, request_of
from tests.acceptance.replica import changes_of, services_of
from tests.acceptance.within import MemoryReplica
from tests.words import heard

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
NAMES = (
    "stores",
    "store_orders",
    "store_order_lines",
    "store_order_promos",
    "reports_open_details",
    "reports_opens",
)
RIDERS = ("store_order_lines", "store_order_promos", "reports_opens")
CATALOG = tables()


def order(number: int, lines: int) -> Record:
    return {
        "id": f"o{number}",
        "landing_site": f"주문 {number}",
        "lines": [{"id": f"{n}", "product_title": f"Über {n}", "price": n} for n in range(lines)],
        "promos": [{"code": f"p{number}", "amount_discounted": 1.5}] if number % 2 else [],
    }


def opener(number: int, opens: int) -> Record:
    """Two opens of one second are two rows."""
    times = [f"2026-11-0{1 + n // 2}T10:00:00+00:00" for n in range(opens)]
    return {
        "email_id": f"m{number}",
        "opens_count": opens,
        "opens": [{"timestamp": time, "is_proxy_open": number == 2} for time in times],
    }


def account() -> MadeUp:
    """Two stores, of which one has more than a page of orders; two reports."""
    made = MadeUp(NOON)
    made.put("/ecommerce/stores", "stores", "id", [{"id": "s1"}, {"id": "s2"}])
    made.put("/ecommerce/stores/s1/orders", "orders", "id", [order(n, n % 4) for n in range(1200)])
    made.put("/ecommerce/stores/s2/orders", "orders", "id", [order(n, 2) for n in range(3)])
    reports = [
        {"id": id_, "list_id": "l1", "send_time": "2026-01-01T00:00:00+00:00", "emails_sent": 9}
        for id_ in ("r1", "r2")
    ]
    made.put("/reports", "reports", "id", reports)
    for report in ("r1", "r2"):
        people = [opener(1, 3), opener(2, 2), opener(3, 0)]
        made.put(f"/reports/{report}/open-details", "members", "email_id", people)
    return made


def request_for(replica: Replica, *tables: str, **others: Any) -> RunRequest:
    return request_of(replica, tables or NAMES, **others)


def replicated(made: MadeUp, replica: Replica, *tables: str, **others: Any) -> RunFinished:
    """One run a minute later; what was asked for before is forgotten."""
    made.now += dt.timedelta(minutes=1)
    made.asked.clear()
    request = request_for(replica, *tables, **others)
    services = services_of(request, catalog=CATALOG, **made.ports(replica))
    return run(request, services)


Rows = dict[tuple[Any, ...], Record]


def _items(record: Record, array: str, above: Record, own: tuple[str, ...]) -> Iterator[Any]:
    """Each item with its key; equal ones are counted."""
    for place, item in enumerate(record.get(array, [])):
        before = [one for one in record[array][:place] if one[own[0]] == item[own[0]]]
        row = {**above, **item} | ({"_ordinal": len(before)} if "_ordinal" in own else {})
        yield (*above.values(), *(row[name] for name in own)), row


def truth(made: MadeUp, table: str) -> Rows:
    found: Rows = {}
    for path, collection in made.collections.items():
        parts = path.strip("/").split("/")
        for record in collection.records:
            if table.startswith("store_order") and parts[-1] == "orders":
                above = {"store_id": parts[2], "order_id": record["id"]}
                if table == "store_orders":
                    found[tuple(above.values())] = {"store_id": parts[2], "id": record["id"]}
                else:
                    array = table.rpartition("_")[2]
                    own = "id" if array == "lines" else "code"
                    found |= dict(_items(record, array, above, (own,)))
            if parts[-1] == "open-details":
                above = {"campaign_id": parts[1], "email_id": record["email_id"]}
                if table == "reports_opens":
                    found |= dict(_items(record, "opens", above, ("timestamp", "_ordinal")))
                if table == "reports_open_details":
                    found[tuple(above.values())] = above
    return found


KEYS = {
    "store_orders": ("store_id", "id"),
    "store_order_lines": ("store_id", "order_id", "id"),
    "store_order_promos": ("store_id", "order_id", "code"),
    "reports_open_details": ("campaign_id", "email_id"),
    "reports_opens": ("campaign_id", "email_id", "timestamp", "_ordinal"),
}


def assert_true(made: MadeUp, replica: Replica, *tables: str) -> None:
    for table in tables or tuple(KEYS):
        expected = truth(made, table)
        rows = replica.live(table)
        actual = {tuple(row[name] for name in KEYS[table]): row for row in rows}
        assert len(actual) == len(rows), table
        assert expected.keys() == actual.keys(), table
        cells = {key: {n: actual[key][n] for n in row} for key, row in expected.items()}
        assert expected == cells, table


@pytest.fixture
def made() -> MadeUp:
    return account()


@pytest.fixture
def replica(tmp_path: Path) -> MemoryReplica:
    return MemoryReplica(tmp_path / "state")


@pytest.fixture
def database(tmp_path: Path) -> DuckDBReplica:
    """What rides is landed as other rows are: two tests show it on a real engine."""
    return DuckDBReplica(tmp_path / "state", tmp_path / "replica.duckdb")


def lines_of(replica: Replica, table: str) -> list[Record]:
    return sorted(replica.lines(table), key=lambda line: str(line["parent_key"]))


def test_what_rides_lands_with_its_host_and_costs_nothing(
    made: MadeUp, database: DuckDBReplica
) -> None:
    finished = replicated(made, database)
    assert (0, None) == (finished.exit, finished.said)
    assert_true(made, database)
    with_riders = list(made.asked)
    assert [0, 0, 0] == [finished.tables[name]["requests"] for name in RIDERS]
    for rider in RIDERS:
        host = CATALOG[rider].host
        assert host is not None
        for line, of_host in zip(
            lines_of(database, rider), lines_of(database, host.name), strict=True
        ):
            assert ("proven", of_host["parent_key"]) == (line["state"], line["parent_key"])
            assert line["proof"].startswith(of_host["proof"])
            assert (of_host["until"], of_host["evidence"]) == (line["until"], line["evidence"])
    again = replicated(made, database)
    assert (0, {}) == (again.exit, changes_of(again))
    assert not [path for path in made.asked if path.endswith("/open-details")]
    other = DuckDBReplica(database.state_dir, database.path.with_name("other.duckdb"))
    replicated(made, other, *(set(NAMES) - set(RIDERS)))
    assert with_riders == made.asked
    there = other.query("SELECT table_name FROM information_schema.tables")
    assert set(RIDERS).isdisjoint({row["table_name"] for row in there})


def test_an_item_that_is_gone_of_a_record_is_buried_and_so_is_what_went_with_it(
    made: MadeUp, database: DuckDBReplica
) -> None:
    replicated(made, database)
    orders = made.records("/ecommerce/stores/s1/orders")
    orders[7]["lines"].pop()
    orders[6]["lines"][0]["price"] = 99
    orders[5]["promos"] = []
    orders[4]["lines"] = []
    gone = orders.pop(3)
    people = made.records("/reports/r1/open-details")
    people[0]["opens"].pop(0)
    made.records("/reports")[0]["opens"] = {"opens_total": 4}
    finished = replicated(made, database)
    assert (0, None) == (finished.exit, finished.said)
    assert_true(made, database)
    changed = changes_of(finished)
    assert (0, 3, 1) == changed["store_orders"]  # a column has the array as it came
    assert (0, 1, 1 + len(gone["lines"])) == changed["store_order_lines"]
    assert (0, 0, 2) == changed["store_order_promos"]
    # Which of two equal opens is gone cannot be told: the later place of them is.
    assert 1 == changed["reports_opens"][2]
    assert ["o3"] == [path.rpartition("/")[2] for path in made.asked if "/orders/" in path]


def test_a_store_that_is_gone_takes_what_rides_below_it(made: MadeUp, replica: Replica) -> None:
    replicated(made, replica)
    made.records("/ecommerce/stores").pop()
    del made.collections["/ecommerce/stores/s2/orders"]
    assert 0 == replicated(made, replica).exit
    assert_true(made, replica)
    assert {"s1"} == {line["parent_key"] for line in lines_of(replica, "store_order_lines")}


@pytest.mark.parametrize("deletes", [Deletes.IGNORE, Deletes.REMOVE])
def test_what_becomes_of_deleted_rows_holds_for_what_rides(
    made: MadeUp, replica: Replica, deletes: Deletes
) -> None:
    replicated(made, replica)
    before = len(replica.stored("store_order_lines"))
    made.records("/ecommerce/stores/s2/orders")[0]["lines"].pop()
    finished = replicated(made, replica, deletes=deletes)
    assert 0 == finished.exit
    removed = int(deletes is Deletes.REMOVE)
    assert before - removed == len(replica.stored("store_order_lines"))
    assert before - removed == len(replica.live("store_order_lines"))


def test_what_rides_is_landed_without_its_host(made: MadeUp, replica: Replica) -> None:
    tables = ("store_order_lines", "reports_opens")
    finished = replicated(made, replica, *tables)
    assert (0, None) == (finished.exit, finished.said)
    assert set(tables) == finished.tables.keys()
    assert_true(made, replica, *tables)
    assert {} == changes_of(replicated(made, replica, *tables))
    assert not [path for path in made.asked if path.endswith("/open-details")]
    gone = made.records("/ecommerce/stores/s1/orders").pop(3)
    made.records("/ecommerce/stores/s1/orders")[20]["lines"] = []
    finished = replicated(made, replica, *tables)
    assert (0, None) == (finished.exit, finished.said)
    assert len(gone["lines"]) <= changes_of(finished)["store_order_lines"][2]
    assert_true(made, replica, *tables)


def test_what_is_chosen_later_is_read_behind_a_closed_gate(made: MadeUp, replica: Replica) -> None:
    replicated(made, replica, "reports_open_details")
    finished = replicated(made, replica, "reports_open_details", "reports_opens")
    assert (0, {"reports_opens": (10, 0, 0)}) == (finished.exit, changes_of(finished))
    assert_true(made, replica, "reports_open_details", "reports_opens")


def test_a_record_that_a_walk_overlooks_keeps_what_rides_in_it(
    made: MadeUp, replica: Replica
) -> None:
    """The listing shows it to nobody; by its id it answers: nothing of it is gone."""
    replicated(made, replica)
    orders = made.collections["/ecommerce/stores/s1/orders"]
    kept = orders.records.pop(7)
    answered = made._answered

    def also(path: str, query: Any) -> Any:
        if path == f"/ecommerce/stores/s1/orders/{kept['id']}":
            return made._json(kept)
        return answered(path, query)

    made._answered = also  # type: ignore[method-assign]
    finished = replicated(made, replica, "stores", "store_order_lines")
    assert (0, {}) == (finished.exit, changes_of(finished))


def test_what_is_newer_than_the_specification_is_kept_with_the_item(
    made: MadeUp, replica: Replica
) -> None:
    orders = made.records("/ecommerce/stores/s2/orders")
    orders[0]["lines"][1]["invented"] = {"a": 1}
    orders[1]["lines"][0]["price"] = "odd"
    orders[2]["invented"] = "of the order, not of its lines"
    assert 0 == replicated(made, replica).exit
    rows = {(r["store_id"], r["order_id"], r["id"]): r for r in replica.live("store_order_lines")}
    extra = {key: row["_extra"] for key, row in rows.items() if row["_extra"]}
    assert {
        ("s2", "o0", "1"): {"lines.invented": {"a": 1}},
        ("s2", "o1", "0"): {"lines.price": "odd"},
    } == extra


def test_two_items_of_one_key_and_an_item_without_one_are_told(
    made: MadeUp, replica: Replica
) -> None:
    orders = made.records("/ecommerce/stores/s2/orders")
    orders[0]["lines"].append(copy.deepcopy(orders[0]["lines"][0]))
    orders[1]["promos"].append({"code": ""})
    finished = replicated(made, replica)
    assert 1 == finished.exit
    states = {name: finished.tables[name]["state"] for name in NAMES}
    assert {"store_order_lines", "store_order_promos"} == {
        name for name, state in states.items() if state == "unproven"
    }
    assert "1 key came with two records" in heard(finished.tables["store_order_lines"])
    assert "1 item of a record has no" in heard(finished.tables["store_order_promos"])
    assert_true(made, replica, "store_orders", "reports_opens")


def test_columns_that_the_host_does_not_land_are_asked_for_all_the_same(
    made: MadeUp, replica: Replica
) -> None:
    narrow = {"store_orders": TableSelection(columns=frozenset({"landing_site"}))}
    assert 0 == replicated(made, replica, selections=narrow).exit
    assert_true(made, replica)
    less = {"store_orders": TableSelection(exclude=frozenset({"lines"}))}
    assert {"store_orders"} == changes_of(replicated(made, replica, selections=less)).keys()
    assert_true(made, replica)


def test_a_host_that_drops_the_array_takes_what_rides_along(made: MadeUp, replica: Replica) -> None:
    dropped = {"store_orders": TableSelection(dropped=frozenset({"lines"}))}
    finished = replicated(made, replica, "stores", "store_orders", selections=dropped)
    assert 0 == finished.exit
    with pytest.raises(Exception, match="selection-rides-in-hidden"):
        replicated(made, replica, "store_order_lines", selections=dropped)


def test_who_is_hashed_in_the_host_is_hashed_in_what_rides(made: MadeUp, replica: Replica) -> None:
    hashed = {"reports_open_details": TableSelection(hashed=frozenset({"email_id"}))}
    tables = ("reports_open_details", "reports_opens")
    salted = {"selections": hashed, "hash_salt": b"0123456789abcdef"}
    finished = replicated(made, replica, *tables, **salted)
    assert (0, None) == (finished.exit, finished.said)
    people = {row["email_id"] for row in replica.live("reports_open_details")}
    openers = {row["email_id"] for row in replica.live("reports_opens")}
    assert openers < people
    assert not {"m1", "m2"} & people
    made.records("/reports/r1/open-details").pop(0)
    made.records("/reports")[0]["opens"] = {"opens_total": 4}
    finished = replicated(made, replica, *tables, **salted)
    assert (0, (0, 0, 3)) == (finished.exit, changes_of(finished)["reports_opens"])


def test_a_dry_run_and_a_discovery_ask_nothing_for_what_rides(
    made: MadeUp, replica: Replica
) -> None:
    request = request_for(replica)

    async def estimated() -> Estimate:
        services = services_of(request, **made.ports(replica))
        async with connected(request, services, lambda _: None) as (client, _):
            return await first_run(request, client, catalog=CATALOG)

    tables = {one.table: one for one in asyncio.run(estimated()).tables}
    assert {(None, 0)} == {(tables[name].rows, tables[name].requests) for name in RIDERS}
    assert "they come with the records of store_orders" == heard(tables[RIDERS[0]].reason)
    made.asked.clear()
    services = services_of(request, catalog=CATALOG, **made.ports(replica))
    found = {table.name: table for table in discover(request, services).tables}
    assert "price" in found["store_order_lines"].samples
    assert "timestamp" in found["reports_opens"].samples


def test_a_copy_of_what_rides_is_compared(made: MadeUp, replica: Replica) -> None:
    replicated(made, replica)

    def compared(level: Level) -> dict[str, int]:
        request = request_for(replica)
        services = services_of(request, catalog=CATALOG, **made.ports(replica))
        tables = reconcile(request, services, level).tables
        assert set(NAMES) == {table.table for table in tables}
        return {t.table: sum(d.count for d in t.differences) for t in tables if t.differences}

    for level in Level:
        assert {} == compared(level)
    made.records("/ecommerce/stores/s1/orders")[7]["lines"].pop()
    made.records("/reports/r2/open-details")[0]["opens"].pop()
    assert {"store_order_lines": 1, "reports_opens": 1} == compared(Level.KEYS)


def test_a_repair_of_what_rides_reads_the_slice_of_its_host(made: MadeUp, replica: Replica) -> None:
    replicated(made, replica)
    made.records("/reports/r1/open-details")[0]["opens"].append(
        {"timestamp": "2026-11-09T10:00:00+00:00", "is_proxy_open": False}
    )
    made.records("/reports/r2/open-details")[0]["opens"].pop()
    reread = {"reports_opens": frozenset({"r1"})}
    finished = replicated(made, replica, reread=reread)
    both = {"reports_open_details": (0, 1, 0), "reports_opens": (1, 0, 0)}
    assert (0, both) == (finished.exit, changes_of(finished))
    assert ["/reports/r1/open-details"] == [a for a in made.asked if a.endswith("-details")]


def stopped_midway(made: MadeUp, replica: Replica, *tables: str) -> list[int]:
    """A run that gets no further than 3,000 of 5,000 people; the offsets that later ones ask."""
    made.records("/reports/r1/open-details").extend(opener(n, 1) for n in range(10, 5007))
    answered, offsets, broken = made._answered, [], [True]

    def until(path: str, query: Any) -> Any:
        if path == "/reports/r1/open-details":
            offsets.append(int(query["offset"]))
            if broken and offsets[-1] > 2500:
                return made._json(
                    {"type": "x", "title": "Internal Server Error", "status": 500}, 500
                )
        return answered(path, query)

    made._answered = until  # type: ignore[method-assign]
    assert 1 == replicated(made, replica, *tables).exit
    states = {line["state"] for line in lines_of(replica, "reports_opens")}
    assert {"proven", "unproven"} == states
    broken.clear()
    offsets.clear()
    return offsets


@pytest.mark.parametrize("tables", [NAMES, ("reports", "reports_opens")])
def test_a_stopped_read_goes_on_for_the_host_and_what_rides(
    made: MadeUp, replica: Replica, tables: tuple[str, ...]
) -> None:
    offsets = stopped_midway(made, replica, *tables)
    finished = replicated(made, replica, *tables)
    assert (0, None) == (finished.exit, finished.said)
    assert min(offsets) > 1000
    assert_true(made, replica, *(set(KEYS) & set(tables)))


def test_where_rows_that_ride_are_missing_a_stopped_read_begins_anew(
    made: MadeUp, replica: Replica
) -> None:
    offsets = stopped_midway(made, replica)
    replica.remove("reports_opens", {"email_id": "m11"})
    finished = replicated(made, replica)
    assert (0, None) == (finished.exit, finished.said)
    assert 0 in offsets
    assert_true(made, replica)


def test_where_what_rides_was_not_landed_a_stopped_read_begins_anew(
    made: MadeUp, replica: MemoryReplica
) -> None:
    offsets = stopped_midway(made, replica)
    lines = replica.destination.lines
    replica.destination.lines = [line for line in lines if line.table_name != "reports_opens"]
    assert 0 == replicated(made, replica).exit
    assert 0 == min(offsets)
    assert_true(made, replica)
