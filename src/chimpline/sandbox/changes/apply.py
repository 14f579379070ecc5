"""One change of the account, by its name."""

from __future__ import annotations

import inspect

from chimpline.sandbox.changes import audiences
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Change, Row
from chimpline.sandbox.tables import COLLECTIONS

ANYWHERE: dict[str, Change] = {
    "unknown_field": audiences.unknown_field,
    "odd_value": audiences.odd_value,
    "mend_record": audiences.mend_record,
}
"""What can happen to the records of each collection."""
CHANGES: dict[str, Change] = ANYWHERE | {
    name: change
    for collection in COLLECTIONS.values()
    for name, change in collection.changes.items()
}


def apply_change(account: Account, kind: str, arguments: Row) -> Row:
    """Makes one change, in a second of its own: the logical clock moves on before and after it.

    `advance_s` says by how much in all (2 seconds unless given; 0 leaves the clock alone).
    """
    change = CHANGES.get(kind)
    if change is None:
        raise ValueError(f"No change {kind!r}; the changes are: {', '.join(sorted(CHANGES))}.")
    rest = dict(arguments)
    step = float(rest.pop("advance_s", 2.0)) / 2
    _check(kind, change, rest)
    account.clock.advance(step)
    changed = change(account, **rest)
    account.clock.advance(step)
    return {"kind": kind, **changed}


def _check(kind: str, change: Change, given: Row) -> None:
    """The arguments are such as the change takes, and none that it needs is missing."""
    takes = list(inspect.signature(change).parameters.values())[1:]  # after the account
    known = [parameter.name for parameter in takes]
    needed = [p.name for p in takes if p.default is p.empty]
    strange = [name for name in given if name not in known]
    missing = [name for name in needed if name not in given]
    if strange or missing:
        told = f"takes no {', '.join(strange)}" if strange else f"needs {', '.join(missing)}"
        raise ValueError(f"{kind} {told}. Its arguments: {', '.join([*known, 'advance_s'])}.")
