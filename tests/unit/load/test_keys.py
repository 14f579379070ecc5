"""Keys held against one another, few of them and many."""

from __future__ import annotations

import pyarrow as pa
import pytest

from chimpline.load.keys import FEW, subtract
from chimpline.load.merge import latest

SIZES = pytest.mark.parametrize("size", [3, FEW + 1], ids=["few", "many"])


def keys(count: int) -> pa.Table:
    return pa.table(
        {"list_id": [f"l{n % 2}" for n in range(count)], "id": [str(n) for n in range(count)]}
    )


@SIZES
def test_keys_that_are_not_among_the_others_are_left(size: int) -> None:
    left = subtract(keys(size), keys(size).slice(1).select(["id", "list_id"]))
    assert [{"list_id": "l0", "id": "0"}] == left.to_pylist()
    assert keys(size).schema == left.schema


@SIZES
def test_a_key_of_another_parent_is_another_key(size: int) -> None:
    moved = keys(size).set_column(0, "list_id", pa.array(["l2"] * size))
    assert size == subtract(keys(size), moved).num_rows


@SIZES
def test_of_rows_met_twice_the_last_one_counts(size: int) -> None:
    once = keys(size).append_column("n", pa.array(range(size)))
    assert once is latest(once, ["list_id", "id"])
    again = once.slice(0, 1).set_column(2, "n", pa.array([-1]))
    found = latest(pa.concat_tables([once, again]), ["list_id", "id"])
    assert sorted([-1, *range(1, size)]) == sorted(found["n"].to_pylist())
