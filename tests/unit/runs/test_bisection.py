"""Leaves of at most a page, halves of equal weight, and what finding rows costs."""

from __future__ import annotations

import datetime as dt
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimpline.api.paging import LARGEST_PAGE as PAGE
from chimpline.runs.members.bisection import SECOND, Leaf, cost, middle, packed

T0 = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
END = T0 + dt.timedelta(days=1)


def at(second: int) -> dt.datetime:
    return T0 + second * SECOND


def leaves(*rows: int) -> list[Leaf]:
    return [Leaf(at(place), at(place + 1), held) for place, held in enumerate(rows)]


def test_rows_of_less_than_a_page_are_one_leaf() -> None:
    assert [Leaf(None, END, 7)] == packed(None, END, [at(1), at(5)], [3, 4])
    assert [Leaf(T0, END, 0)] == packed(T0, END, [], [])


def test_a_leaf_ends_where_the_next_value_would_not_fit() -> None:
    found = packed(T0, END, [at(1), at(2), at(9)], [PAGE - 1, 1, 1])
    assert [Leaf(T0, at(2), PAGE), Leaf(at(2), END, 1)] == found


def test_a_second_of_more_than_a_page_is_a_leaf_of_its_own() -> None:
    found = packed(None, END, [at(1), at(5), at(9)], [1, PAGE + 1, 2])
    assert [
        Leaf(None, at(4), 1),
        Leaf(at(4), at(5), PAGE + 1),
        Leaf(at(5), END, 2),
    ] == found
    alone = packed(None, END, [at(5)], [PAGE + 1])
    assert [Leaf(None, at(4), 0), Leaf(at(4), at(5), PAGE + 1), Leaf(at(5), END, 0)] == alone
    assert [Leaf(at(4), at(5), 2 * PAGE)] == packed(at(4), at(5), [at(5)], [2 * PAGE])


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.sampled_from([1, 7, 400, PAGE, PAGE + 1, 5 * PAGE])),
        max_size=30,
    ),
    st.booleans(),
    st.integers(0, 3),
)
def test_leaves_cover_all_and_overlap_nowhere(
    steps: list[tuple[int, int]], bounded: bool, after: int
) -> None:
    seconds = list(itertools.accumulate(step for step, _ in steps))
    values, rows = [at(second) for second in seconds], [count for _, count in steps]
    until = (values[-1] if values else T0) + after * SECOND
    since = T0 if bounded else None
    if since == until:
        until += SECOND
    found = packed(since, until, values, rows)
    assert (since, until) == (found[0].since, found[-1].until)
    assert all(one.until == other.since for one, other in itertools.pairwise(found))
    assert all(leaf.since is None or leaf.since < leaf.until for leaf in found)
    for leaf in found:
        inside = [
            count
            for value, count in zip(values, rows, strict=True)
            if (leaf.since is None or leaf.since < value) and value <= leaf.until
        ]
        assert sum(inside) == leaf.rows
        assert leaf.rows <= PAGE or len(inside) == 1


@pytest.mark.parametrize(
    ("rows", "lower"),
    [
        ((PAGE, PAGE), 1),
        ((PAGE, PAGE, PAGE, PAGE), 2),
        ((10 * PAGE, PAGE), 1),
        ((PAGE, 10 * PAGE), 1),
        ((PAGE, 10 * PAGE, PAGE, PAGE), 2),
        ((PAGE, PAGE, 10 * PAGE, PAGE, PAGE, PAGE), 3),
        ((PAGE, PAGE, PAGE, 10 * PAGE, PAGE), 3),
        ((0, 5), 1),
    ],
)
def test_halves_weigh_about_the_same_and_none_is_empty(rows: tuple[int, ...], lower: int) -> None:
    assert lower == middle(leaves(*rows))


def test_one_row_costs_the_levels_and_a_page() -> None:
    assert 1 == cost(1, 1)
    assert 2 == cost(2, 1)
    assert 3 == cost(4, 1)
    assert 11 == cost(1024, 1)
    assert 8 < cost(160, 1) < 9


def test_many_rows_cost_more_than_reading_all() -> None:
    assert cost(160, 40) < 160
    assert cost(160, 100) > 160
    assert cost(2, 2) > 2
    assert sorted(cost(64, n) for n in range(1, 65)) == [cost(64, n) for n in range(1, 65)]


def test_the_expected_cost_is_that_of_a_search() -> None:
    """Against a search played out: windows are halved until each is a page, pages are read."""
    rng = random.Random(7)  # noqa: S311 - a test's dice

    def search(pages: int, hit: list[int]) -> int:
        if not hit:
            return 0
        if pages == 1:
            return 1
        half = pages // 2
        lower = [place for place in hit if place < half]
        upper = [place - half for place in hit if place >= half]
        return 1 + search(half, lower) + search(pages - half, upper)

    for pages, differing in ((160, 1), (160, 5), (160, 40), (33, 3)):
        played = [
            search(pages, [rng.randrange(pages) for _ in range(differing)]) for _ in range(500)
        ]
        average = sum(played) / len(played)
        assert average == pytest.approx(cost(pages, differing), rel=0.05)
