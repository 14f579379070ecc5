"""Changes of audiences and of what they are made of, and of what records look like."""

from __future__ import annotations

from typing import Any

from chimpline.sandbox.changes.choose import audience_for, segment_for
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import digest
from chimpline.sandbox.model.merge_fields import TYPES, MergeField
from chimpline.sandbox.model.segment.segments import Segment

Row = dict[str, Any]


def create_list(account: Account, name: str | None = None) -> Row:
    account.made += 1
    number = len(account.audiences) + len(account.former_audiences)
    list_id = digest(account.options.seed, account.options.account_id, "made", account.made)[:10]
    made = name or f"Made by hand {account.made}"
    audience = Audience(account, list_id, number, made, account.clock.second())
    audience.add_merge_field("FNAME", "First Name", "text", options={"size": 25})
    audience.add_merge_field("LNAME", "Last Name", "text", options={"size": 25})
    account.audiences[list_id] = audience
    return {"id": list_id, "name": made}


def rename_list(account: Account, list_id: str | None = None, name: str | None = None) -> Row:
    """Moves no cursor: audiences have none."""
    audience = audience_for(account, list_id)
    account.made += 1
    audience.name = name or f"Renamed {account.made}"
    return {"id": audience.id, "name": audience.name}


def delete_list(account: Account, list_id: str | None = None) -> Row:
    """With all that is below it; campaigns and reports stay, and say that it is not active."""
    if list_id is None:
        found = sorted(account.audiences.values(), key=lambda a: len(a.by_id))
        list_id = found[0].id if found else None
    audience = audience_for(account, list_id)
    del account.audiences[audience.id]
    audience.deleted = True
    account.former_audiences[audience.id] = audience
    return {"id": audience.id}


def create_segment(
    account: Account,
    list_id: str | None = None,
    name: str | None = None,
    *,
    segment_type: str = "static",
    members: list[str] | None = None,
    conditions: list[Row] | None = None,
) -> Row:
    """`members`: ids of those who join it. A static one is a tag, and shows in their records.

    A saved one has those with their addresses, or who fit `conditions`, in Mailchimp's form.
    """
    audience = audience_for(account, list_id)
    if segment_type not in ("static", "saved", "fuzzy"):
        raise ValueError("A segment is static, saved or fuzzy.")
    account.made += 1
    now = account.clock.second()
    made = name or f"Made by hand {account.made}"
    options: Row = (
        {} if segment_type == "static" else {"match": "any", "conditions": conditions or []}
    )
    segment_id = 5_000_000 + audience.number * 10_000 + account.made
    segment = Segment(segment_id, made, segment_type, now, options)
    audience.segments[segment_id] = segment
    for member_id in members or []:
        member = audience.member(member_id)
        if member is None:
            raise ValueError(f"No member {member_id!r} in audience {audience.id!r}.")
        if segment_type == "saved":
            address = {"condition_type": "EmailAddress", "field": "EMAIL", "op": "is"}
            options["conditions"].append(address | {"value": member.email})
            continue
        segment.join(member.number, now)
        if segment_type == "static":
            audience.move(member, now, tags=(segment_id, *member.tags))
    audience.touched()
    return {"list_id": audience.id, "id": segment_id, "name": made}


def edit_segment(
    account: Account,
    list_id: str | None = None,
    segment_id: int | None = None,
    name: str | None = None,
) -> Row:
    """The definition changes, so `updated_at` moves."""
    audience = audience_for(account, list_id)
    segment = segment_for(audience, segment_id, ("saved", "fuzzy"))
    account.made += 1
    segment.name = name or f"Edited {account.made}"
    segment.updated = account.clock.second()
    audience.layout_changed()
    return {"list_id": audience.id, "id": segment.id, "name": segment.name}


def delete_segment(
    account: Account, list_id: str | None = None, segment_id: int | None = None
) -> Row:
    """A deleted tag leaves the records of its members.

    Whose `last_changed` that moves is not known; assume the worst: nobody's.
    """
    audience = audience_for(account, list_id)
    segment = segment_for(audience, segment_id, ("saved", "fuzzy", "static"))
    for number in list(segment.joined):
        member = audience.members[number]
        if member is not None:
            member.tags = tuple(tag for tag in member.tags if tag != segment.id)
    del audience.segments[segment.id]
    audience.layout_changed()
    return {"list_id": audience.id, "id": segment.id, "type": segment.type}


def rename_tag(
    account: Account,
    list_id: str | None = None,
    segment_id: int | None = None,
    name: str | None = None,
) -> Row:
    """Each member's record reads differently, and no `last_changed` moves; `updated_at` does."""
    audience = audience_for(account, list_id)
    segment = segment_for(audience, segment_id, ("static",))
    return edit_segment(account, audience.id, segment.id, name)


