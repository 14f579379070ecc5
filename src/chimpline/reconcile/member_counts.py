"""The members of one audience compared by counts: up to what is proven, and since."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping

from chimpline.message import Message
from chimpline.reconcile.difference import Kind


@dataclasses.dataclass(frozen=True, slots=True)
class Counted:
    """One ask on both sides.

    `until`: the end of what runs have proven of it; None before the first. `then`: how many members
    Mailchimp holds up to there (without an end, how many at all), `since`: how many after it.
    `ours`: how many the copy holds up to there, each once.
    """

    until: dt.datetime | None
    then: int
    since: int
    ours: int


def differences(
    counted: Mapping[str, Counted], never_proven: Kind
) -> Iterator[tuple[Kind, int, Message]]:
    """What the counts of all asks tell: a kind, how many members, and a note; any may be 0.

    `never_proven`: the kind of what no proven line speaks for.
    """
    changed = sum(one.since for one in counted.values())
    explained = 0
    for ask, one in counted.items():
        which = Message.of("note-of-ask", ask=ask.partition("=")[2]) if ask else None
        note = Message.of("note-members", theirs=one.then, ours=one.ours, which=which)
        if one.until is None:
            yield never_proven, abs(one.then - one.ours), note
        elif one.then > one.ours:
            yield Kind.FEWER, one.then - one.ours, note
        elif one.then < one.ours:
            # Who changed since has left the window: so many can be missing without any loss.
            moved = min(one.ours - one.then, changed - explained)
            explained += moved
            as_many = Message("note-as-many-changed")
            yield Kind.CHANGED, moved, Message.of("note-and", one=note, other=as_many)
            yield Kind.MORE, one.ours - one.then - moved, note
    yield Kind.CHANGED, changed - explained, Message("note-since-the-run")
