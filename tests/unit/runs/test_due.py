"""Whether changes suffice for an audience, or all its members must be read."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from typing import Any

import pytest

from chimpline.api.sign_in.credentials import Credential
from chimpline.evidence import Definitions
from chimpline.extract.plan import Row
from chimpline.model import SliceRecord, SliceState
from chimpline.runs.members.due import definitions_of
from chimpline.runs.request import RunRequest
from chimpline.runs.tree import Why, why_whole

NOW = dt.datetime(2024, 5, 15, 12, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)
REQUEST = RunRequest(
    pipeline="p",
    credential=Credential("0" * 32 + "-us1", is_api_key=True),
    destination="memory://",
    dataset="d",
    complete_read_every=WEEK,
)
DEFINED = Definitions("a", {"7": "vip"})
OTHERS = Definitions("b", {"7": "vip"})


def line(until: dt.datetime, defined: Definitions | None) -> SliceRecord:
    return SliceRecord(
        run_id="r",
        table_name="list_members",
        parent_key="l",
        ask="",
        since=None,
        until=until,
        state=SliceState.PROVEN,
        proof="",
        evidence=defined,
        rows=1,
        requests=1,
    )


def why(
    last: SliceRecord | None,
    *,
    begun: tuple[SliceRecord, ...] = (),
    defined: Definitions | None = DEFINED,
    **chosen: Any,
) -> Why | None:
    request = dataclasses.replace(REQUEST, **chosen)
    return why_whole(request, last, now=NOW, begun=begun, defined=defined)


def test_changes_suffice_between_two_complete_reads() -> None:
    second = dt.timedelta(seconds=1)
    assert None is why(line(NOW - WEEK + second, DEFINED))
    assert Why.DUE is why(line(NOW - WEEK, DEFINED))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"full_refresh": True}, Why.FULL_REFRESH),
        ({"reread": {}}, Why.REPAIR),
    ],
)
def test_what_was_asked_for_comes_first(chosen: dict[str, Any], expected: Why) -> None:
    assert expected is why(None, **chosen)
    assert expected is why(line(NOW, DEFINED), **chosen)


def test_other_definitions_are_a_reason_and_unknown_ones_are_none() -> None:
    assert Why.DEFINED is why(line(NOW, OTHERS))
    assert None is why(line(NOW, OTHERS), defined=None)


def test_a_first_read_goes_on_only_under_the_definitions_that_it_began_under() -> None:
    begun = line(NOW, DEFINED)
    assert Why.NEW is why(None)
    assert Why.NEW is why(None, begun=(begun,))
    assert Why.DEFINED is why(None, begun=(begun, line(NOW, OTHERS)))
    assert Why.NEW is why(None, begun=(line(NOW, OTHERS),), defined=None)


def test_the_interests_of_every_category_shape_an_audience() -> None:
    rows: dict[tuple[str, tuple[str, ...]], list[Row]] = {
        ("list_merge_fields", ("l",)): [{"merge_id": 1, "tag": "FNAME", "type": "text"}],
        ("list_segments", ("l",)): [{"id": 7, "name": "vip", "type": "static"}],
        ("list_interest_categories", ("l",)): [{"id": "c"}, {"id": "d"}],
        ("list_interests", ("l", "c")): [{"id": "x"}],
        ("list_interests", ("l", "d")): [{"id": "y"}],
    }

    async def kept(table: str, parent: tuple[str, ...]) -> list[Row]:
        return rows[table, parent]

    whole = asyncio.run(definitions_of(kept, "l"))
    assert {"7": "vip"} == whole.tags
    rows["list_interests", ("l", "d")] = []
    assert whole.fields != asyncio.run(definitions_of(kept, "l")).fields
