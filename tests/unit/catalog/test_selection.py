"""What can be chosen, and what follows from it in other tables."""

from __future__ import annotations

import dataclasses

import pytest

from chimpline.catalog.row import Refresh, T
from chimpline.catalog.rows import ROWS
from chimpline.catalog.selected import applied, problems, required, resolve, spread_out
from chimpline.catalog.selection import Tables, TableSelection, TableSet
from chimpline.catalog.tables import made_of, tables
from chimpline.errors import SettingsError, UnknownTable
from chimpline.model import ColumnType
from tests.words import refused, told_of

PEOPLE = {
    "automation_queue": "id",
    "automation_removed_subscribers": "id",
    "list_members": "id",
    "list_segment_members": "id",
    "reports_abuse_reports": "email_id",
    "reports_click_members": "email_id",
    "reports_email_activity": "email_id",
    "reports_open_details": "email_id",
    "reports_sent_to": "email_id",
    "unsubscribes": "email_id",
}
"""The tables of people, and which column says who it is."""
KEYED_OTHERWISE = {"reports_abuse_reports"}
"""Those whose key does not say it."""
OTHER_NAMES = ("reporting_survey_answers", "reporting_survey_responses")
"""Those whose columns have names of their own."""
CONTACTS = {
    "email_address": "email_channel__email",
    "email_id": "email_channel__hashed_email",
    "sms_phone_number": "sms_channel__sms_phone",
    "contact_id": "id",
}
"""What contacts of the beta call what other tables of people have."""
ADDRESSES = PEOPLE | {"list_abuse_reports": "email_id"}
"""Those whose rows have an address; some of them name no contact, so that none stands in."""


OFF = "unsubscribes"


def some(*paths: str) -> frozenset[str]:
    return frozenset(paths)


def test_without_choices_the_catalog_is_what_it_is() -> None:
    assert tables() == applied({})
    assert all(table.schema is table.offered for table in tables().values())


@pytest.mark.parametrize("table", tables())
def test_everything_but_what_is_required_can_be_left_out(table: str) -> None:
    optional = {c.name for c in tables()[table].offered.columns} - required(tables()[table]).keys()
    chosen = TableSelection(exclude=frozenset(optional - {"_extra"}))
    assert [] == list(problems({table: chosen}))
    left = {column.name for column in applied({table: chosen})[table].schema.columns}
    assert {*required(tables()[table]), "_extra"} == left


@pytest.mark.parametrize("table", tables())
def test_nothing_that_is_required_can_be_left_out_or_dropped(table: str) -> None:
    for column in required(tables()[table]):
        for chosen in (TableSelection(exclude=some(column)), TableSelection(dropped=some(column))):
            (problem,) = problems({table: chosen})
            assert column == problem.message.facts["path"]


def test_named_columns_come_with_what_runs_need() -> None:
    chosen = applied({"reports": TableSelection(columns=some("campaign_title"))})["reports"]
    names = [column.name for column in chosen.schema.columns]
    assert {"id", "campaign_title", "opens__last_open", "emails_sent", "_extra"} <= set(names)
    assert "subject_line" not in names


@pytest.mark.parametrize("table", ADDRESSES)
@pytest.mark.parametrize("how", ["hashed", "dropped"])
def test_an_address_protected_in_one_table_is_protected_in_all(table: str, how: str) -> None:
    address = some("email_address")
    chosen = TableSelection(hashed=address) if how == "hashed" else TableSelection(dropped=address)
    spread = spread_out({table: chosen})
    for name, key in ADDRESSES.items():
        assert "email_address" in getattr(spread[name], how)
        assert key in spread[name].hashed
    assert not spread["lists"].hashed


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("email_address", "contact__email"), ("full_name", "contact__full_name")],
)
@pytest.mark.parametrize("how", ["hashed", "dropped"])
def test_what_is_protected_is_so_under_another_name_as_well(
    theirs: str, ours: str, how: str
) -> None:
    def chosen(column: str) -> TableSelection:
        hashed = how == "hashed"
        return TableSelection(**{"hashed" if hashed else "dropped": some(column)})  # type: ignore[arg-type]

    for spread in (
        spread_out({"list_members": chosen(theirs)}),
        spread_out({OTHER_NAMES[0]: chosen(ours)}),
    ):
        assert theirs in getattr(spread["list_members"], how)
        for name in OTHER_NAMES:
            assert ours in getattr(spread[name], how)
            assert ("contact__email_id" in spread[name].hashed) == (theirs == "email_address")


@pytest.mark.parametrize("table", ["list_members", "store_customers", "store_orders"])
@pytest.mark.parametrize("how", ["hashed", "dropped"])
def test_an_address_inside_another_record_is_protected_with_it(table: str, how: str) -> None:
    chosen = some("customer__email_address" if table == "store_orders" else "email_address")
    choice = TableSelection(hashed=chosen) if how == "hashed" else TableSelection(dropped=chosen)
    spread = spread_out({table: choice})
    for name in ("store_carts", "store_orders"):
        assert some("customer__email_address") == getattr(spread[name], how)
    assert some("email_address") == getattr(spread["store_customers"], how)
    assert "email_address" in getattr(spread["list_members"], how)


