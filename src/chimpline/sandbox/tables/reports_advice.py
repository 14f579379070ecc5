"""What Mailchimp makes of a report, in words: it compares with others, which move by themselves."""

from __future__ import annotations

from chimpline.sandbox.model.campaign import Campaign, rate
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import campaigns


def _opened(campaign: Campaign) -> float:
    return rate(campaign.counters().unique_opens, campaign.emails_sent)


def _things(campaign: Campaign) -> list[Row]:
    if campaign.status != "sent":
        return []
    every = campaign.account.campaigns.values()
    others = [c for c in every if c.audience is campaign.audience and c.status == "sent"]
    worse = sum(_opened(other) < _opened(campaign) for other in others)
    good = 2 * worse >= len(others) - 1
    compared = f"Mehr Öffnungen (열람) als bei {worse} von {len(others)} Kampagnen."
    links = f"{len(campaign.urls)} links were tracked."
    return [
        {"type": "positive" if good else "negative", "message": compared},
        {"type": "neutral", "message": links},
    ]


COLLECTION = Collection(
    name="reports_advice",
    path="/reports/{campaign_id}/advice",
    array="advice",
    key=("type", "message"),
    below=campaigns.COLLECTION,
    things=_things,
    pages=False,
)
