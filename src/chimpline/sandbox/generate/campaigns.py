"""Campaigns of the generated account, and what their recipients did."""

from __future__ import annotations

import random

from chimpline.sandbox.generate import words
from chimpline.sandbox.instants import START, at
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.activity import CLICK, HARD, OPEN, PROXY_OPEN, SOFT
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.campaign import Campaign, Unsubscribe
from chimpline.sandbox.model.member import Member, digest
from chimpline.sandbox.model.variate import give_combinations

LATEST = START - 3600
DAY = 86400
TYPES = ("regular", "regular", "variate", "plaintext", "absplit", "rss", "regular", "regular")
# Of ten campaigns eight are sent; the others show every further status in turn.
UNSENT = ("save", "schedule", "paused", "sending", "save", "canceled")
Events = list[tuple[int, int, int, int]]


def campaign_id(account: Account, number: object) -> str:
    options = account.options
    return digest(options.seed, options.account_id, "campaign", number)[:10]


def generate_campaigns(account: Account, rng: random.Random) -> None:
    options = account.options
    audiences = list(account.audiences.values())
    if not audiences:
        return
    made: list[Campaign] = []
    for number in range(options.campaigns):
        draw = rng.random()
        audience = audiences[0 if draw < 0.6 or len(audiences) == 1 else 1 % len(audiences)]
        if draw > 0.9:
            audience = audiences[-1]
        campaign = Campaign(
            account, campaign_id(account, number), number, audience, TYPES[number % len(TYPES)]
        )
        campaign.title = f"Campaign {number}: Grüße 🍌"
        campaign.subject = f"Bananas, part {number}: “fresh” & 노란색"
        campaign.urls = [f"https://example.com{link}" for link in words.LINKS]
        if number % 3 == 0:
            campaign.folder_id = str(account.records["campaign_folders"][0]["id"])
        age = (options.campaigns - number) / max(1, options.campaigns)
        earliest = max(at(2018), audience.created)
        campaign.created = int(LATEST - 2 * DAY - age * (LATEST - 2 * DAY - earliest))
        if number % 10 in (3, 8):
            campaign.status = UNSENT[number // 5 % len(UNSENT)]
            if campaign.status == "save":
                campaign.subject = "" if number % 4 else campaign.subject
        else:
            campaign.status = "sent"
            campaign.sent = campaign.created + rng.randrange(600, DAY)
        if number % 7 == 2 and audience.segments:
            campaign.segment_id = max(audience.segments)
        made.append(campaign)
    _resend(made)
    sent = [campaign for campaign in made if campaign.status == "sent"]
    shares = [0.2 + rng.random() for _ in sent]
    for campaign, share in zip(sent, shares, strict=True):
        quota = int(options.events * share / sum(shares))
        if campaign is sent[-1]:
            quota = options.events - sum(len(other.activity) for other in sent)
        recipients = int(max(quota, 5) * options.recipients_per_event)
        fill(campaign, rng, quota, recipients)
    for campaign in made:
        account.campaigns[campaign.id] = campaign
        if campaign.type == "variate" and campaign.status == "sent":
            give_combinations(campaign)
        campaign.counters()


def _resend(made: list[Campaign]) -> None:
    """One regular campaign is sent again to those who did not open it: a child."""
    for parent, child in zip(made, made[6:], strict=False):
        both = (parent, child)
        if all(c.status == "sent" and c.type == "regular" for c in both):
            child.parent_id = parent.id
            child.audience = parent.audience
            child.segment_id = 0
            child.title = f"{parent.title} (resend)"
            return


def fill(
    campaign: Campaign,
    rng: random.Random,
    quota: int,
    recipients: int,
    latest: int = LATEST,
) -> None:
    """Sends the campaign, and lets its recipients open and click until the quota is met."""
    audience = campaign.audience
    chosen = _recipients(audience, rng, recipients)
    campaign.emails_sent = len(chosen)
    complaining = len(chosen) // 2000 + (campaign.number % 4 == 1)
    campaign.complaints = [(one.number, campaign.sent + 600) for one in chosen[:complaining]]
    if campaign.number % 4 == 0:
        campaign.bought = [
            {"title": "Banane 바나나", "sku": sku, "times": n + 1}
            for n, sku in enumerate(("", "B-1"))
        ]
    activity = campaign.activity
    window = max(1, min(14 * DAY, latest - campaign.sent - 1))
    left = quota
    getrandbits = rng.getrandbits
    for place, member in enumerate(chosen):
        waiting = len(chosen) - place
        events: Events = []
        if left:
            mean = left / waiting
            wanted = int(mean) + (rng.random() < mean % 1)
            if waiting == 1:
                wanted = left
            elif getrandbits(1):  # about half do nothing; the others do twice as much
                wanted = 0 if wanted < 20 else wanted
            elif wanted < 20:
                wanted *= 2
            wanted = min(left, wanted)
            if wanted:
                events = _events(rng, campaign.sent, window, wanted, last=waiting == 1)
        activity.append(member.number, events)
        left -= len(events)
        if getrandbits(6) == 0:
            instant = campaign.sent + int(window * rng.random())
            reason = words.REASONS[1 + getrandbits(3) % (len(words.REASONS) - 1)]
            campaign.unsubscribes.append(Unsubscribe(member.number, instant, reason))


def _recipients(audience: Audience, rng: random.Random, wanted: int) -> list[Member]:
    able = audience.kept(
        "able",
        lambda: [
            m for m in audience.living() if m.email and m.status not in ("pending", "archived")
        ],
    )
    size = min(len(able), wanted)
    if size < len(able) // 2:
        return [able[place] for place in rng.sample(range(len(able)), size)]
    found = list(able)
    rng.shuffle(found)
    return found[:size]


def _events(rng: random.Random, sent: int, window: int, wanted: int, *, last: bool) -> Events:
    """Opens, clicks and bounces, some in the same second, some of them exactly the same."""
    dice = rng.getrandbits(40)
    if dice & 31 == 0 and not last:  # a bounce, and nothing else
        return [(HARD if dice & 32 else SOFT, sent + 1 + (dice >> 6) % 226, 0, 0)]
    ip = 0xC0000200 + (dice >> 8) % 65000
    # Most of what happens happens soon; an image proxy opens seconds after delivery.
    delay = (dice >> 24) % 30 if dice & 7 == 0 else int(window * rng.random() ** 3)
    instant = sent + 1 + delay
    events: Events = [(PROXY_OPEN if dice & 7 == 0 else OPEN, instant, 0, ip)]
    while len(events) < wanted:
        step = rng.getrandbits(24)
        kind = step & 15
        if kind == 0:
            events.append(events[-1])  # an exact repeat
            continue
        if kind > 4:
            instant = min(sent + window, instant + (step >> 8) % 7200)
        if kind in (1, 2, 3, 7, 8):  # 1-3: in the same second as the last event
            events.append((CLICK, instant, (step >> 4) % len(words.LINKS), ip))
        else:
            events.append((OPEN, instant, 0, ip + ((step >> 5) & 1)))
    if wanted > 2 and (dice >> 12) & 63 == 0:
        events[0] = (SOFT, sent + 5, 0, 0)
    return events
