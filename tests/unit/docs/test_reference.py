"""What is written by hand for the reference of tables fits the catalog, and so does its diagram."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from chimpline.catalog.tables import tables
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.message import Message
from reference.diagram import diagram
from reference.examples import WRITTEN, examples
from reference.groups import groups
from reference.lanes import trunks
from reference.layout import LETTER, PAD, WIDTH, panels
from reference.links import links
from reference.page import page
from reference.peers import Peer, PeerTable, peers
from reference.words import facts

SVG = "{http://www.w3.org/2000/svg}"
PEER_TABLES = [
    pytest.param(peer, one, id=f"{key}-{name}")
    for key, peer in peers().items()
    for name, one in peer.tables.items()
]


def columns_of(table: str) -> set[str]:
    return {column.name for column in tables()[table].schema.columns}


# -- examples and links ---------------------------------------------------------------------------


def test_each_table_has_one_example_about_itself() -> None:
    headings = re.findall(r"^-- (\w+): ", WRITTEN.read_text("utf-8"), re.MULTILINE)
    assert list(tables()) == headings == list(examples())
    for name, one in examples().items():
        assert f"mailchimp.{name}" in one.sql
        assert one.answers.endswith(".")
        assert 1 == one.sql.count(";")


def test_an_example_leaves_out_what_is_deleted() -> None:
    """Of `account` there is one row, which nobody can delete."""
    without = [name for name, one in examples().items() if "_deleted_at IS NULL" not in one.sql]
    assert ["account"] == without


def test_a_link_leads_from_columns_to_a_key() -> None:
    for one in links():
        assert {*one.columns} <= columns_of(one.table)
        assert one.there == tables()[one.to].schema.primary_key


def test_a_link_says_what_the_catalog_does_not() -> None:
    for one in links():
        upper = tables()[one.table].above
        assert upper is None or one.to != upper.name


def test_columns_that_are_joined_have_one_type() -> None:
    for one in links():
        own, there = tables()[one.table].schema, tables()[one.to].schema
        pairs = zip(one.columns, one.there, strict=True)
        unlike = [(a, b) for a, b in pairs if own.column(a).type != there.column(b).type]
        assert [] == unlike, one


# -- other tools ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("peer", "one"), PEER_TABLES)
def test_what_others_call_a_table_or_column_is_one_of_ours(peer: Peer, one: PeerTable) -> None:
    assert {*one.named} <= columns_of(one.ours)
    assert len(one.named) == len({*one.named})
    theirs = [*one.same, *one.renamed, *one.absent]
    assert len(theirs) == len({*theirs})
    assert not one.same or {*one.key} <= {*theirs}
    assert not {*one.absent} & columns_of(one.ours)
    assert peer.source.strip().endswith(".")


def test_no_column_of_ours_is_lost() -> None:
    """Each is in what others have, or is named as only here: by itself, or by its object."""
    for peer in peers().values():
        for one in peer.tables.values():
            shown = {*one.named, *one.only_here}
            ours = [name for name in columns_of(one.ours) if not name.startswith("_")]
            lost = [n for n in ours if n not in shown and f"{n.partition('__')[0]}__*" not in shown]
            assert [] == lost


@pytest.mark.parametrize(
    ("name", "one", "nested", "columns"),
    [
        ("list", PeerTable("lists", same=("id",)), False, "id"),
        ("lists", PeerTable("lists", same=("id",)), False, None),
        ("lists", PeerTable("lists", same=("id",), renamed={"n": "name"}), False, "id, name AS n"),
        ("lists", PeerTable("lists", same=("id",), renamed={"n": ("name", "tag")}), False, None),
        ("list", PeerTable("lists", same=("id", "stats__open_rate")), True, None),
        ("list", PeerTable("lists", same=("id", "stats__x")), False, "id, stats__x"),
        ("list", PeerTable("lists"), False, None),
    ],
)
def test_a_query_gives_the_shape_that_others_have(
    name: str, one: PeerTable, nested: bool, columns: str | None
) -> None:
    """None where that is ours, or is not known, or has objects."""
    peer = Peer("Theirs", "A page.", "", "", "", nested, {name: one})
    query = f"SELECT {columns}\nFROM mailchimp.lists\nWHERE _deleted_at IS NULL;"
    assert (query if columns else None) == peer.query(name)


# -- pages and diagram ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", tables())
def test_a_page_says_all_that_the_catalog_decides(name: str) -> None:
    table = tables()[name]
    said = dict(facts(table))
    assert (table.row.gate is not None and table.host is None) == ("Gate" in said)
    assert bool(table.silent_columns) == ("Silent columns" in said)
    assert bool(table.replication_key) == ("Replication key" in said)
    why = catalogue().words(Message(table.row.off)) if table.row.off else ""
    assert said["Copied by default"] == (f"No. {why}" if why else "Yes.")
    assert f"GET {table.path}" in said["API method"]
    text = page(table, examples()[name])
    assert not why or 1 == text.count(why)
    rows = re.findall(r"^\| `(\w+)` \| [\w ]+ \| [\w, ]*\| (.*) \|$", text, re.MULTILINE)
    assert [c.name for c in table.schema.columns] == [column for column, _ in rows][:-2]
    assert all(meaning for _, meaning in rows)
    assert examples()[name].sql in text


def test_each_argument_of_a_row_is_asked_for_once() -> None:
    text = (Path(__file__).parents[3] / "CONTRIBUTING.md").read_text("utf-8")
    asked = text.partition("| argument | ask yourself |")[2].partition("\n\n")[0]
    arguments = re.findall(r"^\| (`[^|]+`) \|", asked, re.MULTILINE)
    assert "`off`" in arguments
    assert sorted(set(arguments)) == sorted(arguments)


def test_each_table_is_in_one_group() -> None:
    assert sorted(tables()) == sorted(t.name for of in groups().values() for t in of)


def test_the_diagram_shows_each_table_once_and_needs_nothing_from_outside() -> None:
    text = diagram()
    root = ET.fromstring(text)  # noqa: S314 - our own picture
    shown = [one.text for one in root.iter(f"{SVG}text") if one.get("class") == "name"]
    assert sorted(tables()) == sorted(filter(None, shown))
    assert "prefers-color-scheme: dark" in text
    assert [] == re.findall(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", text)
    assert text == diagram()


def test_boxes_lie_in_their_panel_and_upon_no_other() -> None:
    shown = panels()
    for panel in shown:
        edges = [panel.y, *(y for box in panel.boxes for y in (box.y, box.bottom)), panel.bottom]
        assert edges == sorted(edges)
        for box in panel.boxes:
            assert box.x + box.width == WIDTH - PAD
            assert all(len(line) * LETTER < box.width for line in box.key)
    for one, other in itertools.combinations(shown, 2):
        apart = one.bottom < other.y or other.bottom < one.y
        assert one.column != other.column or apart


def test_lines_to_different_boxes_share_no_lane_where_they_meet() -> None:
    made = trunks(panels())
    assert len(made) > 8
    for one, other in itertools.combinations(made, 2):
        if (one.gutter, one.lane) == (other.gutter, other.lane):
            (top, bottom), (other_top, other_bottom) = (
                (min(ys), max(ys))
                for trunk in (one, other)
                for ys in [[trunk.target.y, *(box.y + down for box, down in trunk.sources)]]
            )
            assert bottom < other_top or other_bottom < top
