"""Records whose key has several fields are told apart by all of them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from chimpline.catalog.tables import tables
from chimpline.evidence import GateValues, from_json, to_json
from chimpline.extract.decode.decoder import Decoder, Page
from chimpline.extract.decode.oddities import Nameless, Oddities
from chimpline.extract.walk import Reached, walk
from chimpline.model import SliceRecord, SliceState
from chimpline.runs.slice.unfinished import Unfinished, unfinished
from chimpline.state.bookmarks import IN_PROGRESS
from tests.unit.extract.fakes import Collection, Record, Taken, run
from tests.words import heard

NAME = "reports_locations"
TABLE = tables()[NAME]
NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def page(*records: Any) -> tuple[Decoder, Page]:
    decoder = Decoder(TABLE)
    return decoder, decoder.page(json.dumps({"locations": records}).encode())


@pytest.mark.parametrize(
    ("record", "key"),
    [
        ({"country_code": "US", "region": "NY"}, ("US", "NY")),
        ({"country_code": "US"}, ("US", "")),
        ({"country_code": None, "region": "NY"}, ("", "NY")),
        ({"country_code": "", "region": ""}, ("", "")),
        ({"region_name": "?"}, ("", "")),  # what no address tells
        ({"country_code": 7, "region": "NY"}, ("7", "NY")),
    ],
)
def test_a_field_that_is_absent_is_empty_in_the_key_and_in_the_row(
    record: Record, key: tuple[str, str]
) -> None:
    decoder, read = page(record)
    assert [key] == read.keys
    (row,) = decoder.batch(read, {"campaign_id": "c1"}).to_pylist()
    assert key == (row["country_code"], row["region"])


def test_what_is_no_record_is_counted_beside_the_others() -> None:
    decoder, read = page(7, {"country_code": "US"})
    none, whole = read.keys
    assert isinstance(none, Nameless)
    assert ("US", "") == whole
    odd = Oddities()
    assert 1 == decoder.batch(read, {"campaign_id": "c1"}, oddities=odd).num_rows
    assert "1 record is not an object" == heard(odd.said)


def test_a_walk_tells_them_apart_over_pages() -> None:
    """By the first field alone, a record came twice and nothing was ever proven."""
    places = [{"country_code": "US", "region": f"R{n}"} for n in range(7)]
    there, taken = Collection("locations", places), Taken("region")
    source = there.source(NAME, ("c1",), count=3, decoder=Decoder(TABLE))
    found = run(walk(source, taken))
    assert "walk: 7 of 7, 4 pages, overlaps match" == found.proof
    assert [place["region"] for place in places] == taken.ids


def test_two_records_of_one_key_are_told_by_all_its_fields() -> None:
    places = [{"country_code": "US", "region": "NY"}, {"country_code": "US", "region": ""}]
    there = Collection("locations", [*places, {"country_code": "US"}])
    found = run(walk(there.source(NAME, ("c1",), decoder=Decoder(TABLE)), Taken("region")))
    assert (None, "1 key came with two records") == (found.proof, heard(found.trouble))
    assert [{"reason": "twice", "count": 1, "keys": ["US "]}] == list(found.odd)


def test_a_walk_that_was_stopped_goes_on_at_such_a_key() -> None:
    """The ledger's JSON has no tuples."""
    stopped = Unfinished(Reached(2, ("US", "NY")), 2, 0, None, NOON)
    gate = GateValues({"opens": 1})
    told = json.loads(json.dumps(to_json(stopped.evidence(gate))))
    line = SliceRecord(
        run_id="r",
        table_name=NAME,
        parent_key="c1",
        ask="",
        since=NOON,
        until=NOON,
        state=SliceState.UNPROVEN,
        proof=IN_PROGRESS,
        evidence=from_json(told),
        rows=0,
        requests=0,
    )
    assert stopped == unfinished(line, gate, None)


def test_one_of_them_cannot_be_asked_for_by_id() -> None:
    assert TABLE.record_path is None
    with pytest.raises(LookupError, match=f"the records of {NAME} have no single id"):
        _ = TABLE.record_key
