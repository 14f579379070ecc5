"""A row that no reader can read is refused, with a sentence, before any run takes it for empty."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from chimpline.catalog.check import RowError, check
from chimpline.catalog.row import ORDINAL, Changed, Document, Events, Gate, Refresh, Riding, T
from chimpline.catalog.rows import ROWS
from chimpline.catalog.rows.reports import NEWS
from chimpline.catalog.tables import made_of

LIST = "/lists/{list_id}"
REPORT = "/reports/{campaign_id}"
LOG = T(
    "log",
    f"{REPORT}/open-details",
    ("email_id", "timestamp", ORDINAL),
    Events("timestamp"),
    unnest="opens",
    gate=NEWS,
)

ZONES = T("zones", "/reports", "gmt_offset", Riding("reports", "timewarp"))
ITEMS = f"{LIST}/members"

OFFERED = tuple(row for row in ROWS if row.path != LOG.path)
"""The catalog without the row that may once stand where the made-up one does."""


def other(row: T, **values: Any) -> T:
    return dataclasses.replace(row, **values)


def named(name: str, **values: Any) -> T:
    """A row of the catalog, otherwise."""
    return other(next(row for row in ROWS if row.name == name), **values)


MONTHS, PLACES = named("list_growth_history"), named("reports_locations")


def refused(row: T) -> str:
    """What is said of a row that stands in its namesake's place, or behind all others."""
    names = [one.name for one in OFFERED]
    rows = [row if one.name == row.name else one for one in OFFERED]
    with pytest.raises(RowError) as raised:
        check(rows if row.name in names else [*rows, row])
    assert str(raised.value).startswith(f"{row.name}: ")
    return str(raised.value)


def test_the_catalogs_own_rows_are_read() -> None:
    check(ROWS)


def test_a_row_of_a_kind_that_the_catalog_has_none_of_is_read() -> None:
    assert LOG.name in made_of((*OFFERED, LOG))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (T("x", "/nowhere", "id", Refresh()), "the specification has no path /nowhere"),
        (T("x", "/ping", "id", Refresh()), "/ping has no array of records, or several"),
        (other(MONTHS, path="/lists"), "another row has this name or this path"),
        (
            T("x", "/conversations/{conversation_id}/messages", "id", Refresh()),
            "no row before it has the path /conversations",
        ),
        (
            T("x", f"{REPORT}/email-activity/{{id}}", "id", Refresh()),
            "the specification has no path",
        ),
        (other(MONTHS, person={"email_id": "month"}), "has an email_address"),
        (
            other(MONTHS, person={"email_id": "month", "email_address": "no"}),
            "no is about a person, which is no column",
        ),
        # documents
        (other(MONTHS, reading=Document()), "is no single record"),
        (named("account", key=()), "the key has no field"),
        # keys
        (other(MONTHS, key="id"), "have no field id that could be in a key"),
        (
            other(PLACES, key=("country_code", "no")),
            "have no field no that could be in a key",
        ),
        (other(MONTHS, key=()), "the key has no field"),
        (other(MONTHS, key=("list_id", "month")), "or one that it has already"),
        (named("list_members", key="merge_fields"), "have no field merge_fields"),
        (named("unsubscribes", key=("email_id", "list_id")), "are told apart by one text"),
        (other(LOG, key=("email_id", "timestamp")), "the key of an event is fields of the event"),
        (named("contacts", key=("id", ORDINAL)), "records are told apart by an id"),
        (named("contacts", digests={"id": "no"}), "what no is made of, or is made of it"),
        # reading
        (named("list_segments", reading=Changed("updated_at")), "by the reader of members"),
        (named("list_members", reading=Changed("email_type")), "filtered and sorted by"),
        (other(LOG, unnest=None, key="email_id"), "`Events` needs `unnest`"),
        (other(LOG, gate=None), "`Events` needs a gate, and a parent that keeps send_time"),
        (other(LOG, reading=Refresh()), "`unnest` is read by `Events` only"),
        (named("campaigns", reading=Refresh("status")), "status is shown as the replication key"),
        (named("campaigns", ask=("", "status=sent")), "are asked by `Changed` only"),
        (named("list_members", ask=("status=archived",)), "the plain one first"),
        (named("list_members", ask=("", "unsubscribed_since=x")), "has to be a column"),
        (other(MONTHS, params={"colour": "red"}), "takes no parameter colour"),
        (named("list_segment_members", expects=()), "`expects` has to say"),
        # gates
        (named("unsubscribes", gate=Gate("lists", ("id",))), "not the table right above"),
        (named("lists", gate=Gate("lists", ("id",))), "not the table right above"),
        (named("list_members", gate=Gate("lists", ("id",))), "does not look at a gate"),
        (other(PLACES, gate=Gate("reports", ())), "so that it would never open"),
        (other(PLACES, gate=Gate("reports", ("no",))), "names no, which is no column"),
        (
            other(PLACES, gate=Gate("reports", ("send_time__",))),
            "names send_time__, which",
        ),
        (other(MONTHS, misses="much"), "`misses` says what moves no gate, and it has none"),
        # records without an id
        (other(MONTHS, key=(ORDINAL,)), "the key has no field"),
        (other(MONTHS, key=(ORDINAL, "month")), "have no field _ordinal that could be in a key"),
        (named("list_members", key=("id", ORDINAL)), "asks for records by id, and those with"),
        (named("unsubscribes", key=("email_id", ORDINAL)), "are told apart by one text"),
        # what rides
        (other(ZONES, path=ITEMS), "no row before it has that name and this path"),
        (other(ZONES, reading=Riding("zones", "timewarp")), "no row before it has that name"),
        (other(ZONES, gate=NEWS), "its `gate` is that of reports"),
        (other(ZONES, keeps=("id",)), "its `keeps` is that of reports"),
        (other(ZONES, key="no"), "have no such fields that could be in a key"),
        (other(ZONES, key=()), "have no such fields that could be in a key"),
        (other(ZONES, key=(ORDINAL, "gmt_offset")), "stands at the end of a key"),
        (
            other(ZONES, reading=Riding("reports", "timewarps")),
            "have no array timewarps of objects",
        ),
        (
            T("x", f"{REPORT}/email-activity", "ip", Riding("reports_email_activity", "activity")),
            "is no row with one id of its own",
        ),
        # columns
        (named("reports", keeps=("list_id", "send_time", "no")), "it keeps no, which is no column"),
        (named("lists", called="no"), "called by no, which is no column"),
        (other(MONTHS, expects=("no",)), "as many records as no says"),
        (named("campaigns", expects=("id",)), "as many records as id says"),
        (named("unsubscribes", silent=("no",)), "no is said to change silently"),
        (other(MONTHS, silent=("existing",)), "it has neither"),
    ],
)
def test_a_row_that_no_reader_can_read_is_refused(row: T, why: str) -> None:
    assert why in refused(row)


@pytest.mark.parametrize(
    ("parent", "why"),
    [
        (named("reports", key=("id", "list_id")), "the rows of reports have a longer key"),
        (named("reports", keeps=("send_time",)), "of which audience its people are: reports keeps"),
    ],
)
def test_what_a_child_needs_of_its_parent_is_told_of_the_child(parent: T, why: str) -> None:
    with pytest.raises(RowError, match=f"^(?!reports: ).*{why}"):
        check(parent if row.name == "reports" else row for row in ROWS)
