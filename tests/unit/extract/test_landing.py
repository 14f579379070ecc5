"""Rows as they are landed: what was chosen, hashed where it says so, also not in `_extra`."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from chimpline.catalog.selected import applied
from chimpline.catalog.selection import TableSelection
from chimpline.catalog.table import Table
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.decode.landing import hashed, projection

SALT = b"0123456789abcdef"
ADDRESS = "Ann@Example.com"
ANN: dict[str, Any] = {
    "id": hashlib.md5(ADDRESS.lower().encode(), usedforsecurity=False).hexdigest(),
    "email_address": ADDRESS,
    "full_name": "Ann Example",
    "status": "subscribed",
    "web_id": 17,
    "last_changed": "2026-01-02T03:04:05+00:00",
    "ip_signup": "",
    "merge_fields": {"FNAME": "Ann", "PHONE": "+1 555", "LTV": 12.5, "ADDRESS": {"zip": "1"}},
    "interests": {"a1": True},
    "list_id": "l1",
}


def some(*paths: str) -> frozenset[str]:
    return frozenset(paths)


def members(**choices: Any) -> Table:
    return applied({"list_members": TableSelection(**choices)})["list_members"]


def landed(table: Table, record: dict[str, Any]) -> dict[str, Any]:
    decoder = Decoder(table, SALT)
    page = decoder.page(json.dumps({"members": [record], "total_items": 1}).encode())
    assert [record["id"]] == page.keys
    (row,) = decoder.batch(page, {"list_id": "l1"}).to_pylist()
    assert {column.name for column in table.schema.columns} == row.keys()
    found: dict[str, Any] = row
    return found


def of(text: str) -> str:
    """The second witness: what a hash is, said again."""
    return hmac.new(SALT, text.encode(), hashlib.sha256).hexdigest()


def test_a_hash_is_salted_and_equal_for_addresses_that_mailchimp_takes_for_the_same() -> None:
    assert of("ann@example.com") == hashed(SALT, ADDRESS) == hashed(SALT, " ann@EXAMPLE.com")
    assert hashed(SALT, ADDRESS) != hashed(b"another", ADDRESS)
    assert of("Ann") == hashed(SALT, "Ann") != hashed(SALT, "ann")
    assert "" == hashed(SALT, "")


def test_columns_are_hashed_and_what_is_empty_stays_empty() -> None:
    table = members(hashed=some("email_address", "web_id", "ip_signup", "last_note__note", "vip"))
    row = landed(table, {**ANN, "vip": True})
    assert of("ann@example.com") == row["email_address"]
    assert of(ANN["id"]) == row["id"]
    assert of("17") == row["web_id"]
    assert of("true") == row["vip"]
    assert "" == row["ip_signup"]
    assert None is row["last_note__note"]
    assert "Ann Example" == row["full_name"]


def test_members_of_an_object_are_left_out_and_hashed_one_by_one() -> None:
    table = members(
        hashed=some("merge_fields.PHONE", "merge_fields.LTV", "merge_fields.ADDRESS"),
        dropped=some("merge_fields.FNAME"),
        exclude=some("interests.a1"),
    )
    row = landed(table, {**ANN, "merge_fields": {**ANN["merge_fields"], "X": "", "Y": None}})
    expected = {
        "PHONE": of("+1 555"),
        "LTV": of("12.5"),
        "ADDRESS": of('{"zip": "1"}'),
        "X": "",
        "Y": None,
    }
    assert expected == json.loads(row["merge_fields"])
    assert {} == json.loads(row["interests"])


def test_only_named_members_are_kept() -> None:
    row = landed(members(columns=some("merge_fields.FNAME")), ANN)
    assert {"FNAME": "Ann"} == json.loads(row["merge_fields"])
    assert "full_name" not in row


@pytest.mark.parametrize("value", [["+1 555"], "+1 555", 1555])
def test_an_object_that_is_none_is_not_landed_where_members_are_chosen(value: object) -> None:
    row = landed(members(dropped=some("merge_fields.PHONE")), {**ANN, "merge_fields": value})
    assert None is row["merge_fields"]


@pytest.mark.parametrize(
    "record",
    [
        {"email_address": {"was": ADDRESS}},
        {"full_name": ["Ann Example"]},
        {"location": "Seoul"},
        {"location": {"latitude": {"deg": 37}}},
    ],
)
def test_a_protected_value_of_another_form_is_not_kept_in_extra(record: dict[str, Any]) -> None:
    table = members(hashed=some("email_address"), dropped=some("full_name", "location__latitude"))
    row = landed(table, {**ANN, **record})
    assert None is row["_extra"]


def test_unknown_fields_are_kept_unless_columns_are_named() -> None:
    strange = {**ANN, "shoe_size": 42}
    assert {"shoe_size": 42} == json.loads(landed(members(dropped=some("vip")), strange)["_extra"])
    assert None is landed(members(columns=some("vip")), strange)["_extra"]


def test_a_table_with_hashes_cannot_be_read_without_a_salt() -> None:
    with pytest.raises(ValueError, match="salt"):
        Decoder(members(hashed=some("email_address")))


def test_both_ways_of_asking_are_never_mixed() -> None:
    taken: dict[str, Any] = {"fields": "array", "exclude_fields": "array"}
    mixed = members(columns=some("merge_fields", "vip"), dropped=some("merge_fields.PHONE"))
    asked = projection(mixed, taken, "members.")
    assert ["exclude_fields"] == list(asked)
    assert {"members.merge_fields.PHONE", "members.full_name", "members._links", "_links"} <= set(
        asked["exclude_fields"].split(",")
    )
    assert "members.vip" not in asked["exclude_fields"].split(",")
    assert {} == projection(mixed, {})


def test_events_are_asked_for_inside_their_record() -> None:
    chosen = {"reports_email_activity": TableSelection(exclude=some("ip"))}
    table = applied(chosen)["reports_email_activity"]
    asked = projection(table, {"exclude_fields": "array"}, "emails.")
    assert "emails._links,_links,emails.activity.ip" == asked["exclude_fields"]


def test_what_decides_a_key_is_asked_for_unless_it_is_dropped() -> None:
    def asked(choice: TableSelection) -> dict[str, str]:
        taken = {"fields": "array", "exclude_fields": "array"}
        table = applied({"list_members": choice})["list_members"]
        return projection(table, taken, "members.")

    for decides in ("contact_id", "email_address"):
        name, one = f"members.{decides}", frozenset({decides})
        for path in ("status", decides):
            fields = asked(TableSelection(columns=frozenset({path})))["fields"].split(",")
            assert 1 == fields.count(name)
        excluded = asked(TableSelection(exclude=one))["exclude_fields"].split(",")
        assert name not in excluded
        excluded = asked(TableSelection(dropped=one))["exclude_fields"].split(",")
        assert name in excluded


OTHERS = ("list_segment_members", "reports_email_activity", "reports_sent_to", "unsubscribes")


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("how", ["hashed", "dropped"])
def test_a_protected_contact_is_not_in_clear_where_it_is_no_column(name: str, how: str) -> None:
    contact = some("contact_id")
    chosen = TableSelection(hashed=contact) if how == "hashed" else TableSelection(dropped=contact)
    table = applied({"list_members": chosen})[name]
    event = {"action": "open", "timestamp": "2026-01-02T03:04:05+00:00"}
    person = {"contact_id": "4d", "activity": [event]} if table.row.unnest else {"contact_id": "4d"}
    known = {**person, table.record_key: "e1", "email_address": ADDRESS}
    decoder = Decoder(table, SALT)
    page = decoder.page(json.dumps({table.collection: [known, person]}).encode())
    parent: dict[str, str | int] = {"list_id": "l1", "segment_id": 7, "campaign_id": "c1"}
    parent = {variable: parent[variable] for variable in table.variables}
    rows = decoder.batch(page, parent).to_pylist()
    keys = ["e1", f"contact:{of('4d')}"] if how == "hashed" else ["e1"]
    assert keys == [row[table.record_key] for row in rows]
    assert {None} == {row["_extra"] for row in rows}
    # What is dropped is not asked for; what is hashed is, for the key.
    prefix = f"{table.collection}."
    left_out = projection(table, {"exclude_fields": "array"}, prefix)["exclude_fields"].split(",")
    assert (how == "dropped") == (f"{prefix}contact_id" in left_out)
