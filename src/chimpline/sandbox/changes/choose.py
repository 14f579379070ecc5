"""Which thing a change is about: the one that is named, or the same one each time if none is."""

from __future__ import annotations

from collections.abc import Callable

from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.member import Member, hash_of
from chimpline.sandbox.model.segment.segments import Segment


def audience_for(account: Account, list_id: str | None) -> Audience:
    """The largest one, unless another is named."""
    if list_id is not None:
        if list_id not in account.audiences:
            raise ValueError(f"No audience {list_id!r}.")
        return account.audiences[list_id]
    if not account.audiences:
        raise ValueError("The account has no audience.")
    return max(account.audiences.values(), key=lambda a: len(a.by_id))


def member_for(
    audience: Audience,
    member_id: str | None,
    email: str | None = None,
    *,
    like: Callable[[Member], bool] = lambda member: member.status == "subscribed",
) -> Member:
    if member_id is None and email is not None:
        member_id = hash_of(email)
    if member_id is not None:
        member = audience.member(member_id)
        if member is None:
            raise ValueError(f"No member {member_id!r} in audience {audience.id!r}.")
        return member
    found = [member for member in audience.living() if like(member)]
    if not found:
        raise ValueError(f"Audience {audience.id!r} has no member that this could be done to.")
    return min(found, key=lambda member: tie(member.number))


def campaign_for(
    account: Account,
    campaign_id: str | None,
    like: Callable[[Campaign], bool] = lambda campaign: campaign.status == "sent",
) -> Campaign:
    """The newest one that will do, unless one is named."""
    if campaign_id is not None:
        if campaign_id not in account.campaigns:
            raise ValueError(f"No campaign {campaign_id!r}.")
        return account.campaigns[campaign_id]
    found = [campaign for campaign in account.campaigns.values() if like(campaign)]
    if not found:
        raise ValueError("The account has no campaign that this could be done to.")
    return max(found, key=lambda campaign: (campaign.created, campaign.number))


def segment_for(
    audience: Audience, segment_id: int | str | None, kinds: tuple[str, ...]
) -> Segment:
    if segment_id is not None:
        if int(segment_id) not in audience.segments:
            raise ValueError(f"No segment {segment_id!r} in audience {audience.id!r}.")
        return audience.segments[int(segment_id)]
    found = [segment for segment in audience.segments.values() if segment.type in kinds]
    if not found:
        raise ValueError(f"Audience {audience.id!r} has no segment of type {' or '.join(kinds)}.")
    return min(found, key=lambda segment: segment.id)
