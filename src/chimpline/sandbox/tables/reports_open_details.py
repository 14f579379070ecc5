"""Who opened a campaign, and each time of it: the opens of its activity, so that they agree."""

from __future__ import annotations

from typing import NamedTuple

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.activity import OPEN, PROXY_OPEN
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.report import person_row, recipient
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import campaigns

OPENS = (OPEN, PROXY_OPEN)


class Opener(NamedTuple):
    """Who opened a campaign, by where they stand among its recipients."""

    campaign: Campaign
    position: int

    @property
    def number(self) -> int:
        return self.campaign.activity.recipients[self.position]

    @property
    def email_id(self) -> str:
        return str(person_row(self.campaign, self.number)["email_id"])


def _things(campaign: Campaign) -> list[Opener]:
    if "openers" not in campaign.kept:
        opened = {place for place, kind, _, _ in campaign.activity.all_events() if kind in OPENS}
        campaign.kept["openers"] = [Opener(campaign, place) for place in sorted(opened)]
    openers: list[Opener] = campaign.kept["openers"]
    return openers


def _row(campaign: Campaign, opener: Opener) -> Row:
    number = opener.number
    opens = [e for e in campaign.activity.events(opener.position) if e.kind in OPENS]
    return person_row(campaign, number) | {
        "contact_status": recipient(campaign, number).status,
        "opens_count": len(opens),
        "proxy_excluded_opens_count": sum(event.kind == OPEN for event in opens),
        "opens": [
            {"timestamp": iso(event.instant), "is_proxy_open": event.kind == PROXY_OPEN}
            for event in opens
        ],
    }


def _around(campaign: Campaign) -> Row:
    found = campaign.counters()
    direct = found.opens - found.proxy_opens
    totals = {"total_opens": found.opens, "total_proxy_excluded_opens": direct}
    return {"campaign_id": campaign.id, **totals}


COLLECTION = Collection(
    name="reports_open_details",
    path="/reports/{campaign_id}/open-details",
    array="members",
    key=("email_id",),
    record="subscriber_hash",
    below=campaigns.COLLECTION,
    around=_around,
    things=_things,
    row=_row,
    sorts=("opens_count",),
)
