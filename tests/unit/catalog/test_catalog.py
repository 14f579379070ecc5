"""Every row of the catalog against the specification's digest, and that against its source."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from chimpline.catalog.digest import NEWER, SPECIFICATION, Endpoint, endpoints
from chimpline.catalog.left_out import LEFT_OUT
from chimpline.catalog.row import ORDINAL, Changed, Document, Events, Refresh, Riding, T
from chimpline.catalog.rows import ROWS
from chimpline.catalog.table import Table
from chimpline.catalog.tables import descendants, made_of, select, tables
from chimpline.errors import UnknownTable
from chimpline.interfaces.messages.catalogue import LANGUAGES, catalogue
from chimpline.load.history.kept import SUFFIXES
from chimpline.load.names import MAX_IDENTIFIER_BYTES
from chimpline.message import Message
from chimpline.model import EXTRA, ColumnType
from chimpline.sandbox.tables import TABLES
from chimpline.sandbox.tables import descendants as below
from tests.words import told_of

REPOSITORY = Path(__file__).parents[3]
SPEC = REPOSITORY.parent / "shared" / "mailchimp" / f"spec-{SPECIFICATION}.json"

# Without an answer's shape in the specification, so that the digest leaves it out.
SHAPELESS = {"/lists/{list_id}/surveys"}

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
each_table = pytest.mark.parametrize("table", tables().values(), ids=lambda table: table.name)


def record_of(table: Table) -> dict[str, Any]:
    if table.is_document:
        return dict(table.endpoint.answer)
    (record,) = table.endpoint.answer[table.collection]
    assert isinstance(record, dict)
    return record


# -- every row is what the specification says ----------------------------------------------------


@each_row
def test_a_row_names_a_list_of_the_specification_or_a_document(row: T) -> None:
    endpoint = endpoints()[row.path]
    assert not endpoint.deprecated
    if isinstance(row.reading, Document):
        assert "total_items" not in endpoint.answer
        return
    assert endpoint.collection is not None
    assert "integer" == endpoint.answer.get("total_items", "integer")


@each_table
def test_a_row_has_its_own_key_in_the_record(table: Table) -> None:
    record = record_of(table)
    if table.row.unnest is None:
        assert {*table.own_key} - {ORDINAL} <= record.keys()
        return
    (event,) = record[table.row.unnest]
    _, *inside = table.own_key
    assert set(table.sent_keys) <= record.keys()
    assert set(inside) - {ORDINAL} <= event.keys()
    assert ORDINAL == inside[-1] or table.host


@each_table
def test_a_row_is_paged_where_its_list_takes_an_offset(table: Table) -> None:
    """A list can take `count` and no `offset`; then it sends its first records only."""
    assert table.paged == ("offset" in table.endpoint.query)
    assert not table.paged or "count" in table.endpoint.query


@each_table
def test_the_parameters_of_a_row_are_taken_and_their_values_allowed(table: Table) -> None:
    asked = [*table.row.params.items()]
    for ask in table.row.ask:
        pairs = parse_qsl(ask, strict_parsing=True) if ask else []
        asked += pairs
        assert table.row.params.keys().isdisjoint(dict(pairs))
    for name, value in asked:
        allowed = table.endpoint.query[name]
        if isinstance(allowed, list):
            assert value in allowed
        else:
            assert (allowed, value) == ("boolean", "true") or allowed == "string"


@each_table
def test_a_cursor_that_is_read_by_has_its_filters_and_its_order(table: Table) -> None:
    if not isinstance(table.reading, Changed):
        return
    cursor, query = table.reading.cursor, table.endpoint.query
    assert {f"since_{cursor}", f"before_{cursor}"} <= query.keys()
    assert cursor in query["sort_field"]
    assert "ASC" in query["sort_dir"]
    assert ColumnType.TIMESTAMP is table.schema.column(cursor).type


@each_table
def test_a_cursor_is_a_column(table: Table) -> None:
    cursor = table.replication_key
    if cursor is not None:
        assert ColumnType.TIMESTAMP is table.schema.column(cursor).type
    assert isinstance(table.reading, Events | Riding) == (table.row.unnest is not None)


@each_table
def test_a_gate_is_the_parent_whose_counters_are_compared(table: Table) -> None:
    if table.row.gate is not None:
        assert table.parent is tables()[table.row.gate.of]


@each_table
def test_a_parent_stands_before_its_children_and_lends_its_key(table: Table) -> None:
    if table.parent is None:
        assert "{" not in table.path
        assert () == table.variables
        return
    assert table.path.startswith(f"{table.parent.path}/{{")
    assert len(table.variables) == len(table.parent.schema.primary_key)
    names = list(tables())
    assert names.index(table.parent.name) < names.index(table.name)


@each_row
def test_a_row_says_what_its_table_holds(row: T) -> None:
    assert re.fullmatch(r"[A-Z][^|\n]+\.", row.about)


@each_row
def test_a_row_that_is_off_says_why_in_a_sentence_of_each_language(row: T) -> None:
    for language in LANGUAGES if row.off else ():
        assert re.fullmatch(r"[^|\n]+\.", catalogue(language).words(Message(row.off)))
    assert not row.off or row.off.startswith("off-")


def test_of_made_up_rows_those_that_are_off_are_not_selected_unless_named() -> None:
    off = T("batches", "/batches", "id", Refresh(), off="It is made up.")
    on = T("template_folders", "/template-folders", "id", Refresh())
    known = made_of((off, on))
    assert [known["template_folders"]] == [*select(None, known)]
    assert [known["batches"]] == [*select(("batches",), known)]


def test_names_and_paths_are_told_apart() -> None:
    assert len(ROWS) == len({row.name for row in ROWS})
    asked = [row.path for row in ROWS if not isinstance(row.reading, Riding)]
    assert len(asked) == len(set(asked))


# -- every list is a row or has a reason ---------------------------------------------------------


def is_list(endpoint: Endpoint) -> bool:
    """An array of objects in the answer, and no variable at the end of the path."""
    return (
        not endpoint.path.endswith("}")
        and isinstance(endpoint.answer, dict)
        and any(isinstance(s, list) and isinstance(s[0], dict) for s in endpoint.answer.values())
    )


def test_every_list_of_the_specification_is_a_row_or_has_a_reason_why_not() -> None:
    lists = {path for path, endpoint in endpoints().items() if is_list(endpoint)}
    assert set() == lists - {row.path for row in ROWS} - LEFT_OUT.keys()
    assert len(lists) > 70


def test_what_is_left_out_exists_and_is_no_row() -> None:
    assert set() == LEFT_OUT.keys() - endpoints().keys() - SHAPELESS
    assert set() == LEFT_OUT.keys() & {row.path for row in ROWS}
    assert all(LEFT_OUT.values())


# -- what users know -----------------------------------------------------------------------------

FULL, CDC = "Full Table", "Incremental (CDC)"
FIRST_EIGHT = {
    "automations": (FULL, "create_time", ("id",)),
    "campaigns": (FULL, None, ("id",)),
    "list_members": (CDC, "last_changed", ("list_id", "id")),
    "list_segment_members": (FULL, None, ("list_id", "segment_id", "id")),
    "list_segments": (FULL, "updated_at", ("list_id", "id")),
    "lists": (FULL, None, ("id",)),
    "reports_email_activity": (
        CDC,
        "timestamp",
        ("campaign_id", "email_id", "action", "timestamp", "url", "_ordinal"),
    ),
    "unsubscribes": (FULL, None, ("campaign_id", "email_id")),
}


@pytest.mark.parametrize("name", FIRST_EIGHT)
def test_the_first_eight_keep_what_users_know(name: str) -> None:
    table = tables()[name]
    shown = (table.method_shown, table.replication_key, table.schema.primary_key)
    assert FIRST_EIGHT[name] == shown


def test_archived_members_are_asked_for_apart() -> None:
    assert ("", "status=archived") == tables()["list_members"].row.ask


# -- columns -------------------------------------------------------------------------------------


def types(name: str) -> dict[str, str]:
    return {column.name: column.type.value for column in tables()[name].schema.columns}


def test_columns_are_the_path_the_record_and_extra() -> None:
    assert {
        "list_id": "text",
        "id": "int64",
        "name": "text",
        "member_count": "int64",
        "type": "text",
        "created_at": "timestamp",
        "updated_at": "timestamp",
        "options__match": "text",
        "options__conditions": "json",
        "_extra": "json",
    } == types("list_segments")


def test_events_keep_their_own_names_beside_the_recipients() -> None:
    assert [
        ("campaign_id", "text"),
        ("list_id", "text"),
        ("list_is_active", "boolean"),
        ("email_id", "text"),
        ("email_address", "text"),
        ("action", "text"),
        ("type", "text"),
        ("timestamp", "timestamp"),
        ("url", "text"),
        ("ip", "text"),
        ("_ordinal", "int64"),
        ("_extra", "json"),
    ] == list(types("reports_email_activity").items())


@pytest.mark.parametrize(
    ("name", "column", "kind"),
    [
        ("lists", "stats__avg_sub_rate", "double"),
        ("lists", "modules", "json"),
        ("lists", "visibility", "text"),
        ("lists", "web_id", "int64"),
        ("list_members", "merge_fields", "json"),
        ("list_members", "interests", "json"),
        ("list_members", "tags", "json"),
        ("list_members", "status", "text"),
        ("list_members", "vip", "boolean"),
        ("list_members", "stats__ecommerce_data__total_revenue", "double"),
        ("list_segment_members", "segment_id", "int64"),
        ("list_interests", "interest_category_id", "text"),
        ("list_interests", "subscriber_count", "text"),
        ("campaigns", "settings__auto_fb_post", "json"),
        ("automation_emails", "workflow_id", "text"),
        ("reports", "opens__last_open", "timestamp"),
    ],
)
def test_a_column_has_the_specifications_type(name: str, column: str, kind: str) -> None:
    assert kind == types(name)[column]


@each_table
def test_a_path_variable_has_the_type_of_the_key_it_stands_for(table: Table) -> None:
    if table.parent is None:
        return
    above = table.parent.schema
    for variable, name in zip(table.variables, above.primary_key, strict=True):
        assert above.column(name).type is table.schema.column(variable).type


@each_table
def test_columns_have_one_name_each_and_the_key_comes_first(table: Table) -> None:
    names = [column.name for column in table.schema.columns]
    fields = [field.column.name for field in table.fields]
    assert len(set(names)) == len(names)
    assert len(set(fields)) == len(fields)
    assert EXTRA == names[-1]
    assert table.variables == tuple(names[: len(table.variables)])
    assert set(table.schema.primary_key) <= set(names)
    ordinal = {ORDINAL} & set(table.own_key)
    assert {*fields, *table.variables, EXTRA} | ordinal == set(names)


# -- a single record -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("lists", "/lists/{list_id}"),
        ("list_members", "/lists/{list_id}/members/{subscriber_hash}"),
        ("list_segment_members", None),
        ("unsubscribes", "/reports/{campaign_id}/unsubscribed/{subscriber_hash}"),
    ],
)
def test_a_single_record_has_a_path_where_the_specification_has_one(
    name: str, path: str | None
) -> None:
    assert path == tables()[name].record_path


def test_an_answer_without_an_array_or_with_several_has_no_collection() -> None:
    found = {path: endpoints()[path].collection for path in ("/ping", "/reports/{campaign_id}")}
    assert {"/ping": None, "/reports/{campaign_id}": None} == found
    assert endpoints()["/facebook-ads/{outreach_id}"].collection is None
    broken = Table(T("x", "/ping", "id", Refresh()), endpoints()["/ping"], None)
    with pytest.raises(LookupError, match="/ping has no single record array"):
        _ = broken.collection


# -- choosing ------------------------------------------------------------------------------------


def test_no_choice_is_all_of_them() -> None:
    assert tuple(t for t in tables().values() if not t.row.off) == select(None)


def test_a_choice_comes_in_the_catalogs_order_once() -> None:
    chosen = select(("unsubscribes", "lists", "unsubscribes"))
    assert ["lists", "unsubscribes"] == [table.name for table in chosen]


@pytest.mark.parametrize(
    ("asked", "near"),
    [("list_member", "list_members"), ("Lists", "lists"), ("unsubscribe", "unsubscribes")],
)
def test_a_misspelt_table_is_met_with_the_nearest(asked: str, near: str) -> None:
    with pytest.raises(UnknownTable) as raised:
        select(("lists", asked))
    assert f"There is no table {asked!r}. Did you mean {near!r}?" == told_of(raised.value).what
    assert "`chimpline tables` lists all tables." == told_of(raised.value).do


def test_a_table_unlike_any_other_is_met_without_a_guess() -> None:
    with pytest.raises(UnknownTable) as raised:
        select(("zzz",))
    assert "There is no table 'zzz'." == told_of(raised.value).what


def test_descendants_are_the_tables_below_at_any_depth() -> None:
    found = {name: {t.name for t in descendants(table)} for name, table in tables().items()}
    assert {name: below(name) for name in TABLES} == found
    assert {"list_segment_members"} == found["list_segments"]
    assert "list_interests" in found["lists"]
    assert set() == found["unsubscribes"]
    assert "campaign_content" in found["campaigns"]


# -- the digest ----------------------------------------------------------------------------------


@pytest.mark.skipif(not SPEC.exists(), reason="the specification's facts are not beside this copy")
def test_the_digest_is_what_its_script_makes_of_the_specification() -> None:
    digest = runpy.run_path(str(REPOSITORY / "scripts" / "digest.py"))["digest"]
    specification = json.loads(SPEC.read_text("utf-8"))
    made = digest(specification)
    file = REPOSITORY / "src/chimpline/catalog" / f"mailchimp-{SPECIFICATION}.json"
    assert made == json.loads(file.read_text("utf-8"))
    assert SPECIFICATION == made["version"]
    assert SHAPELESS <= specification["paths"].keys() - made["paths"].keys()


def test_what_is_newer_than_the_specification_adds_to_it() -> None:
    folder = REPOSITORY / "src/chimpline/catalog"
    newer, older = (
        json.loads((folder / f"mailchimp-{version}.json").read_text("utf-8"))
        for version in (NEWER, SPECIFICATION)
    )
    assert (NEWER, set()) == (newer["version"], newer["paths"].keys() & older["paths"].keys())
    assert newer["paths"].keys() | older["paths"].keys() == endpoints().keys()


def test_the_scripts_shapes_are_facts_only() -> None:
    shape = runpy.run_path(str(REPOSITORY / "scripts" / "digest.py"))["shape"]
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "n": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
            "status": {"type": "string", "enum": ["a", "b"]},
            "open": {"type": "object", "additionalProperties": {"type": "boolean"}},
            "any": {"type": "object"},
            "odd": {},
            "list": {"type": "array", "items": {"properties": {"x": {"type": "number"}}}},
            "_links": {"type": "array"},
        },
    }
    assert {
        "id": "string",
        "n": "integer",
        "at": "date-time",
        "status": {"$enum": ["a", "b"]},
        "open": {"*": "boolean"},
        "any": {"*": "any"},
        "odd": "any",
        "list": [{"x": "number"}],
    } == shape(schema)


def test_of_shapes_that_hold_at_once_the_script_takes_all_fields() -> None:
    shape = runpy.run_path(str(REPOSITORY / "scripts" / "digest.py"))["shape"]
    of_both = {"properties": {"clicks": {"type": "integer"}}}
    first = {"properties": {"id": {"type": "string"}, "summary": of_both}}
    second = {"properties": {"summary": {"properties": {"likes": {"type": "integer"}}}}}
    schema = {"allOf": [first, {"type": "object"}, second]}
    both = {"id": "string", "summary": {"clicks": "integer", "likes": "integer"}}
    assert both == shape(schema)


def test_of_shapes_of_which_there_is_one_the_script_takes_all_fields() -> None:
    shape = runpy.run_path(str(REPOSITORY / "scripts" / "digest.py"))["shape"]

    def kind(name: str, **fields: str) -> dict[str, Any]:
        properties: dict[str, Any] = {name: {"type": kind} for name, kind in fields.items()}
        return {"properties": {"kind": {"type": "string", "enum": [name]}, **properties}}

    some = [kind("open", at="string"), kind("click", at="string", url="string")]
    both = {"kind": {"$enum": ["open", "click"]}, "at": "string", "url": "string"}
    assert both == shape({"x-oneOf": some})
    of_another_type = kind("sale", at="integer")
    assert "any" == shape({"x-oneOf": [*some, of_another_type]})
    assert {**both, "kind": "string"} == shape(
        {"x-oneOf": [*some, {"properties": {"kind": {"type": "string"}}}]}
    )


def test_no_table_is_called_like_the_past_of_another() -> None:
    pasts = {name + suffix for name in tables() for suffix in SUFFIXES.values()}
    assert set() == pasts & tables().keys()
    assert max(len(name.encode()) for name in pasts) <= MAX_IDENTIFIER_BYTES
