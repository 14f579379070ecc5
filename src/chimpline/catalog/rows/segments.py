"""Which segments stay as they are while no member of their audience changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CURSOR = frozenset({"AddressMerge", "EmailAddress", "SelectMerge", "TextMerge"})
"""Kinds of conditions that look at nothing but what moves a member's `last_changed`.

Not those of ratings, VIP, interests, places, stores, campaigns and automations, which move no
cursor as far as is known (docs/mailchimp-facts.md#what-moves-last_changed); nor those of dates, which come
true as time passes; nor those of other segments.
"""


def follows_members(segment: Mapping[str, Any]) -> bool:
    """Whether nobody joins or leaves a segment unless a member's `last_changed` moves.

    Of a static one that is assumed. `segment`: its record as it was sent.
    """
    if segment.get("type") == "static":
        return True
    conditions = segment.get("options__conditions")
    if segment.get("type") != "saved" or not isinstance(conditions, list) or not conditions:
        return False
    kinds = [one.get("condition_type") if isinstance(one, dict) else None for one in conditions]
    return CURSOR.issuperset(kinds)
