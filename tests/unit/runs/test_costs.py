"""What a first read of a table takes, reckoned from the rows that are there."""

from __future__ import annotations

from typing import Any, cast

import pyarrow as pa

from chimpline.catalog.tables import tables
from chimpline.load.contract import Destination
from chimpline.runs.report.costs import first_requests
from chimpline.runs.report.info import catalog_tables


def test_below_what_it_has_a_slice_each_is_told() -> None:
    told = {table.name: table.each for table in catalog_tables()}
    expected = {
        "lists": None,
        "list_member_notes": "list_members",
        "list_member_all_tags": "some list_members",
    }
    assert expected == {name: told[name] for name in expected}


class Holding:
    """A destination whose members have these numbers of tags."""

    def __init__(self, *tags: int | None) -> None:
        self.tags = tags

    def cells(self, *_: Any) -> pa.Table:
        return pa.table({"tags_count": pa.array(self.tags, pa.int64())})


def test_only_members_whose_tags_are_asked_for_cost_a_request() -> None:
    there = cast("Destination", Holding(0, 49, 50, 1001, None))
    table = tables()["list_member_all_tags"]
    assert 1 + 2 + 1 == first_requests(table, {"list_members": 5}, there)
