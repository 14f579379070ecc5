"""Who belongs to a saved segment: the conditions that this account's segments have, evaluated."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chimpline.sandbox.model.member import Member, merge_values

if TYPE_CHECKING:
    from chimpline.sandbox.model.audience import Audience

Condition = dict[str, Any]
Holds = Callable[[Member], bool]

_TEXT: dict[str, Callable[[str, str], bool]] = {
    "is": operator.eq,
    "not": operator.ne,
    "contains": operator.contains,
    "notcontain": lambda text, part: part not in text,
    "starts": str.startswith,
    "ends": str.endswith,
    "blank": lambda text, _: not text,
    "blank_not": lambda text, _: bool(text),
}
_NUMBER: dict[str, Callable[[int, int], bool]] = {
    "is": operator.eq,
    "not": operator.ne,
    "greater": operator.gt,
    "less": operator.lt,
}


def holds(audience: Audience, options: Condition) -> Holds:
    """Whether a member fits the options of a segment: all of its conditions, or any of them."""
    parts = [_one(audience, condition) for condition in options.get("conditions", ())]
    join = all if options.get("match") == "all" else any
    return lambda member: bool(parts) and join(part(member) for part in parts)


def _one(audience: Audience, condition: Condition) -> Holds:
    """One condition. Raises `ValueError` for a kind that no segment of the account has."""
    kind, compare, value = condition["condition_type"], condition["op"], condition.get("value", "")
    if kind == "MemberRating":
        return lambda member: _NUMBER[compare](member.rating, int(value))
    if kind == "EmailAddress":
        return lambda member: _TEXT[compare](member.email.casefold(), str(value).casefold())
    if kind == "VIP":
        return lambda member: member.vip == (compare == "member")
    if kind == "StaticSegment":
        return lambda member: (int(value) in member.tags) == (compare == "static_is")
    if kind in {"TextMerge", "SelectMerge"}:
        text = str(value).casefold()

        def found(member: Member) -> bool:
            cell = merge_values(audience, member).get(condition["field"], "")
            return _TEXT[compare](str(cell).casefold(), text)

        return found
    raise ValueError(f"No segment has conditions of the kind {kind}.")
