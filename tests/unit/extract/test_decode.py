"""From JSON to typed columns: no value is lost, and a row depends on its record alone.

The second witness reads a page with `json.loads` and applies docs/destinations.md#types cell by
cell. It shares the catalog's columns with the decoder, and nothing else.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimpline.catalog.selected import applied
from chimpline.catalog.selection import TableSelection
from chimpline.catalog.table import Field, Table
from chimpline.catalog.tables import tables
from chimpline.errors import BrokenAnswer
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.decode.landing import hashed
from chimpline.extract.decode.oddities import Oddities
from chimpline.model import ColumnType
from tests.conftest import chance_of
from tests.words import heard, refused

Record = dict[str, Any]
Rows = list[dict[str, Any]]

PARENTS: dict[str, dict[str, str | int]] = {
    "lists": {},
    "campaigns": {},
    "list_members": {"list_id": "l1"},
    "list_merge_fields": {"list_id": "l1"},
    "list_segments": {"list_id": "l1"},
    "list_segment_members": {"list_id": "l1", "segment_id": 7},
    "reports_email_activity": {"campaign_id": "c1"},
    "reports_sent_to": {"campaign_id": "c1"},
    "unsubscribes": {"campaign_id": "c1"},
}
MISFIT = object()
UNREADABLE = ("", None, "never", 5)


def body(table: Table, records: list[Any], **more: Any) -> bytes:
    answer = {table.collection: records, "total_items": len(records), **more}
    return json.dumps(answer, ensure_ascii=False).encode()


def rows(decoder: Decoder, records: list[Any]) -> Rows:
    page = decoder.page(body(decoder.table, records))
    batch = decoder.batch(page, PARENTS[decoder.table.name])
    batch.validate(full=True)
    assert decoder.table.schema.arrow_schema() == batch.schema
    return parsed(decoder.table, batch.to_pylist())


def parsed(table: Table, found: Rows) -> Rows:
    """JSON cells as values, so that their spelling does not matter."""
    texts = [c.name for c in table.schema.columns if c.type is ColumnType.JSON]
    return [
        {k: json.loads(v) if k in texts and v is not None else v for k, v in row.items()}
        for row in found
    ]


def decode(name: str, *records: Any) -> Rows:
    return rows(Decoder(tables()[name]), list(records))


# -- the second witness --------------------------------------------------------------------------


def cell(kind: ColumnType, value: Any) -> Any:
    if value is None or kind is ColumnType.JSON:
        return value
    if kind is ColumnType.TEXT:
        if isinstance(value, str):
            return value
        return json.dumps(value) if isinstance(value, bool | int | float) else MISFIT
    if value == "":
        return None
    if kind is ColumnType.BOOLEAN:
        return value if isinstance(value, bool) else MISFIT
    if kind is ColumnType.TIMESTAMP:
        return dt.datetime.fromisoformat(value) if value in GOOD_TIMES else MISFIT
    if isinstance(value, bool) or not isinstance(value, int | float):
        return MISFIT
    return number(kind, value)


def number(kind: ColumnType, value: float) -> Any:
    if kind is ColumnType.INT64:
        whole = isinstance(value, int) or (value.is_integer() and abs(value) < 2**53)
        return int(value) if whole and -(2**63) <= value < 2**63 else MISFIT
    try:
        return float(value)
    except OverflowError:
        return MISFIT


def escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace(".", "\\.")


def flat(record: Any, fields: list[Field], unnest: str | None) -> tuple[Record, Record]:
    """Cells and extras of one object."""
    tree: Record = {}
    for field in fields:
        node = tree
        for name in field.source[:-1]:
            node = node.setdefault(name, {})
        node[field.source[-1]] = field.column
    cells: Record = {field.column.name: None for field in fields}
    extra: Record = {}

    def visit(value: Record, known: Record, path: tuple[str, ...]) -> None:
        for name, inner in value.items():
            if name == "_links" or (not path and name == unnest):
                continue
            where = ".".join((*path, escaped(name)))
            expected = known.get(name)
            if expected is None:
                extra[where] = inner
            elif isinstance(expected, dict):
                if isinstance(inner, dict):
                    visit(inner, expected, (*path, name))
                elif inner not in (None, "", []):
                    extra[where] = inner
            else:
                found = cell(expected.type, inner)
                if found is MISFIT:
                    extra[where] = inner
                else:
                    cells[expected.name] = found

    visit(record, tree, ())
    return cells, extra


def as_stored(extra: dict[str, Any] | None) -> str:
    """The last tie-break among exact repeats: the text of `_extra`, its names in order."""
    members = [
        f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(value, ensure_ascii=False)}"
        for name, value in sorted((extra or {}).items())
    ]
    return "{" + ",".join(members) + "}" if members else ""


def witness(table: Table, records: list[Record]) -> Rows:
    found: Rows = []
    unnest = table.row.unnest
    for record in records:
        cells, extra = flat(record, [f for f in table.fields if not f.in_event], unnest)
        if unnest is None:
            found.append({**cells, **PARENTS[table.name], "_extra": extra or None})
            continue
        of_events = [f for f in table.fields if f.in_event]
        events = []
        for event in record.get(unnest) or ():
            inner, more = flat(event, of_events, None)
            more = {f"{unnest}.{name}": value for name, value in more.items()}
            both = {**extra, **more} or None
            events.append({**cells, **inner, **PARENTS[table.name], "_extra": both})
        keys = table.own_key[1:-1]
        for event in events:
            for name in keys:
                event[name] = "" if event[name] is None else event[name]
        counted: dict[tuple[Any, ...], int] = {}
        for event in sorted(
            events, key=lambda e: (e["type"] or "", e["ip"] or "", as_stored(e["_extra"]))
        ):
            key = tuple(event[name] for name in keys)
            event["_ordinal"] = counted.get(key, 0)
            counted[key] = event["_ordinal"] + 1
        found += events
    for row in found:
        for name in table.schema.primary_key:
            if row[name] is None:
                row[name] = ""
    return found


# -- random records ------------------------------------------------------------------------------

GOOD_TIMES = (
    "2020-01-31T00:00:00+00:00",
    "1969-12-31T23:59:59+00:00",
    "2026-11-23T12:00:07Z",
    "2026-11-23T12:00:07+05:30",
)
BAD_TIMES = ("yesterday", "2020-01-31", "2020-01-31T00:00:00", "0000-00-00 00:00:00", " ")
NAMES = ("new", "a.b", "stats.x", "ünï ✓", 'quo"te', "back\\slash", "tick`", "id\n", "", "_links")
ODD: tuple[Any, ...] = (
    None,
    "",
    "x",
    "한국 🙂 \x00",
    5,
    -1,
    2**53 + 1,
    2**63,
    10**30,
    10**400,
    1.5,
    2.0,
    -0.0,
    1e300,
    True,
    False,
    [],
    {},
    [1, {"deep": "ä"}],
    {"a": 1, "b": {"c": []}},
    *BAD_TIMES,
    *GOOD_TIMES,
)
GOOD: dict[ColumnType, st.SearchStrategy[Any]] = {
    ColumnType.TEXT: st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8),
    ColumnType.INT64: st.integers(-(2**63), 2**63 - 1),
    ColumnType.DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    ColumnType.BOOLEAN: st.booleans(),
    ColumnType.TIMESTAMP: st.sampled_from(GOOD_TIMES),
    ColumnType.JSON: st.sampled_from(ODD),
}


@st.composite
def objects(draw: st.DrawFn, fields: list[Field], depth: int = 0) -> Record:
    """An object of about this shape: most fields there and fitting, a few absent, odd or new."""
    value: Record = {}
    inner: dict[str, list[Field]] = {}
    for field in fields:
        if len(field.source) > depth + 1:
            inner.setdefault(field.source[depth], []).append(field)
            continue
        case = draw(st.integers(0, 9))
        if case == 0:
            continue
        odd = case == 1
        value[field.source[depth]] = draw(st.sampled_from(ODD) if odd else GOOD[field.column.type])
    for name, below in inner.items():
        case = draw(st.integers(0, 9))
        if case == 0:
            continue
        value[name] = draw(
            st.sampled_from([v for v in ODD if not isinstance(v, dict)])
            if case == 1
            else objects(below, depth + 1)
        )
    if draw(st.integers(0, 4)) == 0:
        value[draw(st.sampled_from(NAMES))] = draw(st.sampled_from(ODD))
    return value


@st.composite
def pages(draw: st.DrawFn, table: Table) -> list[Record]:
    own = [f for f in table.fields if not f.in_event]
    found = []
    for i in range(draw(st.integers(0, 3))):
        record = draw(objects(own))
        key = table.record_key
        is_number = table.schema.column(key).type is ColumnType.INT64
        record[key] = i if is_number else draw(st.sampled_from([f"k{i}", i]))
        if table.row.unnest:
            events = draw(st.lists(objects([f for f in table.fields if f.in_event]), max_size=4))
            for event in events:
                event["timestamp"] = draw(st.sampled_from(GOOD_TIMES))
            if events:  # repeats too
                events += draw(st.lists(st.sampled_from(events), max_size=2))
            record[table.row.unnest] = draw(
                st.sampled_from([events, events, events, events, None, "", {}])
            )
        found.append(record)
    return found


WORN = {name: Decoder(tables()[name]) for name in PARENTS}
"""Decoders that have seen every page of every example so far."""


@pytest.mark.parametrize(
    ("name", "examples"),
    [
        ("list_merge_fields", 40),
        ("list_segments", 40),
        ("reports_email_activity", 60),
        ("reports_sent_to", 30),
        ("lists", 15),
        ("list_members", 15),
        ("list_segment_members", 10),
        ("campaigns", 10),
    ],
)
def test_every_value_is_in_its_column_or_in_extra(
    name: str, examples: int, pytestconfig: pytest.Config
) -> None:
    table = tables()[name]
    many = 100 if chance_of(pytestconfig).soak else 1

    @given(records=pages(table))
    @settings(max_examples=many * examples, deadline=None)
    def check(records: list[Record]) -> None:
        expected = witness(table, copy.deepcopy(records))
        assert expected == rows(Decoder(table), records)
        # The same, whatever was decoded before.
        assert expected == rows(WORN[name], records)

    check()


# -- known examples ------------------------------------------------------------------------------


def test_fixed_objects_become_columns_and_open_ones_json() -> None:
    (row,) = decode(
        "list_members",
        {
            "id": "m1",
            "stats": {"avg_open_rate": 0.5, "ecommerce_data": {"number_of_orders": 3}},
            "merge_fields": {"FNAME": "Ada", "ADDRESS": ""},
            "tags": [{"id": 1, "name": "vip"}],
            "last_changed": "2026-11-23T12:00:07+00:00",
            "_links": [{"rel": "self"}],
        },
    )
    expected = {
        "list_id": "l1",
        "id": "m1",
        "stats__avg_open_rate": 0.5,
        "stats__ecommerce_data__number_of_orders": 3,
        "merge_fields": {"FNAME": "Ada", "ADDRESS": ""},
        "tags": [{"id": 1, "name": "vip"}],
        "last_changed": dt.datetime(2026, 11, 23, 12, 0, 7, tzinfo=dt.UTC),
    }
    assert expected == {name: value for name, value in row.items() if value is not None}


def test_the_links_of_what_a_record_holds_go_nowhere() -> None:
    links = [{"rel": "self", "href": "https://example.com"}]
    lines = [{"id": "1", "price": 1.5, "_links": links}, {"_links": links, "id": "2"}]
    held = {"customer": {"id": "c", "_links": links}, "lines": lines, "promos": [1, {"_links": 1}]}
    decoder = Decoder(tables()["store_orders"])
    page = decoder.page(body(decoder.table, [{"id": "o", **held}]))
    (row,) = parsed(decoder.table, decoder.batch(page, {"store_id": "s"}).to_pylist())
    assert [{"id": "1", "price": 1.5}, {"id": "2"}] == row["lines"]
    assert [1, {"_links": 1}] == row["promos"]  # no records: kept as they were sent
    assert ("c", None) == (row["customer__id"], row["_extra"])


def test_json_cells_are_the_text_that_was_sent() -> None:
    table = tables()["list_members"]
    decoder = Decoder(table)
    sent = b'{"members":[{"id":"m","merge_fields": {"B": 1.50,"A":"\\u00e9"} }],"total_items":1}'
    batch = decoder.batch(decoder.page(sent), PARENTS["list_members"])
    assert ['{"B": 1.50,"A":"\\u00e9"}'] == batch.column("merge_fields").to_pylist()


@pytest.mark.parametrize("sent", ["", None])
def test_what_is_absent_is_null_in_times_numbers_and_booleans(sent: str | None) -> None:
    (row,) = decode("list_members", {"id": "m", "last_changed": sent, "web_id": sent, "vip": sent})
    assert (None, None, None) == (row["last_changed"], row["web_id"], row["vip"])
    assert row["_extra"] is None


def test_an_empty_text_stays_an_empty_text() -> None:
    (row,) = decode("list_members", {"id": "m", "language": "", "source": None})
    assert ("", None) == (row["language"], row["source"])


@pytest.mark.parametrize(
    ("sent", "stored"),
    [(2.0, 2), ("2", None), (True, None), (2**63 - 1, 2**63 - 1), (2**63, None), (1.5, None)],
)
def test_integers(sent: Any, stored: int | None) -> None:
    (row,) = decode("list_members", {"id": "m", "web_id": sent})
    assert stored == row["web_id"]
    assert (None if stored is not None else {"web_id": sent}) == row["_extra"]


def test_numbers_beyond_any_float_are_kept_as_they_were_sent() -> None:
    table = tables()["list_members"]
    decoder = Decoder(table)
    for text in ("1e400", "9" * 5000, "-1e999"):
        sent = f'{{"members":[{{"id":"m","web_id":{text},"stats":{{"avg_open_rate":{text}}}}}]}}'
        batch = decoder.batch(decoder.page(sent.encode()), PARENTS["list_members"])
        (extra,) = batch.column("_extra").to_pylist()
        assert f'{{"stats.avg_open_rate":{text},"web_id":{text}}}' == extra


def test_extra_has_sorted_paths_and_tells_a_dot_in_a_name_from_a_level() -> None:
    table = tables()["lists"]
    record = {"id": "l", "stats.new": 1, "stats": {"new": 2}, "a\\": {"x": 1}, "A": None}
    decoder = Decoder(table)
    batch = decoder.batch(decoder.page(body(table, [record])), {})
    expected = r'{"A":null,"a\\\\":{"x": 1},"stats.new":2,"stats\\.new":1}'
    assert [expected] == batch.column("_extra").to_pylist()
    assert {"A", r"a\\", "stats.new", r"stats\.new"} == decoder.in_extra


def test_what_went_to_extra_is_remembered_over_pages() -> None:
    decoder = Decoder(tables()["lists"])
    rows(decoder, [{"id": "1", "new": 1}])
    rows(decoder, [{"id": "2", "date_created": "never", "_links": []}])
    assert {"new", "date_created"} == decoder.in_extra


@pytest.mark.parametrize("sent", ["", [], None, {}])
def test_nothing_in_place_of_an_object_is_null(sent: Any) -> None:
    (row,) = decode("lists", {"id": "l", "stats": sent})
    assert (None, None) == (row["stats__member_count"], row["_extra"])


@pytest.mark.parametrize("sent", ["gone", 5, [1], True])
def test_another_value_in_place_of_an_object_is_kept(sent: Any) -> None:
    found = decode("lists", {"id": "l", "stats": sent}, {"id": "m", "stats": {"member_count": 3}})
    assert [(None, {"stats": sent}), (3, None)] == [
        (row["stats__member_count"], row["_extra"]) for row in found
    ]


def test_an_odd_object_does_not_change_how_the_next_ones_are_read() -> None:
    decoder = Decoder(tables()["lists"])
    rows(decoder, [{"id": "l", "stats": "gone"}])
    odd = {"id": "m", "stats": {"member_count": "many", "new": 1, "open_rate": 0.5}}
    assert rows(Decoder(tables()["lists"]), [odd]) == rows(decoder, [odd])
    (row,) = rows(decoder, [odd])
    assert 0.5 == row["stats__open_rate"]
    assert {"stats.member_count": "many", "stats.new": 1} == row["_extra"]


# Unknown fields cost linear time, wherever they stand and however they are spread: a page is
# decoded a few times, never once for each name. `Page.version` counts the shapes that were tried.
MANY = 20_000
OPEN = {"action": "open", "timestamp": "2026-11-23T12:00:07+00:00"}


def names(start: int, stop: int) -> Record:
    return {f"new{i}": i for i in range(start, stop)}


@pytest.mark.parametrize(
    ("table", "records"),
    [
        ("lists", [{"id": "l", **names(0, MANY)}]),
        ("lists", [{"id": str(i), **names(20 * i, 20 * i + 20)} for i in range(1000)]),
        ("lists", [{"id": "l", "stats": {"member_count": 3, **names(0, MANY)}}]),
        ("lists", [{"id": "l", "stats": []}, {"id": "m", "stats": names(0, MANY)}]),
        (
            "reports_email_activity",
            [{"email_id": "e", "activity": [{**OPEN, **names(0, MANY)}]}],
        ),
    ],
)
def test_thousands_of_unknown_fields_take_a_handful_of_decodings(
    table: str, records: list[Record]
) -> None:
    decoder = Decoder(tables()[table])
    found = rows(decoder, records)
    extra = [value for row in found for value in (row["_extra"] or {}).values()]
    assert list(range(MANY)) == sorted(extra)
    assert decoder.page(body(decoder.table, records)).version < 10
    assert rows(Decoder(tables()[table]), records[:1]) == rows(decoder, records[:1])


def test_unknown_fields_that_change_from_page_to_page_stop_costing_anything() -> None:
    decoder = Decoder(tables()["lists"])
    versions = []
    for i in range(300):
        page = decoder.page(
            body(decoder.table, [{"id": "l", "stats": {"open_rate": 1, f"n{i}": i}}])
        )
        (row,) = parsed(decoder.table, decoder.batch(page, {}).to_pylist())
        assert (1.0, {f"stats.n{i}": i}) == (row["stats__open_rate"], row["_extra"])
        versions.append(page.version)
    assert versions[150] == versions[-1]


def test_thousands_of_unknown_fields_in_an_answer_that_is_cut_are_not_tried_one_by_one() -> None:
    decoder = Decoder(tables()["lists"])
    cut = body(decoder.table, [{"id": "l", **names(0, MANY)}])[:-3]
    with refused(BrokenAnswer, "not whole JSON"):
        decoder.page(cut)
    assert 1 == decoder.page(b'{"lists":[]}').version


@pytest.mark.parametrize(
    "sent",
    [
        b'"stats":{"foo":1},"stats":{"bar":2}',
        b'"stats":{"bar":2},"stats":{"foo":1}',
        b'"stats":{"foo":1},"stats":null',
        b'"stats":{"foo":1},"stats":5',
        b'"foo":1,"foo":2',
        b'"location":{"x":1},"location":{"y":{}},"stats":{"z":1},"stats":{}',
    ],
)
def test_a_name_that_comes_twice_in_an_object_is_read_to_the_end(sent: bytes) -> None:
    decoder = Decoder(tables()["list_members"])
    page = decoder.page(b'{"members":[{"id":"a",%b},{"id":"b"}],"total_items":2}' % sent)
    assert ["a", "b"] == page.keys
    assert ["a", "b"] == decoder.batch(page, {"list_id": "l1"}).column("id").to_pylist()


# -- pages ---------------------------------------------------------------------------------------


def test_a_page_tells_keys_times_and_total() -> None:
    decoder = Decoder(tables()["list_members"])
    time = "2026-11-23T12:00:07+00:00"
    sent = [{"id": "a", "last_changed": time}, {"id": "b", "last_changed": ""}, {"id": "c"}]
    page = decoder.page(body(decoder.table, sent, total_items=9))
    assert (["a", "b", "c"], [time, None, None], 9) == (page.keys, page.times, page.total)


def test_a_page_without_a_total_has_none() -> None:
    assert Decoder(tables()["lists"]).page(b'{"lists":[]}').total is None


@pytest.mark.parametrize(
    ("sent", "total"),
    [("37", 37), ("", None), ("many", None), (None, None), (37.0, 37), (1.5, None)],
)
def test_a_total_can_come_in_another_form(sent: object, total: int | None) -> None:
    decoder = Decoder(tables()["lists"])
    assert total == decoder.page(body(decoder.table, [], total_items=sent)).total


def test_events_are_told_apart_by_recipient_and_have_no_times() -> None:
    decoder = Decoder(tables()["reports_email_activity"])
    page = decoder.page(body(decoder.table, [{"email_id": "e1", "activity": []}]))
    assert (["e1"], []) == (page.keys, page.times)
    assert 0 == decoder.batch(page, PARENTS["reports_email_activity"]).num_rows


def test_a_slice_of_a_page_holds_just_those_records() -> None:
    decoder = Decoder(tables()["lists"])
    page = decoder.page(body(decoder.table, [{"id": str(i)} for i in range(5)]))
    assert ["1", "2"] == decoder.batch(page, {}, 1, 3).column("id").to_pylist()
    assert ["3", "4"] == decoder.batch(page, {}, 3).column("id").to_pylist()
    assert 0 == decoder.batch(page, {}, 5).num_rows


def test_one_record_is_a_page_of_one() -> None:
    decoder = Decoder(tables()["lists"])
    page = decoder.one(b'{"id":"l1","name":"A","new":1}')
    assert ["l1"] == page.keys
    assert [("l1", "A", '{"new":1}')] == [
        (row["id"], row["name"], row["_extra"]) for row in decoder.batch(page, {}).to_pylist()
    ]


@pytest.mark.parametrize(
    "odd", [{"id": "z", "new": 1}, {"id": "z", "web_id": "x"}, {'q"': 1, "id": 5}]
)
def test_a_page_survives_that_another_loosened_the_shape_before_it_was_taken(odd: Record) -> None:
    decoder = Decoder(tables()["lists"])
    plain = [{"id": "a", "web_id": 1, "stats": {"member_count": 2}}, {"id": "b", "name": "B"}]
    expected = rows(Decoder(tables()["lists"]), plain)
    first = decoder.page(body(decoder.table, plain))
    second = decoder.page(body(decoder.table, [odd]))
    decoder.batch(second, {})
    assert expected == parsed(decoder.table, decoder.batch(first, {}).to_pylist())
    assert expected[1:] == parsed(decoder.table, decoder.batch(first, {}, 1).to_pylist())


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"<html>",
        b'{"lists":[{"id":"a"}',
        b"[]",
        b'"lists"',
        b"null",
        b"{}",
        b'{"total_items":3}',
        b'{"lists":null}',
        b'{"lists":{}}',
        b'{"lists":"none"}',
        b'{"lists":[],"total_items":[]}',
    ],
)
def test_what_is_no_page_of_the_table_is_broken(sent: bytes) -> None:
    decoder = Decoder(tables()["lists"])
    for _ in range(2):
        with pytest.raises(BrokenAnswer):
            decoder.page(sent)
    rows(decoder, [{'un"nameable': 1, "id": "x"}])
    with pytest.raises(BrokenAnswer):
        decoder.page(sent)


# -- events --------------------------------------------------------------------------------------

T1, T2 = "2026-11-20T00:00:00+00:00", "2026-11-20T00:00:01+00:00"


def activity(*events: Any, **more: Any) -> Record:
    return {"campaign_id": "c1", "list_id": "l1", "email_id": "e1", "activity": [*events], **more}


def click(url: str = "u", **more: Any) -> Record:
    return {"action": "click", "timestamp": T1, "url": url, **more}


def ordinals(*events: Any) -> list[tuple[Any, ...]]:
    table = tables()["reports_email_activity"]
    found = decode(table.name, activity(*events))
    assert len(found) == len({tuple(row[n] for n in table.schema.primary_key) for row in found})
    return sorted((r["timestamp"].second, r["url"], r["ip"] or "", r["_ordinal"]) for r in found)


def test_an_open_has_no_url_and_keeps_its_record() -> None:
    found = decode(
        "reports_email_activity",
        activity({"action": "open", "timestamp": T1, "ip": "1.1.1.1"}, email_address="a@b.c"),
    )
    assert [
        {
            "campaign_id": "c1",
            "list_id": "l1",
            "list_is_active": None,
            "email_id": "e1",
            "email_address": "a@b.c",
            "action": "open",
            "type": None,
            "timestamp": dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
            "url": "",
            "ip": "1.1.1.1",
            "_ordinal": 0,
            "_extra": None,
        }
    ] == found


def test_only_exact_repeats_are_counted() -> None:
    assert [(0, "u", "", 0), (0, "u", "", 1), (0, "v", "", 0)] == ordinals(
        click("u"), click("v"), click("u")
    )


def test_repeats_that_differ_in_ip_are_counted_in_the_same_order_however_they_come() -> None:
    events = [click(ip="2"), click(ip="1"), click(ip="3")]
    expected = [(0, "u", "1", 0), (0, "u", "2", 1), (0, "u", "3", 2)]
    assert expected == ordinals(*events)
    assert expected == ordinals(*reversed(events))


def test_repeats_that_differ_in_extra_alone_are_counted_in_one_order_too() -> None:
    one, two = activity(click(new=1), click(new=2)), activity(click(new=2), click(new=1))
    both = [decode("reports_email_activity", record) for record in (one, two)]
    told = [sorted((row["_ordinal"], str(row["_extra"])) for row in found) for found in both]
    assert told[0] == told[1]
    assert [0, 1] == [ordinal for ordinal, _ in told[0]]


@pytest.mark.parametrize("odd", [{"url": 5}, {"action": None}, {"timestamp": T2, "ip": 7}])
def test_repeats_are_told_apart_by_what_is_stored_also_after_an_odd_value(odd: Record) -> None:
    decoder = Decoder(tables()["reports_email_activity"])
    rows(decoder, [activity(click(**odd))])
    found = rows(decoder, [activity(click(), click(), click())])
    assert [0, 1, 2] == sorted(row["_ordinal"] for row in found)


def test_the_same_instant_in_other_words_is_a_repeat() -> None:
    other = "2026-11-20T09:00:00+09:00"
    assert [0, 1] == [o for *_, o in ordinals(click(), {**click(), "timestamp": other})]


def test_an_absent_url_and_an_empty_one_are_the_same_key() -> None:
    opened = {"action": "open", "timestamp": T1}
    assert [0, 1] == [o for *_, o in ordinals(opened, {**opened, "url": ""})]


@pytest.mark.parametrize("sent", [None, "", [], {}])
def test_a_recipient_without_events_has_no_rows_and_spoils_no_other(sent: Any) -> None:
    decoder = Decoder(tables()["reports_email_activity"])
    found = rows(decoder, [{**activity(), "activity": sent}, activity(click(), click("v"))])
    assert ["u", "v"] == [row["url"] for row in found]
    assert [] == rows(decoder, [{"email_id": "e2"}])


@pytest.mark.parametrize("first", ["", [None], [{"new": 1, **click()}]])
def test_new_fields_of_events_lose_no_event_whatever_came_before(first: Any) -> None:
    decoder = Decoder(tables()["reports_email_activity"])
    rows(decoder, [{**activity(), "activity": first}])
    found = rows(decoder, [activity(click(newer={"a": 1}, ip=5), click("v"))])
    assert [("u", "5", {"activity.newer": {"a": 1}}), ("v", None, None)] == [
        (row["url"], row["ip"], row["_extra"]) for row in found
    ]


# -- the kind: a record that cannot be copied as it came costs none of the others theirs ----------


def copied(name: str, sent: bytes | list[Any], key: str) -> tuple[list[Any], str, list[Any]]:
    """The keys of the rows, what is told of the others, and how the ledger keeps that."""
    decoder, oddities = Decoder(tables()[name]), Oddities()
    page = decoder.page(sent if isinstance(sent, bytes) else body(decoder.table, sent))
    batch = decoder.batch(page, PARENTS[name], oddities=oddities)
    batch.validate(full=True)
    assert len(page.keys) == len(page.records)  # each keeps its place in the collection
    return batch.column(key).to_pylist(), heard(oddities.said), oddities.told()


@pytest.mark.parametrize("key", [{}, {"id": None}, {"id": ""}, {"id": {}}, {"id": []}])
def test_a_record_without_a_key_is_counted_beside_the_others(key: Record) -> None:
    sent = [{"id": "a"}, {"name": "odd", **key}, {"id": "b"}]
    told = [{"reason": "no_key", "count": 1, "keys": []}]
    assert (["a", "b"], "1 record has no key", told) == copied("lists", sent, "id")


@pytest.mark.parametrize("sent", [None, 5, "x", [], [1], True])
def test_what_is_no_record_is_counted_beside_the_others(sent: Any) -> None:
    told = [{"reason": "no_object", "count": 1, "keys": []}]
    assert ([], "1 record is not an object", told) == copied("lists", [sent], "id")
    with refused(BrokenAnswer, "is no object"):  # where one was asked for
        Decoder(tables()["lists"]).one(json.dumps(sent).encode())
    found = copied("lists", [{"id": "a", "new": {}}, sent, {"id": "b"}], "id")
    assert (["a", "b"], "1 record is not an object", told) == found


@pytest.mark.parametrize("sent", ["many", 5, {"open": 1}, True])
def test_events_that_cannot_be_read_are_counted_beside_other_recipients(sent: Any) -> None:
    records = [{**activity(), "activity": sent}, {**activity(click("v")), "email_id": "e2"}]
    told = [{"reason": "no_events", "count": 1, "keys": ["e1"]}]
    words = "1 record has events that cannot be read"
    assert (["v"], words, told) == copied("reports_email_activity", records, "url")


@pytest.mark.parametrize("event", [5, "x", [1], *({**click(), "timestamp": t} for t in BAD_TIMES)])
def test_an_event_without_a_time_is_counted_beside_the_others(event: Any) -> None:
    told = [{"reason": "no_time", "count": 2, "keys": ["e1"]}]
    found = copied("reports_email_activity", [activity(click("v"), event, event)], "url")
    assert (["v"], "2 events have no readable key", told) == found


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("list_members", "id"),
        ("list_segment_members", "id"),
        ("reports_sent_to", "email_id"),
        ("unsubscribes", "email_id"),
    ],
)
@pytest.mark.parametrize("absent", [{}, None, ""])
def test_a_person_without_an_address_is_keyed_by_contact(name: str, key: str, absent: Any) -> None:
    one: Record = {"contact_id": "4d", "email_address": ""}
    if absent != {}:
        one[key] = absent
    assert (["a", "contact:4d"], "", []) == copied(name, [{key: "a"}, one], key)
    # Whatever the shape was loosened for, before or in this very answer.
    odd = [{key: 5, "new": 1}, {'un"nameable': 1, **one}]
    assert (["5", "contact:4d"], "", []) == copied(name, odd, key)


def test_events_of_a_person_without_an_address_are_keyed_by_contact() -> None:
    record = {**activity(click()), "email_id": None, "contact_id": "4d"}
    assert ["contact:4d"] == [r["email_id"] for r in decode("reports_email_activity", record)]


def test_without_a_contact_either_there_is_no_key() -> None:
    sent = [{"id": None, "contact_id": ""}, {"id": "", "contact_id": None}, {"id": None}, {}]
    keys, words, _ = copied("list_members", sent, "id")
    assert ([], "4 records have no key") == (keys, words)


def test_who_has_an_address_is_not_keyed_by_contact_where_the_key_is_lacking() -> None:
    for name, key in (("list_members", "id"), ("reports_sent_to", "email_id")):
        one = {"contact_id": "4d", "email_address": "a@b.example"}
        for sent in ([one], [{key: 5, "email_address": 7}, one], [{'un"nameable': 1, **one}]):
            keys, words, _ = copied(name, sent, key)
            assert "1 record has no key" == words
            assert "contact:4d" not in keys


@pytest.mark.parametrize(
    ("name", "choice", "keyed"),
    [
        ("list_members", TableSelection(columns=frozenset({"status"})), True),
        ("reports_sent_to", TableSelection(columns=frozenset({"status"})), True),
        ("list_members", TableSelection(exclude=frozenset({"contact_id"})), True),
        ("list_members", TableSelection(dropped=frozenset({"contact_id"})), False),
    ],
)
def test_a_contact_that_is_not_landed_is_a_key_all_the_same_unless_dropped(
    name: str, choice: TableSelection, keyed: bool
) -> None:
    table = applied({name: choice})[name]
    decoder = Decoder(table)
    page = decoder.page(body(table, [{"contact_id": "4d", "status": "sent"}]))
    landed = decoder.batch(page, PARENTS[name])
    assert (["contact:4d"] if keyed else []) == landed.column(table.record_key).to_pylist()
    assert "contact_id" not in landed.schema.names
    assert all(row.get("_extra") is None for row in landed.to_pylist())


@pytest.mark.parametrize("half", [rb"\ud83d", rb"\udc00", rb"\uD83Dx", rb"\ud83d\ud83d", b"\xff"])
def test_what_no_text_can_hold_is_replaced_and_costs_no_other(half: bytes) -> None:
    sent = rb'{"lists":[{"id":"a","name":"%b"},{"id":"b","name":"\\ud83d \ud83d\ude00"}]}' % half
    decoder = Decoder(tables()["lists"])
    batch = decoder.batch(decoder.page(sent), {})
    first, second = batch.column("name").to_pylist()
    assert first.startswith("\ufffd")
    assert "\\ud83d \U0001f600" == second


def test_keys_and_contacts_are_told_hashed_where_they_are_hashed() -> None:
    salt = b"0123456789abcdef"
    of_id = applied({"list_members": TableSelection(hashed=frozenset({"id"}))})["list_members"]
    decoder, oddities = Decoder(of_id, salt), Oddities()
    page = decoder.page(body(of_id, [{"id": "a"}, {"contact_id": "4d"}]))
    keys = decoder.batch(page, {"list_id": "l1"}, oddities=oddities).column("id").to_pylist()
    assert [hashed(salt, "a"), hashed(salt, "contact:4d")] == keys
    assert hashed(salt, "a") == decoder.shown("a")
    choice = {"list_members": TableSelection(hashed=frozenset({"contact_id"}))}
    of_contact = applied(choice)["list_members"]
    decoder = Decoder(of_contact, salt)
    page = decoder.page(body(of_contact, [{"contact_id": "4d"}]))
    assert [f"contact:{hashed(salt, '4d')}"] == page.keys
