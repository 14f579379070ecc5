"""What an account may lack: by path, and by the answer of the list at the top of it."""

from __future__ import annotations

import pytest

from chimpline.catalog.digest import endpoints
from chimpline.catalog.features import FEATURES, feature_of, lacking
from chimpline.catalog.left_out import LEFT_OUT
from chimpline.catalog.tables import tables
from chimpline.errors import NotFound, NotUnderstood, Refused


def test_the_specification_has_each_part() -> None:
    paths = endpoints().keys() | LEFT_OUT.keys()
    lost = [top for top in FEATURES if not any(f"{p}/".startswith(f"{top}/") for p in paths)]
    assert [] == lost


@pytest.mark.parametrize(
    ("table", "feature"),
    [("stores", "stores"), ("store_promo_codes", "stores"), ("lists", None), ("reports", None)],
)
def test_a_table_belongs_to_the_part_of_its_path(table: str, feature: str | None) -> None:
    assert feature == feature_of(tables()[table])


@pytest.mark.parametrize("error", [NotFound("x"), Refused("x")])
def test_the_list_at_the_top_tells_that_it_is_lacked(error: NotFound | Refused) -> None:
    found = {name: lacking(tables()[name], error) for name in ("stores", "store_orders", "lists")}
    assert {"stores": "stores", "store_orders": None, "lists": None} == found
    assert lacking(tables()["stores"], NotUnderstood("x")) is None
