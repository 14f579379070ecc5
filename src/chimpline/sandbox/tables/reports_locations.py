"""Where a campaign was opened. Countries without regions, and unknown places, lack the fields."""

from __future__ import annotations

from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.report import dealt
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import campaigns

PLACES: tuple[Row, ...] = (
    {"country_code": "US", "region": "GA", "region_name": "Georgia"},
    {"country_code": "DE", "region": "BE", "region_name": "Berlin"},
    {"country_code": "MC"},
    {},
)


def _rows(campaign: Campaign) -> list[Row]:
    found = campaign.counters()
    rows = dealt(PLACES, opens=found.opens, proxy_excluded_opens=found.opens - found.proxy_opens)
    return [row for row in rows if row["opens"]]


COLLECTION = Collection(
    name="reports_locations",
    path="/reports/{campaign_id}/locations",
    array="locations",
    key=("country_code", "region"),
    below=campaigns.COLLECTION,
    things=_rows,
)
