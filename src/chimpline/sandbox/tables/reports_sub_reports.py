"""The reports of a campaign's children."""

from __future__ import annotations

from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.report import report_row
from chimpline.sandbox.model.variate import children_of
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import campaigns, reports


def _things(campaign: Campaign) -> list[Campaign]:
    return [child for child in children_of(campaign.account, campaign) if child.status == "sent"]


COLLECTION = Collection(
    name="reports_sub_reports",
    path="/reports/{campaign_id}/sub-reports",
    array="reports",
    below=campaigns.COLLECTION,
    links="Reports",
    times=reports.COLLECTION.times,
    things=_things,
    row=lambda _campaign, child: report_row(child),
    pages=False,
)
