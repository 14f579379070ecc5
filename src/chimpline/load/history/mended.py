"""What was put right of a past, in words of its own: nothing of it can be read again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimpline.load.contract import Change

OF_A_PAST = {
    "table-moved": "past-moved",
    "table-dropped": "past-dropped",
    "table-spoilt": "past-spoilt",
    "column-added-again": "past-column-added-again",
    "column-changed-back": "past-column-changed-back",
    "column-misfit": "past-column-misfit",
    "columns-exchanged": "past-columns-exchanged",
    "column-filled-by-database": "past-column-filled-by-database",
    "rows-without-key": "past-rows-without-key",
    "rows-twice-unlike": "past-rows-twice-unlike",
    "rows-removed-by-others": "past-rows-removed-by-others",
    "rows-added-by-others": "past-rows-added-by-others",
}


def of_a_past(change: Change) -> Change:
    """What `prepare` says of a table that a past is kept in."""
    said = change.said
    kind = OF_A_PAST.get(said.kind, said.kind)
    return dataclasses.replace(change, said=dataclasses.replace(said, kind=kind), again=False)
