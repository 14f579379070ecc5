"""What a stopped read of one campaign leaves behind, so that the next run can go on from there.

A campaign's first pages need not be asked again where three things hold. Its *gate* is what it was
before the first of them was asked: then none of their rows has changed, by the same reasoning that
leaves a campaign with a closed gate alone. The record that they ended on is still at its place:
then none of them has gone, or come, before it. And once the rest is read, the destination holds as
many rows of the campaign as both parts brought: then none is left there that neither part met.
Where one of them does not hold, the campaign is read from its start.

The slice is then proven as of the time when its first part was read.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from chimpline.extract.walk import Reached
from chimpline.model import SliceRecord
from chimpline.state.bookmarks import IN_PROGRESS

KEY = "_reached"
"""Under which name it stands in the gate of a line in progress."""


@dataclasses.dataclass(frozen=True, slots=True)
class Unfinished:
    """The first part of a slice: how far it reaches, and how many rows of it were landed.

    `until`: the horizon under which it was read. `floor`: the start date that it was read with.
    """

    reached: Reached
    landed: int
    left_out: int
    floor: dt.datetime | None
    until: dt.datetime

    def told(self) -> dict[str, Any]:
        """As it stands in the ledger."""
        return {
            KEY: {
                "records": self.reached.records,
                "key": self.reached.key,
                "landed": self.landed,
                "left_out": self.left_out,
                "floor": self.floor.isoformat() if self.floor else None,
            }
        }


def unfinished(
    line: SliceRecord | None, gate: Mapping[str, Any], floor: dt.datetime | None
) -> Unfinished | None:
    """What `line` tells of a first part; None where it may not be built upon."""
    if line is None or line.proof != IN_PROGRESS or line.gate is None or KEY not in line.gate:
        return None
    told = line.gate[KEY]
    kept = {name: value for name, value in line.gate.items() if name != KEY}
    if kept != gate or told["floor"] != (floor.isoformat() if floor else None):
        return None
    key = told["key"]
    return Unfinished(
        # JSON has no tuples, and a key of several fields is one.
        reached=Reached(told["records"], tuple(key) if isinstance(key, list) else key),
        landed=told["landed"],
        left_out=told["left_out"],
        floor=floor,
        until=line.until,
    )
