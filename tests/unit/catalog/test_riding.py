"""What follows from a row that rides in another one's records, and from a choice for either."""

from __future__ import annotations

import pytest

from chimpline.catalog.row import ORDINAL
from chimpline.catalog.selected import applied, problems, resolve
from chimpline.catalog.selection import TableSelection
from chimpline.catalog.tables import descendants, tables
from chimpline.errors import SettingsError
from chimpline.extract.plan import children, needed, riders
from chimpline.runs.tree import Tree

TABLES = tables()
LINES, OPENED = TABLES["store_order_lines"], TABLES["reports_opens"]


def test_its_key_is_the_whole_key_of_the_record_and_its_own() -> None:
    """A bare `id` is called as in paths; a name that says whose it is stays."""
    assert ("store_id", "order_id", "id") == LINES.schema.primary_key
    assert ("campaign_id", "email_id", "timestamp", ORDINAL) == OPENED.schema.primary_key
    assert ["campaign_id", "email_id", "timestamp", "is_proxy_open", ORDINAL, "_extra"] == [
        column.name for column in OPENED.schema.columns
    ]
    assert "product_title" in {column.name for column in LINES.schema.columns}


def test_what_it_is_read_by_is_its_hosts() -> None:
    assert TABLES["stores"] is LINES.parent
    assert TABLES["reports_open_details"].row.gate is OPENED.row.gate
    assert ("Full Table", None, "email_id") == (
        OPENED.method_shown,
        OPENED.replication_key,
        OPENED.member_column,
    )
    assert OPENED.record_path is None


def test_where_it_stands_among_the_others() -> None:
    orders, stores = TABLES["store_orders"], TABLES["stores"]
    assert [LINES, TABLES["store_order_promos"]] == riders(orders, TABLES)
    assert orders in children(stores, TABLES)
    assert LINES not in children(stores, TABLES)
    assert (LINES, TABLES["store_order_promos"]) == descendants(orders, TABLES)
    assert {"store_orders", "store_order_lines"} < {t.name for t in descendants(stores, TABLES)}
    assert {"store_order_lines", "store_orders", "stores"} == needed([LINES])
    tree = Tree(TABLES, needed([LINES]), {"store_order_lines"})
    assert [stores] == tree.roots
    assert ([orders], [LINES], [LINES]) == (
        tree.children(stores),
        tree.riders(orders),
        tree.landing(orders),
    )
    assert not tree.holds(orders)


def test_an_id_that_is_hashed_in_the_records_is_hashed_in_what_rides() -> None:
    hashed = {"reports_open_details": TableSelection(hashed=frozenset({"email_address"}))}
    chosen = applied(hashed, TABLES)
    assert "email_id" in chosen["reports_open_details"].selection.hashed
    assert {"email_id"} == chosen["reports_opens"].selection.hashed
    alone = {"reports_opens": TableSelection(hashed=frozenset({"email_id"}))}
    assert ["hash"] == [one.option for one in problems(alone, TABLES)]


@pytest.mark.parametrize("way", ["dropped", "hashed"])
def test_what_is_not_to_be_read_in_the_records_is_not_read_of_them(way: str) -> None:
    lines = frozenset({"lines"})
    one = TableSelection(dropped=lines) if way == "dropped" else TableSelection(hashed=lines)
    chosen = {"store_orders": one}
    assert "store_order_lines" not in {t.name for t in resolve(None, chosen, TABLES).landed}
    with pytest.raises(SettingsError, match="selection-rides-in-hidden"):
        resolve(("store_order_lines",), chosen, TABLES)
