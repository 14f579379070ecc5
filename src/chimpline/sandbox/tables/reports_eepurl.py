"""Where those came from who read a campaign on its page; they are not counted in its report."""

from __future__ import annotations

from chimpline.sandbox.changes.choose import campaign_for
from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import campaigns

PAGES = ("https://example.org/ü/뉴스", "https://example.net/?a=1&b=2")


def _referrer(page: str, instant: int) -> Row:
    now = iso(instant)
    return {"referrer": page, "clicks": 1, "first_click": now, "last_click": now}


def _things(campaign: Campaign) -> list[Row]:
    if campaign.status != "sent":
        return []
    kept, name = campaign.account.records, f"referrers {campaign.id}"
    if name not in kept:
        few = PAGES if campaign.number % 3 == 0 else ()
        kept[name] = [_referrer(page, campaign.sent + 60) for page in few]
    return kept[name]


def come_from(account: Account, page: str = PAGES[0]) -> Row:
    """Somebody comes from there to the page of the newest campaign."""
    campaign, now = campaign_for(account, None), account.clock.second()
    for referrer in _things(campaign):
        if referrer["referrer"] == page:
            referrer |= {"clicks": referrer["clicks"] + 1, "last_click": iso(now)}
            return referrer
    _things(campaign).append(_referrer(page, now))
    return _things(campaign)[-1]


def come_from_elsewhere(account: Account) -> Row:
    account.made += 1
    return come_from(account, f"https://example.org/{account.made}")


def _around(campaign: Campaign) -> Row:
    clicks = sum(referrer["clicks"] for referrer in _things(campaign))
    nobody = {"tweets": 0, "first_tweet": "", "last_tweet": "", "retweets": 0, "statuses": []}
    return {
        "twitter": nobody,
        "clicks": {"clicks": clicks, "first_click": "", "last_click": "", "locations": []},
        "eepurl": f"http://eepurl.com/{campaign.id[:6]}",
        "campaign_id": campaign.id,
    }


COLLECTION = Collection(
    name="reports_eepurl",
    path="/reports/{campaign_id}/eepurl",
    array="referrers",
    key=("referrer",),
    below=campaigns.COLLECTION,
    around=_around,
    times=("first_click", "last_click"),
    things=_things,
    pages=False,
    changes={"come_from": come_from, "come_from_elsewhere": come_from_elsewhere},
)
