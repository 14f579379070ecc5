"""The ends of time: what names an instant that a `datetime` holds is one, all else is only text."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from chimpline.api.paging import LARGEST_PAGE as PAGE
from chimpline.catalog.tables import tables
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.seek import seek
from chimpline.extract.source import instant, parse_instant
from chimpline.model import FIRST_SECOND, LAST_SECOND, Window, second_before
from chimpline.runs.members.bisection import Leaf, packed
from tests.unit.extract.fakes import Collection, Taken, run

BEYOND = ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "0000-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (FIRST_SECOND, "0001-01-01T00:00:00+00:00"),
        (dt.datetime(987, 6, 5, 4, 3, 2, 1, tzinfo=dt.UTC), "0987-06-05T04:03:02+00:00"),
        (LAST_SECOND, "9999-12-31T23:59:59+00:00"),
    ],
)
def test_a_filter_names_an_instant_with_four_digits_for_the_year(
    time: dt.datetime, text: str
) -> None:
    assert text == instant(time)
    assert time.replace(microsecond=0) == parse_instant(text)


@pytest.mark.parametrize("text", [*BEYOND, "2026-01-01T00:00:00", "soon"])
def test_what_is_no_instant_is_told_as_a_wrong_value(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever way it is told
        parse_instant(text)


@pytest.mark.parametrize("text", BEYOND)
@pytest.mark.parametrize("beside", [[], ["2026-01-01T00:00:00+00:00"]])
def test_an_instant_that_no_datetime_holds_goes_to_extra_and_the_rest_lands(
    text: str, beside: list[str]
) -> None:
    decoder = Decoder(tables()["reports"])
    reports = [{"id": str(i), "send_time": time} for i, time in enumerate([text, *beside])]
    page = decoder.page(json.dumps({"reports": reports, "total_items": len(reports)}).encode())
    first, *rest = decoder.batch(page, {}).select(["send_time", "_extra"]).to_pylist()
    assert {"send_time": None, "_extra": f'{{"send_time":"{text}"}}'} == first
    assert [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * len(beside) == [r["send_time"] for r in rest]


def test_a_crowd_in_the_first_second_that_there_is_is_read() -> None:
    """There is no second before it."""
    records = [{"id": f"m{i}", "last_changed": instant(FIRST_SECOND)} for i in range(7)]
    records += [{"id": "later", "last_changed": "2026-01-01T00:00:00+00:00"}]
    members = Collection("members", records, "last_changed")
    taken = Taken()
    until = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    source = members.source("list_members", ("l1",), count=3)
    sought = run(seek(source, Window(None, until), taken))
    assert sought.found.proof
    assert {str(record["id"]) for record in records} == set(taken.ids)


def test_a_window_without_an_end_asks_for_no_end() -> None:
    members = Collection("members", [], "last_changed")
    source = members.source("list_members", ("l1",))
    run(seek(source, Window(FIRST_SECOND, LAST_SECOND), Taken()))
    run(seek(source, Window(None, LAST_SECOND), Taken()))
    since, before = "since_last_changed", "before_last_changed"
    # Without either, records that have no time at all would come as well.
    assert [(instant(FIRST_SECOND), None), (None, instant(LAST_SECOND))] == members.told(
        since, before
    )


def test_the_first_second_is_a_leaf_of_its_own() -> None:
    assert second_before(FIRST_SECOND) is None
    until = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    found = packed(None, until, [FIRST_SECOND], [PAGE + 1])
    assert [Leaf(None, FIRST_SECOND, PAGE + 1), Leaf(FIRST_SECOND, until, 0)] == found