def test_what_is_inside_a_record_goes_with_the_person_and_not_with_the_record() -> None:
    chosen = {"store_customers": TableSelection(dropped=some("created_at", "address__city"))}
    spread = spread_out(chosen)
    inside = some("customer__created_at", "customer__address__city")
    assert inside == spread["store_carts"].dropped
    # A cart has times of its own, which are nobody's.
    spread = spread_out({"store_carts": TableSelection(dropped=some("created_at"))})
    assert not spread["store_customers"].dropped
    # A table that names the column says for itself what becomes of it.
    chosen["store_orders"] = TableSelection(hashed=some("customer__address__city"))
    spread = spread_out(chosen)
    assert some("customer__created_at") == spread["store_orders"].dropped


def test_a_hashed_member_id_is_hashed_in_all_tables_and_no_other_id_is() -> None:
    chosen = applied({"unsubscribes": TableSelection(hashed=some("email_id"))})
    for name, table in chosen.items():
        expected = {ADDRESSES[name]} if name in ADDRESSES else set()
        expected = {"contact__email_id"} if name in OTHER_NAMES else expected
        expected = {CONTACTS["email_id"]} if name == "contacts" else expected
        if table.host and table.host.name in PEOPLE:
            expected = set(table.record_keys)
        assert expected == table.selection.hashed
        assert table.schema.primary_key == table.offered.primary_key


@pytest.mark.parametrize("how", ["hashed", "dropped"])
def test_a_choice_for_the_contact_counts_where_it_is_no_column(how: str) -> None:
    """The key of a person without an address is made of it in every table of people."""
    contact = some("contact_id")
    chosen = TableSelection(hashed=contact) if how == "hashed" else TableSelection(dropped=contact)
    for name, table in applied({"list_members": chosen}).items():
        whose = table.host.name if table.host else name
        expected = contact if whose in PEOPLE.keys() - KEYED_OTHERWISE else some()
        expected = some("contact__contact_id") if name in OTHER_NAMES else expected
        if name == "contacts":  # a key can be hashed, and not dropped
            assert (some("id"), some()) == (table.selection.hashed, table.selection.dropped)
            continue
        assert expected == getattr(table.selection, how), name
        offered = {column.name for column in table.offered.columns}
        assert {c.name for c in table.schema.columns} == offered - table.selection.dropped


@pytest.mark.parametrize("how", ["hashed", "dropped"])
@pytest.mark.parametrize(
    ("name", "digest"),
    [("email_address", "email_id"), ("sms_phone_number", "sms_channel__hashed_sms_phone")],
)
def test_the_digest_of_what_is_protected_is_hashed(name: str, digest: str, how: str) -> None:
    """A list of addresses or numbers undoes it. Chosen in either table, it is so in both."""
    theirs, ours = some(name), some(CONTACTS[name])
    for table, paths in (("list_members", theirs), ("contacts", ours)):
        choice = TableSelection(hashed=paths) if how == "hashed" else TableSelection(dropped=paths)
        spread = spread_out({table: choice})
        assert theirs <= getattr(spread["list_members"], how)
        assert ours <= getattr(spread["contacts"], how)
        assert CONTACTS.get(digest, digest) in spread["contacts"].hashed


def test_a_contacts_id_is_hashed_with_that_of_members() -> None:
    spread = spread_out({"contacts": TableSelection(hashed=some("id"))})
    assert some("contact_id") == spread["list_members"].hashed
    assert some() == spread["lists"].hashed


def test_a_table_can_say_otherwise_for_itself() -> None:
    spread = spread_out(
        {
            "list_members": TableSelection(hashed=some("email_address", "merge_fields.PHONE")),
            "unsubscribes": TableSelection(dropped=some("email_address", "merge_fields")),
        }
    )
    assert some("email_address", "merge_fields") == spread["unsubscribes"].dropped
    assert some("email_id") == spread["unsubscribes"].hashed
    assert not spread["list_members"].dropped
    # Where one table hashes and another drops, the others do what is safer.
    assert some("email_address", "merge_fields") == spread["reports_sent_to"].dropped


def test_naming_one_merge_field_leaves_the_others_protection_as_it_is() -> None:
    spread = spread_out(
        {
            "list_members": TableSelection(hashed=some("merge_fields.PHONE")),
            "unsubscribes": TableSelection(dropped=some("merge_fields.LNAME")),
        }
    )
    for name in ("list_members", "unsubscribes", "reports_sent_to", "list_segment_members"):
        assert some("merge_fields.PHONE") == spread[name].hashed
        assert some("merge_fields.LNAME") == spread[name].dropped


def test_what_is_required_in_another_table_is_not_left_out_there() -> None:
    chosen = {"reports_sent_to": TableSelection(dropped=some("status"))}
    assert [] == list(problems(chosen))
    assert not spread_out(chosen)["list_members"].dropped


