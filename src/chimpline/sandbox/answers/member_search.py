"""Which members of an audience a query asks for, in which order."""

from __future__ import annotations

from collections.abc import Callable

from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.model.audience import VISIBLE, Audience
from chimpline.sandbox.model.member import STATUSES, Member

SORT_FIELDS = ("timestamp_opt", "timestamp_signup", "last_changed")
Test = Callable[[Member], bool]


def search(audience: Audience, query: Query) -> tuple[list[Member], int]:
    """One page of members, and how many there are in all."""
    status = query.choice("status", STATUSES)
    index = audience.indexes[status or VISIBLE]  # unfiltered, the archived ones are hidden
    since, before = query.instant("since_last_changed"), query.instant("before_last_changed")
    span = index.span(since, before)
    sort_field = query.choice("sort_field", SORT_FIELDS)
    tests = _tests(audience, query)
    offset, count = query.offset, query.count
    if not tests and sort_field == "last_changed":
        numbers = index.page(span, offset, count, descending=query.descending)
        return _members(audience, numbers), span[1] - span[0]
    if not tests and sort_field is None and not status and since is None and before is None:
        order = audience.default_order
        numbers = order.page((0, len(order)), offset, count, descending=False)
        return _members(audience, numbers), len(order)

    def find() -> list[int]:
        found = [
            member
            for member in _members(audience, index.numbers(*span))
            if all(test(member) for _, test in tests)
        ]
        return _sorted(found, sort_field, descending=query.descending)

    asked = tuple(name for name, _ in tests)
    key = ("search", status, span, sort_field, query.descending, asked)
    numbers = audience.kept(key, find)
    return _members(audience, numbers[offset : offset + count]), len(numbers)


def _members(audience: Audience, numbers: list[int]) -> list[Member]:
    return [member for n in numbers if (member := audience.members[n]) is not None]


def _sorted(found: list[Member], sort_field: str | None, *, descending: bool) -> list[int]:
    """By one field; equals, and the whole where no field is named, in a meaningless order."""

    def key(member: Member) -> tuple[int, int]:
        tied = tie(member.number, member.edits)
        if sort_field is None:
            return 0, tied
        instants = {
            "timestamp_opt": member.opted,
            "timestamp_signup": member.signed_up,
            "last_changed": member.changed,
        }
        return instants[sort_field], tied

    found.sort(key=key, reverse=sort_field is not None and descending)
    return [member.number for member in found]


def _tests(audience: Audience, query: Query) -> list[tuple[str, Test]]:
    """The further filters, each with a name that says what it asks."""
    tests: list[tuple[str, Test]] = []
    kind = query.choice("email_type", ("html", "text"))
    if kind:
        tests.append((f"email_type {kind}", lambda m: m.email_type == kind))
    unique = query.text("unique_email_id")
    if unique:
        tests.append((f"unique {unique}", lambda m: m.unique_email_id == unique))
    if query.flag("vip_only"):
        tests.append(("vip", lambda m: m.vip))
    opted_since = query.instant("since_timestamp_opt")
    if opted_since is not None:
        since = opted_since
        tests.append((f"opted since {since}", lambda m: m.opted > since))
    opted_before = query.instant("before_timestamp_opt")
    if opted_before is not None:
        before = opted_before
        tests.append((f"opted before {before}", lambda m: 0 < m.opted <= before))
    left_since = query.instant("unsubscribed_since")
    if left_since is not None:
        left = left_since
        tests.append(
            (f"left since {left}", lambda m: m.status == "unsubscribed" and m.changed > left)
        )
    if query.flag("since_last_campaign"):
        campaigns = audience.account.campaigns.values()
        last = max((c.sent for c in campaigns if c.audience is audience), default=0)
        tests.append((f"since campaign {last}", lambda m: m.opted > last))
    tests.extend(_interest_tests(audience, query))
    return tests


def _interest_tests(audience: Audience, query: Query) -> list[tuple[str, Test]]:
    """The three parameters work together, or not at all."""
    category, ids = query.text("interest_category_id"), query.text("interest_ids")
    match = query.choice("interest_match", ("any", "all", "none"))
    if not (category and ids and match):
        return []
    wanted = 0
    for interest in audience.interests:
        if interest.category_id == category and interest.id in ids.split(","):
            wanted |= 1 << interest.bit
    matches: dict[str, Test] = {
        "any": lambda m: bool(m.interests & wanted),
        "all": lambda m: m.interests & wanted == wanted,
        "none": lambda m: not m.interests & wanted,
    }
    return [(f"interests {match} {wanted}", matches[match])]
