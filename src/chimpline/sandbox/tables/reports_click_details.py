"""The links of a campaign, with the clicks of its activity, so that they agree with its report."""

from __future__ import annotations

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.activity import CLICK
from chimpline.sandbox.model.campaign import Campaign, rate
from chimpline.sandbox.model.member import digest
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import campaigns

Click = tuple[int, int]
"""Of whom (the number), and when."""


def clicks(campaign: Campaign) -> list[list[Click]]:
    """Those of each link, in the order of the links, without those of erased contacts."""
    if "clicks" not in campaign.kept:
        found: list[list[Click]] = [[] for _ in campaign.urls]
        for position, kind, instant, url in campaign.activity.all_events():
            if kind == CLICK:
                found[url].append((campaign.activity.recipients[position], instant))
        campaign.kept["clicks"] = found
    kept: list[list[Click]] = campaign.kept["clicks"]
    return kept


def _things(campaign: Campaign) -> list[Row]:
    """`place`: the number of the link in the campaign. A draft has none yet."""
    if campaign.status != "sent":
        return []
    return [{"id": digest(campaign.id, u)[:10], "place": n} for n, u in enumerate(campaign.urls)]


def _row(campaign: Campaign, link: Row) -> Row:
    erased = [(who, when) for who, url, when in campaign.erased_clicks if url == link["place"]]
    every = clicks(campaign)[link["place"]] + erased
    counted = campaign.counters()
    row = {
        "id": link["id"],
        "url": campaign.urls[link["place"]],
        **_counted(every, counted.clicks, counted.unique_clicks),
        "last_click": iso(max((when for _, when in every), default=0)),
    }
    if campaign.type == "absplit":
        row["ab_split"] = {}
        for half, name in enumerate("ab"):
            mine = [click for click in every if click[0] % 2 == half]
            shares = _counted(mine, counted.clicks, counted.unique_clicks)
            row["ab_split"][name] = {f"{n}_{name}": value for n, value in shares.items()}
    return row | {"campaign_id": campaign.id}


def _counted(found: list[Click], total: int, unique: int) -> Row:
    clickers = len({who for who, _ in found})
    return {
        "total_clicks": len(found),
        "click_percentage": rate(len(found), total),
        "unique_clicks": clickers,
        "unique_click_percentage": rate(clickers, unique),
    }


COLLECTION = Collection(
    name="reports_click_details",
    path="/reports/{campaign_id}/click-details",
    array="urls_clicked",
    record="link_id",
    below=campaigns.COLLECTION,
    times=("last_click",),
    things=_things,
    row=_row,
    sorts=("total_clicks", "unique_clicks"),
)
