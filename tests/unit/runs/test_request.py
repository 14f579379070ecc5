"""A request names slices to be read again: those, and what they hang on, are read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from chimpline.api.sign_in.credentials import Credential
from chimpline.runs.request import RunRequest


def request(**chosen: Any) -> RunRequest:
    return RunRequest(
        pipeline="p",
        credential=Credential("k-us1", is_api_key=True),
        destination="duckdb:///x.duckdb",
        dataset="d",
        **chosen,
    )


def test_without_a_choice_every_slice_is_wanted() -> None:
    assert request().wants("list_members", "any")


@pytest.mark.parametrize(
    ("table", "parent", "wanted"),
    [
        ("list_members", "a", True),
        ("list_members", "b", False),
        ("list_segment_members", "b/7", True),
        ("list_segment_members", "b/8", False),
        ("list_segment_members", "a/7", False),
        ("list_segments", "b", False),
        ("list_merge_fields", "a", True),  # shapes the rows of a chosen slice
        ("list_interests", "a/cat", True),
        ("list_merge_fields", "c", False),
        ("unsubscribes", "a1", False),
    ],
)
def test_only_the_chosen_slices_and_what_they_hang_on_are_wanted(
    table: str, parent: str, *, wanted: bool
) -> None:
    chosen = {
        "list_members": frozenset({"a"}),
        "list_segment_members": frozenset({"b/7"}),
    }
    assert wanted == request(reread=chosen).wants(table, parent)


def test_what_a_chosen_slice_hangs_on_is_wanted() -> None:
    chosen = request(reread={"list_segment_members": frozenset({"b/7"})})
    assert chosen.wants("list_segments", "b", holds=True)
    assert not chosen.wants("list_segments", "a", holds=True)


def test_the_start_date_is_inclusive() -> None:
    assert request().floor is None
    floor = request(start_date=dt.date(2020, 2, 29)).floor
    assert dt.datetime(2020, 2, 28, 23, 59, 59, tzinfo=dt.UTC) == floor


@pytest.mark.parametrize(
    ("start", "floor"),
    [
        (None, None),
        (dt.date(1, 1, 1), None),  # nothing lies before it
        (dt.date(1, 1, 2), dt.datetime(1, 1, 1, 23, 59, 59, tzinfo=dt.UTC)),
        (dt.date(2020, 1, 31), dt.datetime(2020, 1, 30, 23, 59, 59, tzinfo=dt.UTC)),
        (dt.date(9999, 12, 31), dt.datetime(9999, 12, 30, 23, 59, 59, tzinfo=dt.UTC)),
    ],
)
def test_a_start_date_leaves_out_what_lies_before_it(
    start: dt.date | None, floor: dt.datetime | None
) -> None:
    assert floor == request(start_date=start).floor
