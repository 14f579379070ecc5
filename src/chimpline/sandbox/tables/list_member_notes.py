"""Notes about a member: its own record shows the newest one, and moves with no other."""

from __future__ import annotations

from chimpline.sandbox.changes.choose import audience_for, member_for
from chimpline.sandbox.instants import iso, parse
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import Member
from chimpline.sandbox.model.notes import keep, note, notes_of
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import list_members


def _row(audience: Audience, member: Member, one: Row) -> Row:
    ids = {"email_id": member.id if member.email else "", "contact_id": member.contact_id(audience)}
    return {**one, "list_id": audience.id, **ids}


def _told(audience: Audience, member: Member, notes: list[Row]) -> Row:
    return {"list_id": audience.id, "id": member.id, "notes": [one["id"] for one in notes]}


def _write(account: Account, list_id: str | None = None, member_id: str | None = None) -> Row:
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id)
    account.made += 1
    now = account.clock.second()
    notes = [note(20_000_000 + account.made, now, "Ruft zurück"), *notes_of(audience, member)]
    keep(audience, member, notes)
    audience.set_quietly(member, note=now)
    return _told(audience, member, notes)


def _noted(audience: Audience, member_id: str | None) -> Member:
    return member_for(audience, member_id, like=lambda m: bool(m.note))


def _edit(account: Account, list_id: str | None = None, member_id: str | None = None) -> Row:
    """The oldest one: nothing of the member's record moves where there is a newer one."""
    audience = audience_for(account, list_id)
    member = _noted(audience, member_id)
    *others, oldest = notes_of(audience, member)
    now = iso(account.clock.second())
    notes = [*others, oldest | {"note": "수정됨", "updated_at": now}]
    keep(audience, member, notes)
    audience.set_quietly(member)
    return _told(audience, member, notes)


def _delete(account: Account, list_id: str | None = None, member_id: str | None = None) -> Row:
    """The newest one."""
    audience = audience_for(account, list_id)
    member = _noted(audience, member_id)
    _, *notes = notes_of(audience, member)
    keep(audience, member, notes)
    before = parse(notes[0]["created_at"]) if notes else 0
    audience.set_quietly(member, note=before)
    return _told(audience, member, notes)


COLLECTION = Collection(
    name="list_member_notes",
    path="/lists/{list_id}/members/{subscriber_hash}/notes",
    array="notes",
    record="note_id",
    below=list_members.COLLECTION,
    around=lambda audience, member: {"email_id": member.id, "list_id": audience.id},
    times=("created_at", "updated_at"),
    things=notes_of,
    row=_row,
    sorts=("created_at", "updated_at"),
    changes={"write_note": _write, "edit_note": _edit, "delete_note": _delete},
)
