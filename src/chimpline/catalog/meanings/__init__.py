"""What each column means, in our own words, from the file beside this module, which says how."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files

from chimpline.catalog.table import Table

Words = Mapping[str, Mapping[str, str]]
"""Words by section and name. The sections of tables are called `tables.NAME`."""


@functools.cache
def written() -> Words:
    """What the file has."""
    sections = tomllib.loads(files(__package__).joinpath("meanings.toml").read_text("utf-8"))
    tables = sections.pop("tables")
    return {**sections, **{f"tables.{name}": words for name, words in tables.items()}}


def meaning(table: str, column: str, words: Words | None = None) -> str | None:
    """What a column of a table means; None where nothing says it."""
    known = written() if words is None else words
    said = [known[section][name] for section, name in needed(table, column, known)]
    if len(said) < 2:
        return said[0] if said else None
    object_, member = said
    is_word = member[1:2].islower() or member[1:2] == "-"
    return f"{object_}: {member[0].lower() if is_word else member[0]}{member[1:]}"


def needed(table: str, column: str, words: Words) -> Iterator[tuple[str, str]]:
    """Section and name of what says the meaning: of one line, or of an object and its member."""
    for section in (f"tables.{table}", "columns"):
        if column in words.get(section, {}):
            yield section, column
            return
    parts = column.split("__")
    for cut in range(len(parts) - 1, 0, -1):  # the innermost object first
        object_, member = "__".join(parts[:cut]), "__".join(parts[cut:])
        for section in ("members", "columns"):
            if object_ in words["objects"] and member in words[section]:
                yield "objects", object_
                yield section, member
                return


def values(table: Table) -> dict[str, tuple[str, ...]]:
    """The values that the specification lists, by column; of most columns it lists none."""
    found = {}
    for field in table.fields:
        shape = table.record
        if field.in_event:
            (shape,) = shape[table.row.unnest]
        for name in field.source:
            shape = shape[name]
        if isinstance(shape, dict) and "$enum" in shape:
            found[field.column.name] = tuple(str(value) for value in shape["$enum"])
    return found
