"""Notes about a member. Its own record shows the newest of them; they are made when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimpline.sandbox.instants import iso

if TYPE_CHECKING:
    from chimpline.sandbox.model.audience import Audience
    from chimpline.sandbox.model.member import Member

Row = dict[str, Any]

AUTHOR = "Freddie"


def note(id_: int, instant: int, text: str) -> Row:
    return {
        "id": id_,
        "created_at": iso(instant),
        "created_by": AUTHOR,
        "updated_at": iso(instant),
        "note": text,
    }


def notes_of(audience: Audience, member: Member) -> list[Row]:
    """Newest first. `member.note` is the time of the newest one, 0 where there is none."""
    kept = audience.account.records.get(f"notes {audience.id} {member.number}")
    if kept is not None:
        return kept
    if not member.note:
        return []
    newest = note(48000 + member.number, member.note, 'Likes bananas; "quotes" and\nnew lines too.')
    older = note(9_000_000 + member.number, member.note - 3600, "먼저 전화했다 📞")
    return [newest, older][: 1 + member.number % 2]


def keep(audience: Audience, member: Member, notes: list[Row]) -> None:
    """From now on the member has these. Nobody has said that `last_changed` moves: assume not."""
    audience.account.records[f"notes {audience.id} {member.number}"] = notes
