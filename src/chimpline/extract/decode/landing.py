"""From rows as Mailchimp sent them to rows as the user chose to land them.

This is where personal values end: what is hashed or left out has no other form from here on, in
memory, in the destination, in its ledger or in a log. A hash is HMAC-SHA256 with the salt of the
connection, so that equal values are equal in every table and nobody without the salt can try
addresses against it. A text with an @ is hashed in lower case, since Mailchimp takes addresses that
differ in case for the same.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from chimpline.catalog.selected import ADDRESS, OPEN
from chimpline.catalog.selection import members_of
from chimpline.catalog.table import AFTER, Field, Table
from chimpline.model import EXTRA, Column, ColumnType

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_EMPTY = ('""', "[]", "{}")


def hashed(salt: bytes, text: str) -> str:
    """The salted hash of a value; what is empty stays empty."""
    if not text:
        return text
    normal = text.strip().lower() if "@" in text else text
    return hmac.digest(salt, normal.encode(), "sha256").hex()


class Landing:
    """Gives the rows of one table the form in which they are landed."""

    def __init__(self, table: Table, salt: bytes) -> None:
        self.table = table
        self._salt = salt
        self._plain = table.schema == table.offered and not table.selection.shapes_rows
        if table.selection.hashed and not salt:
            raise ValueError(f"{table.name} has columns to hash, and there is no salt")
        self._hidden = _hidden(table)
        self._chosen = (
            None
            if table.selection.columns is None
            else [dotted(table, f) for f in table.fields if table.selection.lands(f.column.name)]
        )

    def hides(self, path: str) -> bool:
        """Whether a value that fits no column must not be kept in `_extra` either."""
        if any(_related(path, hidden) for hidden in self._hidden):
            return True
        return self._chosen is not None and not any(_related(path, one) for one in self._chosen)

    def key(self, key: object) -> str:
        """The key of a record, as the ledger may hold it; its parts one after the other."""
        parts = key if isinstance(key, tuple) else (key,)
        hashed = self.table.selection.hashed
        return " ".join(
            self.hashed(part) if name in hashed else str(part)
            for name, part in zip(self.table.record_keys, parts, strict=False)
        )

    def hashed(self, value: object) -> str:
        """A value as it stands in a hashed column."""
        return hashed(self._salt, str(value))

    def rows(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """`batch`, in the table's offered schema, in its landed one."""
        if self._plain:
            return batch
        schema = self.table.schema
        arrow = schema.arrow_schema()
        arrays = []
        for column in schema.columns:
            cells = self._cells(column, batch.column(column.name))
            if column.name in schema.primary_key and cells.null_count:
                cells = pc.fill_null(cells, "")
            arrays.append(cells)
        return pa.RecordBatch.from_arrays(arrays, schema=arrow)

    def _cells(self, column: Column, cells: pa.Array) -> pa.Array:
        selection = self.table.selection
        if column.name in selection.hashed:
            return self._hashed(cells)
        if column.name not in OPEN or column.type is not ColumnType.JSON:
            return cells
        only = selection.only(column.name)
        without = selection.without(column.name)
        to_hash = members_of(column.name, selection.hashed)
        if not (only or without or to_hash):
            return cells
        texts = [
            None if text is None else self._members(text, only, without, to_hash)
            for text in cells.to_pylist()
        ]
        return pa.array(texts, pa.string())

    def _hashed(self, cells: pa.Array) -> pa.Array:
        texts = cells if pa.types.is_string(cells.type) else cells.cast(pa.string())
        coded = texts.dictionary_encode()
        known = pa.array(
            [hashed(self._salt, text) for text in coded.dictionary.to_pylist()], pa.string()
        )
        return known.take(coded.indices)

    def _members(
        self, text: str, only: frozenset[str], without: frozenset[str], to_hash: frozenset[str]
    ) -> str | None:
        try:
            members = _OBJECT.decode(text)
        except msgspec.ValidationError:
            return text if text in _EMPTY else None  # no object: nobody knows what it holds
        kept = {
            name: self._raw_hashed(raw) if name in to_hash else raw
            for name, raw in members.items()
            if name not in without and (not only or name in only)
        }
        return msgspec.json.encode(kept).decode()

    def _raw_hashed(self, raw: msgspec.Raw) -> object:
        value = msgspec.json.decode(raw)
        if value is None or value == "":
            return value
        return hashed(self._salt, value if isinstance(value, str) else bytes(raw).decode())


