r"""What PostgreSQL's text and jsonb cannot hold is replaced by U+FFFD, the replacement character.

That is the character U+0000 in a text, and in JSON `\u0000` and halves of surrogate pairs. Such a
cell would otherwise refuse its row, and so its table, for ever.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimpline.model import Column, ColumnType

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

_SUSPECT = r"\\u(0000|[dD][89a-fA-F])"
# Escapes one after the other, so that `\\u0000` (a backslash and letters) is told from `\u0000`.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)
_LONE = re.compile(r"\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})")


def storable(columns: Sequence[Column], rows: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    for i, column in enumerate(columns):
        cells = rows.column(i)
        if column.type is ColumnType.TEXT:
            if pc.any(pc.match_substring(cells, "\0")).as_py():
                cells = pc.replace_substring(cells, "\0", "\ufffd")
                rows = rows.set_column(i, rows.schema.field(i), cells)
        elif (
            column.type is ColumnType.JSON
            and pc.any(pc.match_substring_regex(cells, _SUSPECT)).as_py()
        ):
            import pyarrow as pa

            fixed = [None if cell is None else json_text(cell) for cell in cells.to_pylist()]
            rows = rows.set_column(i, rows.schema.field(i), pa.array(fixed, pa.string()))
    return rows


def json_text(text: str) -> str:
    """`text` with what jsonb refuses replaced; pairs that are whole stay as they are."""
    return _ESCAPE.sub(lambda found: r"\ufffd" if _LONE.fullmatch(found[0]) else found[0], text)
