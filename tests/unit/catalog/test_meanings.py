"""Every column has a meaning, and every line of the file is the meaning of some column."""

from __future__ import annotations

import re

import pytest

from chimpline.catalog.meanings import Words, meaning, needed, values, written
from chimpline.catalog.tables import tables

COLUMNS = [(t.name, c.name) for t in tables().values() for c in t.schema.columns]
OWN: Words = {
    "columns": {"id": "Its id", "email": "E-mail address", "ip": "IP address", "size": "Size"},
    "objects": {"sender": "Sender", "sender__site": "Site of the sender"},
    "members": {"name": "name", "size": "how big it is"},
    "tables.lists": {"id": "Id of the audience"},
}


def test_every_column_has_a_meaning() -> None:
    """For a new column, write a line into src/chimpline/catalog/meanings/meanings.toml."""
    assert [] == [column for column in COLUMNS if meaning(*column) is None]


def test_every_line_is_the_meaning_of_a_column() -> None:
    lines = {(section, name) for section, words in written().items() for name in words}
    used = {line for column in COLUMNS for line in needed(*column, written())}
    assert set() == lines - used


def test_a_line_of_a_table_says_something_else_than_that_of_all_tables() -> None:
    words = written()
    without = {**words, **{section: {} for section in words if section.startswith("tables.")}}
    of_tables = [c for c in COLUMNS if c[1] in words.get(f"tables.{c[0]}", {})]
    assert len(of_tables) > 50
    assert [] == [c for c in of_tables if meaning(*c) == meaning(*c, without)]


def test_what_a_meaning_refers_to_is_there() -> None:
    """`lists.id` is a table and a column of it."""
    said = " ".join(meaning(*column) or "" for column in COLUMNS)
    referred = set(re.findall(r"`(\w+)\.(\w+)`", said))
    assert len(referred) > 20
    assert set() == referred - set(COLUMNS)


def test_meanings_are_short_and_written_alike() -> None:
    said = {column: meaning(*column) or "" for column in COLUMNS}
    assert {} == {c: m for c, m in said.items() if len(m) > 140 or m.endswith(".") or "|" in m}
    assert {} == {c: m for c, m in said.items() if not re.match("[A-Z`]", m)}


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("id", "Id of the audience"),
        ("size", "Size"),
        ("sender__name", "Sender: name"),
        ("sender__size", "Sender: how big it is"),
        ("sender__email", "Sender: e-mail address"),
        ("sender__ip", "Sender: IP address"),
        ("sender__site__name", "Site of the sender: name"),
        ("sender__unknown", None),
        ("name", None),
        ("unknown", None),
    ],
)
def test_a_meaning_is_that_of_the_table_or_of_all_or_of_object_and_member(
    column: str, expected: str | None
) -> None:
    assert expected == meaning("lists", column, OWN)


def test_the_values_are_those_of_the_specification() -> None:
    assert ("pub", "prv") == values(tables()["lists"])["visibility"]
    assert {} == values(tables()["reports_opens"])
    assert ("a", "b", "winner") == values(tables()["reports_sent_to"])["absplit_group"]
