"""The recipients of a campaign."""

from __future__ import annotations

from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.report import sent_to_row
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import campaigns


def _find(campaign: Campaign, email_id: str) -> int | None:
    """Where a recipient stands, by the id that reports show for it."""
    former = {shown[0]: number for number, shown in campaign.aliases.items()}
    number = former.get(email_id, campaign.audience.by_id.get(email_id))
    member = None if number is None else campaign.audience.members[number]
    if number is None or member is None or campaign.shown(member)[0] != email_id:
        return None
    return campaign.activity.position(number)


COLLECTION = Collection(
    name="reports_sent_to",
    path="/reports/{campaign_id}/sent-to",
    array="sent_to",
    key=("email_id",),
    record="subscriber_hash",
    below=campaigns.COLLECTION,
    times=("last_open",),
    things=lambda campaign: range(len(campaign.activity.recipients)),
    find=_find,
    row=sent_to_row,
)
