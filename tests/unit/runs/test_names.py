"""Audiences and campaigns are named beside their ids, unless the settings hide their names."""

from __future__ import annotations

import pytest

from chimpline.catalog.selected import applied
from chimpline.catalog.selection import TableSelection
from chimpline.catalog.tables import tables
from chimpline.extract.plan import kept_columns
from chimpline.interfaces.messages import words
from chimpline.message import Fact, Message
from chimpline.runs.report.names import LONGEST, Names

LISTS = [{"id": "4d2a", "name": "뉴스레터\n 구독자 🍌"}, {"id": "77", "name": ""}]

CAMPAIGNS = [{"id": "c1", "campaign_title": "Spring"}]


def in_words(where: Fact) -> str:
    return words(where) if isinstance(where, Message) else str(where)


def test_a_slice_is_told_by_what_it_lies_below() -> None:
    names, catalog = Names(), tables()
    names.learn(catalog["lists"], LISTS, catalog)
    names.learn(catalog["reports"], CAMPAIGNS, catalog)
    names.learn(catalog["stores"], [{"id": "s", "name": "Tassen"}], catalog)
    for table, parent, told in (
        ("lists", (), "lists"),
        ("list_members", ("4d2a",), "list_members of audience 4d2a (뉴스레터 구독자 🍌)"),
        ("list_members", ("77",), "list_members of audience 77"),
        ("list_members", ("new",), "list_members of audience new"),
        (
            "list_segment_members",
            ("4d2a", "9"),
            "list_segment_members of audience 4d2a (뉴스레터 구독자 🍌), segment 9",
        ),
        ("unsubscribes", ("c1",), "unsubscribes of campaign c1 (Spring)"),
        ("automation_emails", ("w",), "automation_emails of automation w"),
        ("store_promo_codes", ("s", "1"), "store_promo_codes of store s (Tassen), promo rule 1"),
    ):
        assert told == in_words(names.where(catalog[table], parent))


def test_a_long_name_is_cut() -> None:
    names = Names()
    names.learn(tables()["lists"], [{"id": "1", "name": "n" * 200}], tables())
    assert f"audience 1 ({'n' * (LONGEST - 1)}…)" == words(names.audience("1"))


@pytest.mark.parametrize(
    "hidden",
    [
        TableSelection(hashed=frozenset({"name"})),
        TableSelection(dropped=frozenset({"name"})),
        TableSelection(exclude=frozenset({"name"})),
    ],
)
def test_a_name_that_the_settings_hide_is_neither_kept_nor_told(hidden: TableSelection) -> None:
    names, catalog = Names(), applied({"lists": hidden})
    lists = catalog["lists"]
    assert "name" not in kept_columns(lists)
    names.learn(lists, LISTS, catalog)
    assert "audience 4d2a" == words(names.audience("4d2a"))


def test_a_title_that_one_table_hides_is_not_told_from_another() -> None:
    hidden = TableSelection(hashed=frozenset({"settings__title"}))
    names, catalog = Names(), applied({"campaigns": hidden})
    names.learn(catalog["reports"], CAMPAIGNS, catalog)
    assert "unsubscribes of campaign c1" == in_words(names.where(catalog["unsubscribes"], ("c1",)))
