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

from chimpline.evidence import FirstPart, GateValues
from chimpline.extract.walk import Reached
from chimpline.model import SliceRecord
from chimpline.state.bookmarks import IN_PROGRESS


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

    def evidence(self, gate: GateValues) -> FirstPart:
        """As it stands in the ledger; `gate`: as of its first request."""
        return FirstPart(
            gate=dataclasses.replace(gate, left_out=self.left_out),
            records=self.reached.records,
            key=self.reached.key,
            landed=self.landed,
            floor=self.floor,
        )


def unfinished(
    line: SliceRecord | None, gate: GateValues, floor: dt.datetime | None
) -> Unfinished | None:
    """What `line` tells of a first part; None where it may not be built upon."""
    part = line.evidence if line is not None and line.proof == IN_PROGRESS else None
    if line is None or not isinstance(part, FirstPart):
        return None
    if (part.gate.values, part.gate.more) != (gate.values, gate.more) or part.floor != floor:
        return None
    return Unfinished(
        reached=Reached(part.records, part.key),
        landed=part.landed,
        left_out=part.gate.left_out,
        floor=floor,
        until=line.until,
    )


def all_of_one(parts: Mapping[str, Unfinished | None]) -> dict[str, Unfinished]:
    """The first parts of all tables of a slice, where they are of one read and end together."""
    known = {name: part for name, part in parts.items() if part is not None}
    ends = {(part.reached, part.until) for part in known.values()}
    return known if len(known) == len(parts) and len(ends) == 1 else {}