def test_a_hashed_column_is_text_and_its_parents_keys_stay() -> None:
    chosen = {"list_members": TableSelection(hashed=some("web_id", "timestamp_opt"))}
    schema = applied(chosen)["list_members"].schema
    assert ColumnType.TEXT is schema.column("web_id").type
    assert ColumnType.TEXT is schema.column("timestamp_opt").type


@pytest.mark.parametrize(
    ("table", "chosen", "option", "told"),
    [
        ("list_members", TableSelection(exclude=some("email_adress")), "exclude", "email_address"),
        ("list_members", TableSelection(dropped=some("last_changed")), "drop", "replication key"),
        ("list_members", TableSelection(exclude=some("status")), "exclude", "status=archived"),
        ("list_members", TableSelection(dropped=some("id")), "drop", "part of the key"),
        ("reports", TableSelection(exclude=some("clicks__last_click")), "exclude", "news"),
        ("list_members", TableSelection(hashed=some("list_id")), "hash", "part of the key"),
        ("lists", TableSelection(hashed=some("id")), "hash", "part of the key"),
        ("list_members", TableSelection(hashed=some("tags.name")), "hash", "members can be chosen"),
        (
            "list_members",
            TableSelection(columns=some("vip"), exclude=some("language")),
            "exclude",
            "columns says",
        ),
        (
            "list_members",
            TableSelection(hashed=some("full_name"), dropped=some("full_name")),
            "hash",
            "at once",
        ),
        ("list_segment_members", TableSelection(key=("list_id", "id")), "key", "segment_id"),
        (
            "list_members",
            TableSelection(key=("list_id", "id", "timestamp_opt")),
            "key",
            "only text",
        ),
        (
            "list_members",
            TableSelection(key=("list_id", "id", "source"), exclude=some("source")),
            "key",
            "left out at once",
        ),
        ("list_members", TableSelection(key=("list_id", "id", "id")), "key", "twice"),
    ],
)
def test_what_cannot_be_chosen_is_told_with_the_reason(
    table: str, chosen: TableSelection, option: str, told: str
) -> None:
    (problem, *_) = problems({table: chosen})
    assert (table, option) == (problem.table, problem.option)
    with refused(SettingsError, table) as caught:
        resolve(None, {table: chosen})
    assert told in told_of(caught.value).what
    assert told_of(caught.value).do


def test_a_table_that_is_not_there_is_told_with_the_nearest() -> None:
    with refused(UnknownTable, "list_members"):
        resolve(None, {"list_member": TableSelection()})


def test_a_table_whose_rows_would_hold_hashed_ids_in_clear_is_refused() -> None:
    """A child's rows name their parent, and so does the ledger, as Mailchimp wants it: unhashed."""
    path = "/lists/{list_id}/members/{subscriber_hash}/notes"
    notes = T("list_member_notes", path, "id", Refresh())
    catalog = made_of((*(row for row in ROWS if row.path != path), notes))
    hashed = {"list_members": TableSelection(hashed=frozenset({"email_address"}))}
    with refused(SettingsError, "while the ids of list_members are hashed") as raised:
        resolve(None, hashed, catalog)
    assert "Deselect list_member_notes" in told_of(raised.value).do
    without = hashed | {"list_member_notes": TableSelection(selected=False)}
    landed = resolve(None, without, catalog).landed
    assert [row.name for row in ROWS if not row.off] == [table.name for table in landed]


def test_a_members_id_can_be_hashed_as_long_as_nothing_below_members_is_named() -> None:
    hashed = {"list_members": TableSelection(hashed=frozenset({"id"}))}
    assert "list_members" in {table.name for table in resolve(None, hashed).landed}
    named = hashed | {"list_member_notes": TableSelection(named=True)}
    with refused(SettingsError, "while the ids of list_members are hashed"):
        resolve(None, named)


def test_a_column_that_only_a_table_which_is_named_compares_can_be_left_out_without_it() -> None:
    rates = {"list_members": TableSelection(exclude=some("stats__avg_open_rate"))}
    assert resolve(None, rates).landed
    with refused(SettingsError, "list_members") as caught:
        resolve(("list_members", "list_member_notes"), rates)
    assert "stats__avg_open_rate" in told_of(caught.value).what


def test_a_table_that_is_off_is_landed_where_it_is_named_or_all_are() -> None:
    rows = [dataclasses.replace(row, off="It is dear.") if row.name == OFF else row for row in ROWS]
    among = made_of(tuple(rows))

    def landed(names: Tables, *, selected: bool = True, named: bool = False) -> set[str]:
        chosen = TableSelection(selected=selected, named=named)
        found = resolve(names, {OFF: chosen}, among)
        return {table.name for table in found.landed}

    every = set(among)
    usual = {row.name for row in rows if not row.off}
    assert [usual] * 2 == [landed(None), landed(TableSet.DEFAULT)]
    assert [every, {OFF}] == [landed(TableSet.ALL), landed((OFF,))]
    assert usual | {OFF} == landed(None, named=True)
    assert every - {OFF} == landed(TableSet.ALL, selected=False)
