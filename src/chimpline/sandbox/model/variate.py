"""The combinations of a variate campaign: campaigns of their own, which no bare list shows.

They answer by id, and as sub-reports of their parent. What their recipients did is what the
parent's recipients in that half did, so they are made anew each time somebody asks.
"""

from __future__ import annotations

from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.member import digest


def give_combinations(campaign: Campaign) -> None:
    """When it is sent: who is in which half stays, whoever is erased later."""
    campaign.combinations = [digest(campaign.id, place)[:10] for place in range(2)]
    campaign.combination_sizes = [0, 0]
    for number in campaign.activity.recipients:
        campaign.combination_sizes[number % 2] += 1


def combination(parent: Campaign, place: int) -> Campaign:
    child = Campaign(
        parent.account,
        parent.combinations[place],
        10_000_000 + parent.number * 2 + place,
        parent.audience,
        "regular",
    )
    child.parent_id = parent.id
    child.status = parent.status
    child.created, child.sent = parent.created, parent.sent
    child.title = f"{parent.title} ({'AB'[place]})"
    child.subject = parent.subject if place == 0 else f"{parent.subject} (B)"
    child.urls = parent.urls
    child.aliases = parent.aliases
    child.emails_sent = parent.combination_sizes[place]
    for position, number in enumerate(parent.activity.recipients):
        if number % 2 == place:
            events = parent.activity.events(position)
            child.activity.append(number, [(e.kind, e.instant, e.url, e.ip) for e in events])
    child.complaints = [c for c in parent.complaints if c[0] % 2 == place]
    child.unsubscribes = [u for u in parent.unsubscribes if u.number % 2 == place]
    return child


def children_of(account: Account, campaign: Campaign) -> list[Campaign]:
    """Resends, which stand in the bare lists too, and combinations, which do not."""
    resent = [c for c in account.campaigns.values() if c.parent_id == campaign.id]
    return resent + [combination(campaign, p) for p in range(len(campaign.combinations))]


def find_campaign(account: Account, campaign_id: str) -> Campaign | None:
    found = account.campaigns.get(campaign_id)
    if found is not None:
        return found
    for campaign in account.campaigns.values():
        if campaign_id in campaign.combinations:
            return combination(campaign, campaign.combinations.index(campaign_id))
    return None
