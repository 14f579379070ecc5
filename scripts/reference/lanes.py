"""The lines of the diagram between boxes: all that lead to one box share a lane of a gutter."""

from __future__ import annotations

import dataclasses

from reference.layout import COLUMNS, MIDDLE, Box, Panel, near
from reference.links import links

LANE, EDGE, STEP = 14, 20, 9
"""How far lanes stand from each other, and from columns; how far lines that leave one box do."""


@dataclasses.dataclass(frozen=True)
class Trunk:
    """All lines to one box in one gutter, and which lane of the gutter they take."""

    gutter: int
    lane: int
    target: Box
    sources: tuple[tuple[Box, float], ...]
    """With how far below the middle of its title each line leaves a box."""


def trunks(panels: list[Panel]) -> list[Trunk]:
    """Lanes are given to the shortest first, so that long ones run outside."""
    boxes = {box.table.name: box for panel in panels for box in panel.boxes}
    shown = [(boxes[one.table], boxes[one.to]) for one in links() if near(one)]
    left: dict[tuple[int, str], int] = {}
    found: dict[tuple[int, str], list[tuple[Box, float]]] = {}
    for source, target in shown:
        gutter = _gutter(source, target)
        leaves = gutter, source.table.name
        left[leaves] = left.get(leaves, 0) + 1
        found.setdefault((gutter, target.table.name), []).append((source, left[leaves] * STEP))
    made: list[Trunk] = []
    for (gutter, name), sources in sorted(
        found.items(), key=lambda one: _length(one[1], boxes[one[0][1]])
    ):
        top, bottom = _span(sources, boxes[name])
        taken = {
            one.lane
            for one in made
            if one.gutter == gutter
            for span in [_span(list(one.sources), one.target)]
            if span[0] - 12 < bottom and top - 12 < span[1]
        }
        lane = next(n for n in range(len(found)) if n not in taken)
        made.append(Trunk(gutter, lane, boxes[name], tuple(sources)))
    return made


def widths(made: list[Trunk]) -> list[float]:
    """Of the gutters between the columns."""
    lanes = [
        max((one.lane + 1 for one in made if one.gutter == gutter), default=1)
        for gutter in range(len(COLUMNS) - 1)
    ]
    return [2 * EDGE + LANE * (count - 1) for count in lanes]


def _gutter(source: Box, target: Box) -> int:
    """To the right of the first of two columns, but for the last, which has none."""
    return min(source.column, target.column, len(COLUMNS) - 2)


def _span(sources: list[tuple[Box, float]], target: Box) -> tuple[float, float]:
    ends = [*(box.y + MIDDLE + down for box, down in sources), target.y + MIDDLE]
    return min(ends), max(ends)


def _length(sources: list[tuple[Box, float]], target: Box) -> float:
    top, bottom = _span(sources, target)
    return bottom - top