def add_merge_field(
    account: Account,
    list_id: str | None = None,
    tag: str | None = None,
    name: str | None = None,
    *,
    field_type: str = "text",
    default_value: str = "",
) -> Row:
    """Every member has it from now on, empty or with the default; no `last_changed` moves."""
    audience = audience_for(account, list_id)
    if field_type not in TYPES:
        raise ValueError(f"No merge field type {field_type!r}; the types are: {', '.join(TYPES)}.")
    account.made += 1
    wanted = tag or f"MADE{account.made}"
    if audience.merge_field(wanted) is not None:
        raise ValueError(f"Audience {audience.id!r} has a merge field {wanted!r} already.")
    field = audience.add_merge_field(
        wanted, name or f"Made {account.made}", field_type, default=default_value
    )
    audience.layout_changed()
    return _told(audience, field)


def _told(audience: Audience, field: MergeField) -> Row:
    return {"list_id": audience.id, "merge_id": field.merge_id, "tag": field.tag}


def _field(audience: Audience, tag: str | int | None, kinds: tuple[str, ...]) -> MergeField:
    if tag is not None:
        field = audience.merge_field(tag)
    else:
        field = next((f for f in reversed(audience.merge_fields) if f.type in kinds), None)
    if field is None:
        raise ValueError(f"No such merge field in audience {audience.id!r}.")
    return field


def change_merge_field_type(
    account: Account,
    list_id: str | None = None,
    tag: str | None = None,
    field_type: str | None = None,
) -> Row:
    """Number to text unless said otherwise. Values become the new type; no `last_changed` moves."""
    audience = audience_for(account, list_id)
    field = _field(audience, tag, ("number",))
    was = field.type
    field.change_type(field_type or ("number" if was == "text" else "text"))
    audience.layout_changed()
    return {**_told(audience, field), "type": field.type, "was": was}


def rename_merge_field(
    account: Account,
    list_id: str | None = None,
    tag: str | None = None,
    name: str | None = None,
    new_tag: str | None = None,
) -> Row:
    """Another name, and if wanted another tag: the key of each member's value."""
    audience = audience_for(account, list_id)
    field = _field(audience, tag, ("text", "dropdown"))
    account.made += 1
    if new_tag is not None and audience.merge_field(new_tag) not in (None, field):
        raise ValueError(f"Audience {audience.id!r} has a merge field {new_tag!r} already.")
    field.name = name or f"Renamed {account.made}"
    field.tag = new_tag or field.tag
    audience.layout_changed()
    return {**_told(audience, field), "name": field.name}


def delete_merge_field(account: Account, list_id: str | None = None, tag: str | None = None) -> Row:
    audience = audience_for(account, list_id)
    field = _field(audience, tag, ("text", "dropdown"))
    audience.merge_fields.remove(field)
    audience.layout_changed()
    return _told(audience, field)


def add_interest(
    account: Account,
    list_id: str | None = None,
    category_id: str | None = None,
    name: str | None = None,
) -> Row:
    """In the first category, which is made where there is none."""
    audience = audience_for(account, list_id)
    account.made += 1
    if not audience.categories:
        made = digest(audience.id, "category", account.made)[:10]
        audience.add_category(made, "Made by hand", "checkboxes")
    category = next((c for c in audience.categories if category_id in (None, c.id)), None)
    if category is None:
        raise ValueError(f"No interest category {category_id!r} in audience {audience.id!r}.")
    interest_id = digest(audience.id, "interest", account.made)[:10]
    interest = audience.add_interest(category, interest_id, name or f"Made {account.made}")
    audience.layout_changed()
    return {"list_id": audience.id, "interest_category_id": category.id, "id": interest.id}


def delete_interest(
    account: Account, list_id: str | None = None, interest_id: str | None = None
) -> Row:
    audience = audience_for(account, list_id)
    for interest in audience.interests:
        if interest_id in (None, interest.id):
            audience.interests.remove(interest)
            audience.layout_changed()
            category_id = interest.category_id
            told = {"list_id": audience.id, "interest_category_id": category_id}
            return {**told, "id": interest.id}
    raise ValueError(f"No interest {interest_id!r} in audience {audience.id!r}.")


def _records_changed(account: Account) -> None:
    for audience in account.audiences.values():
        audience.layout_changed()


def unknown_field(
    account: Account,
    table: str = "list_members",
    name: str = "newly_invented",
    value: Any = "surprise",
) -> Row:
    """From now on each record of the table carries a field that no specification knows."""
    account.oddities.add_field(table, name, value)
    _records_changed(account)
    return {"table": table, "name": name, "value": value}


def odd_value(
    account: Account, table: str, key: list[str], field: str, value: Any = "not a number"
) -> Row:
    """One record's field (dotted) is served with a value of the wrong type.

    `key`: as the table is keyed, parents first, each as text.
    """
    account.oddities.set_value(table, tuple(map(str, key)), field, value)
    _records_changed(account)
    return {"table": table, "key": key, "field": field, "value": value}


def mend_record(account: Account, table: str, key: list[str]) -> Row:
    """The record is served as it should be again."""
    account.oddities.take_back(table, tuple(map(str, key)))
    _records_changed(account)
    return {"table": table, "key": key}
