"""A dataset that exists keeps its tables: what a newer version adds to the default set is offered.

The dataset knows which tables of the default set it takes. A run that names no tables lands these;
the first one takes the whole default set, and so does whoever asks for it, or for all tables.
Whoever names a table takes that. Of the others a run tells once, with what they cost; every run
says which they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

from chimpline.catalog.selected import Selected
from chimpline.catalog.table import Table
from chimpline.catalog.tables import DEFAULT_SET_BEFORE, default_set, is_before_default_sets
from chimpline.load.contract import Destination
from chimpline.message import Message
from chimpline.model import Scope
from chimpline.runs.report.costs import first_requests
from chimpline.runs.request import RunRequest


@dataclasses.dataclass(frozen=True, slots=True)
class Offer:
    """What a run lands, and what it leaves because its dataset does not take it.

    `landed`: the tables to be landed. `left`: those of the default set that are offered; `untold`:
    of these the ones that no run has told of. `news`: what the dataset is to know from now on.
    """

    landed: tuple[Table, ...]
    left: tuple[Table, ...] = ()
    untold: tuple[Table, ...] = ()
    news: Mapping[str, bool] = dataclasses.field(default_factory=dict)


def offer(request: RunRequest, selected: Selected, destination: Destination) -> Offer:
    """Which of the selected tables are landed in this dataset; nothing is written."""
    landed = selected.landed
    defaults = default_set(selected.tables)
    known = destination.default_set()
    if isinstance(request.tables, tuple):
        asked = [name for name in defaults if name in request.tables]
        # Tables that are named before any default set is taken say nothing of it.
        return Offer(landed, news=_taken(asked, known) if known else {})
    if request.tables is not None:
        return Offer(landed, news=_taken(defaults, known))
    before = {} if known else _before(defaults, destination)
    if not known and not before:
        return Offer(landed, news=_taken(defaults, known))
    takes = {name for name, taken in (known or before).items() if taken}
    left = tuple(t for t in landed if t.name not in takes and not t.selection.named)
    untold = tuple(table for table in left if table.name not in known)
    return Offer(
        tuple(table for table in landed if table not in left),
        left,
        untold,
        {**before, **{table.name: False for table in untold}},
    )


def _taken(defaults: Collection[str], known: Mapping[str, bool]) -> dict[str, bool]:
    """What is new, where the whole default set is taken."""
    return {name: True for name in defaults if not known.get(name)}


def _before(defaults: Collection[str], destination: Destination) -> dict[str, bool]:
    """What a dataset takes that an earlier version made, which kept no note of it.

    That is what these versions copied, and what was named since.
    """
    versions = {run.schema_version for run in destination.runs()}
    if not any(map(is_before_default_sets, versions)):
        return {}
    named = {line.table_name for line in destination.slices()}
    return dict.fromkeys([*DEFAULT_SET_BEFORE, *(n for n in defaults if n in named)], True)


def told(tables: Sequence[Table], destination: Destination) -> Message:
    """What a run says of tables that it offers, with what each would cost at first."""
    offered, rows = [], _rows_above(tables, destination)
    for table in tables:
        requests = first_requests(table, rows, destination)
        if requests is None:
            cost = Message.of("cost-below", parent=table.parent.name if table.parent else "")
        else:
            cost = Message.of("cost-requests", requests=requests)
        offered.append(Message.of("table-offered", table=table.name, cost=cost))
    return Message.of("tables-offered", count=len(offered), tables=offered)


def _rows_above(tables: Iterable[Table], destination: Destination) -> dict[str, int]:
    """How many rows there are of what these tables hang below; nothing where there is none."""
    parents = {one.parent.name: one.parent for one in tables if one.parent is not None}
    counts = {name: destination.count(one.schema, Scope()) for name, one in parents.items()}
    return {name: count for name, count in counts.items() if count}
