"""Where a campaign was opened: the opens of its report by place, so that they move together."""

from __future__ import annotations

from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import campaigns

# In turn; a country without regions, and what no address tells, lack the fields.
PLACES: tuple[Row, ...] = (
    {"country_code": "US", "region": "GA", "region_name": "Georgia"},
    {"country_code": "DE", "region": "BE", "region_name": "Berlin"},
    {"country_code": "MC"},
    {},
)


def _rows(campaign: Campaign) -> list[Row]:
    found = campaign.counters()
    counted = {"opens": found.opens, "proxy_excluded_opens": found.opens - found.proxy_opens}
    rows = [
        place | {name: len(range(turn, n, len(PLACES))) for name, n in counted.items()}
        for turn, place in enumerate(PLACES)
    ]
    return [row for row in rows if row["opens"]]


COLLECTION = Collection(
    name="reports_locations",
    path="/reports/{campaign_id}/locations",
    array="locations",
    key=("country_code", "region"),
    below=campaigns.COLLECTION,
    things=_rows,
)
