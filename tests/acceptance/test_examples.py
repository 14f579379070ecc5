"""The documentation's SQL is true of a copy: examples, joins, and tables as others have them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chimpline.catalog.selection import TableSet
from chimpline.sandbox import Sandbox
from reference.examples import examples
from reference.links import Link, links
from reference.peers import peers
from tests.acceptance.replica import DATASET, Replica, replicate

DRAWN = {
    ("campaigns", "templates"),
    ("connected_sites", "stores"),
    ("facebook_ads", "lists"),
    ("files", "file_folders"),
    ("list_abuse_reports", "list_members"),
    ("store_carts", "campaigns"),
    ("store_orders", "store_carts"),
    ("stores", "connected_sites"),
    ("templates", "template_folders"),
}
"""Links of which the emulated account draws the values, or has none: they are only compiled."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Few members, since some tables take a request for each; and a row in every table."""
    with Sandbox.start(members=80, campaigns=8, events=300, seed=3, tags_of_one_member=51) as own:
        yield own


@pytest.mark.either_engine
def test_each_example_finds_rows_and_each_link_leads_to_some(
    sandbox: Sandbox, replica: Replica
) -> None:
    assert 0 == replicate(sandbox, replica, tables=TableSet.ALL).exit
    shown = examples()
    count = f"SELECT count(*) AS n FROM {DATASET}.{{}} WHERE _deleted_at IS NULL"
    counts = replica.queries([count.format(table) for table in shown])
    assert [] == [table for table, (line,) in zip(shown, counts, strict=True) if not line["n"]]
    found = replica.queries([one.sql for one in shown.values()])
    assert [] == [table for table, rows in zip(shown, found, strict=True) if not rows]
    followed = replica.queries([_follow(one) for one in links()])
    nowhere = {
        (one.table, one.to) for one, (line,) in zip(links(), followed, strict=True) if not line["n"]
    }
    assert DRAWN == nowhere
    theirs = [t for peer in peers().values() for t in peer.tables.values() if t.same]
    assert len(theirs) > 30
    assert [] == [
        one.ours
        for one, rows in zip(theirs, replica.queries([t.query for t in theirs]), strict=True)
        if not rows
    ]


def _follow(link: Link) -> str:
    """How many rows are joined by a link."""
    pairs = zip(link.columns, link.there, strict=True)
    same = " AND ".join(f"own.{column} = other.{there}" for column, there in pairs)
    return (
        f"SELECT count(*) AS n FROM {DATASET}.{link.table} AS own "
        f"JOIN {DATASET}.{link.to} AS other ON {same}"
    )
