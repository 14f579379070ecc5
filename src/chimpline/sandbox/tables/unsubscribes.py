"""Who unsubscribed from a campaign."""

from __future__ import annotations

from chimpline.sandbox.changes.campaigns import unsubscribe_from_campaign
from chimpline.sandbox.model.report import unsubscribed_row
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import campaigns

COLLECTION = Collection(
    name="unsubscribes",
    path="/reports/{campaign_id}/unsubscribed",
    array="unsubscribes",
    key=("email_id",),
    record="subscriber_hash",
    below=campaigns.COLLECTION,
    links="Reports/Unsubs",
    times=("timestamp",),
    things=lambda campaign: campaign.unsubscribes,
    row=unsubscribed_row,
    changes={"unsubscribe_from_campaign": unsubscribe_from_campaign},
)