def dotted(table: Table, field: Field) -> str:
    """Where a field stands inside a record of an answer."""
    above = (table.row.unnest,) if field.in_event and table.row.unnest else ()
    return ".".join((*above, *field.source))


def _hidden(table: Table) -> list[str]:
    selection = table.selection
    hidden = [
        dotted(table, field)
        for field in table.fields
        if not selection.lands(field.column.name) or field.column.name in selection.hashed
    ]
    # A contact's id is protected where it is no column, too: Mailchimp may send it all the same.
    stands_in = table.row.stands_in
    if stands_in in selection.dropped | selection.hashed and stands_in not in hidden:
        hidden.append(stands_in)
    return hidden


def _related(path: str, other: str) -> bool:
    """Whether one of two dotted paths is the other, or lies inside it."""
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")


def projection(
    table: Table, taken: object, prefix: str = "", arrays: Collection[str] = ()
) -> dict[str, str]:
    """The query parameter that asks for what is landed and nothing else, where one is taken.

    `taken`: the endpoint's parameters. `prefix`: `members.` before the fields of a list's records.
    All but what is left out is asked for, so that fields which Mailchimp adds are noticed; where
    columns are named one by one, only those are. A request can have one of the two only
    (docs/mailchimp-facts.md#fields). What decides a key is asked for whether or not it is landed,
    unless it is dropped. `arrays`: fields that are asked for whatever is landed of this table, for
    those that ride in them. One of those alone asks for nothing else.
    """
    if not isinstance(taken, dict):
        return {}
    selection = table.selection
    if table.host and "fields" in taken:
        names = [*table.sent_keys, str(table.row.unnest), *_for_key(table)]
        asked = [f"{prefix}{name}" for name in dict.fromkeys(names)]
        return {"fields": ",".join([*asked, *_beside(table)])}
    inner = {name: selection.without(name) for name in OPEN if selection.without(name)}
    if selection.columns is not None and not inner and "fields" in taken:
        asked = [f"{prefix}{path}" for f in table.fields for path in _asked(table, f)]
        for_key = [f"{prefix}{name}" for name in _for_key(table)]
        for_key += [f"{prefix}{name}" for name in arrays]
        asked += [path for path in for_key if path not in asked]
        return {"fields": ",".join([*asked, *(_beside(table) if prefix else [])])}
    if "exclude_fields" not in taken:
        return {}
    left_out = [
        dotted(table, field)
        for field in table.fields
        if not selection.lands(field.column.name)
        and field.column.name not in (EXTRA, *_for_key(table), *arrays)
    ]
    stands_in = table.row.stands_in
    if stands_in in selection.dropped and stands_in not in left_out:
        left_out.append(stands_in)
    left_out += [f"{name}.{member}" for name, out in inner.items() for member in sorted(out)]
    links = [f"{prefix}_links", "_links"] if prefix else ["_links"]
    return {"exclude_fields": ",".join([*links, *(f"{prefix}{path}" for path in left_out)])}


def _beside(table: Table) -> list[str]:
    """What a list's answer tells beside its records."""
    return [AFTER if table.chained else "total_items"]


def _for_key(table: Table) -> list[str]:
    """What stands in for an absent key, and what says that none is needed: a person's address.

    Unless the user wants it nowhere.
    """
    if table.row.stands_in is None:
        return []
    names = (table.row.stands_in, ADDRESS)
    return [name for name in names if name not in table.selection.dropped]


def _asked(table: Table, field: Field) -> list[str]:
    name, path = field.column.name, dotted(table, field)
    if not table.selection.lands(name):
        return []
    return [f"{path}.{member}" for member in sorted(table.selection.only(name))] or [path]
