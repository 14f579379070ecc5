"""Each open of a campaign, as it stands inside the record of whoever opened it."""

from __future__ import annotations

from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.registry import ORDINAL, Collection, Row, numbered
from chimpline.sandbox.tables import reports_open_details
from chimpline.sandbox.tables.reports_open_details import Opener

KEY = ("timestamp",)


def _things(campaign: Campaign, opener: Opener) -> list[Row]:
    opened = reports_open_details.COLLECTION.row(campaign, opener)
    return numbered(opened["opens"], KEY)


COLLECTION = Collection(
    name="reports_opens",
    path="/reports/{campaign_id}/open-details/{email_id}/opens",
    rides="opens",
    key=(*KEY, ORDINAL),
    below=reports_open_details.COLLECTION,
    times=KEY,
    things=_things,
)
