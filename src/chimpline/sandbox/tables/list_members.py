"""Members of an audience: found by a search of their own, and kept as JSON until they change."""

from __future__ import annotations

from chimpline.sandbox.answers.answer import Page, Record, decode, encode
from chimpline.sandbox.answers.member_search import search
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.changes import members
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import Member, member_row
from chimpline.sandbox.registry import Collection, Row, Variables
from chimpline.sandbox.tables import lists


def keyed(record: Row) -> Row:
    """A person without an e-mail address has no id, and is kept under that of the contact."""
    if not record["id"]:
        record["id"] = f"contact:{record['contact_id']}"
    return record


def _encoded(audience: Audience, member: Member) -> bytes:
    """The record as JSON, without `_links`."""
    if member.encoded is None:
        row, key = member_row(audience, member), (audience.id, member.id)
        member.encoded = encode(audience.account.oddities.apply(COLLECTION.name, key, row))
    return member.encoded


def _listing(account: Account, variables: Variables, query: Query) -> Page:
    (audience,) = COLLECTION.parents(account, variables)
    found, total = search(audience, query)
    rows = [_encoded(audience, member) for member in found]
    return COLLECTION.page((audience,), rows, total, query.offset)


def _find(audience: Audience, text: str) -> Member | None:
    """By the id of the current address; the id of a former one is as unknown as any other."""
    member = audience.member(text)
    if member is not None and member.email:
        return member
    if audience.account.options.contacts_answer_by_contact_id:
        return next((one for one in audience.living() if one.contact_id(audience) == text), None)
    return None


def _single(account: Account, variables: Variables, _query: Query) -> Record:
    (audience,) = COLLECTION.parents(account, variables)
    member: Member = COLLECTION.found((audience,), variables["subscriber_hash"])
    path = f"{COLLECTION.place((audience,))}/{member.id}"
    return Record(decode(_encoded(audience, member)), COLLECTION.linked, path)


COLLECTION = Collection(
    name="list_members",
    path="/lists/{list_id}/members",
    array="members",
    record="subscriber_hash",
    below=lists.COLLECTION,
    times=("timestamp_signup", "timestamp_opt", "last_changed", "last_note__created_at"),
    things=Audience.living,
    find=_find,
    row=lambda audience, member: keyed(member_row(audience, member)),
    listing=_listing,
    single=_single,
    changes={
        "subscribe": members.subscribe,
        "unsubscribe": members.unsubscribe,
        "resubscribe": members.resubscribe,
        "clean": members.clean,
        "change_address": members.change_address,
        "subscribe_by_phone": members.subscribe_by_phone,
        "edit_merge_fields": members.edit_merge_fields,
        "put_unchanged": members.put_unchanged,
        "archive": members.archive,
        "unarchive": members.unarchive,
        "delete_permanently": members.delete_permanently,
        "postdate": members.postdate,
        "set_rating": members.set_rating,
        "set_interests": members.set_interests,
    },
)
