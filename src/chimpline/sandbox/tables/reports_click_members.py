"""Who clicked a link, and how often: the clicks of the link, so that they agree with it."""

from __future__ import annotations

from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.report import person_row, recipient
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import reports_click_details
from chimpline.sandbox.tables.reports_click_details import clicks


def _things(campaign: Campaign, link: Row) -> list[int]:
    """Their numbers, in the order of the recipients."""
    return list(dict.fromkeys(who for who, _ in clicks(campaign)[link["place"]]))


def _row(campaign: Campaign, link: Row, number: int) -> Row:
    return person_row(campaign, number) | {
        "contact_status": recipient(campaign, number).status,
        "clicks": sum(who == number for who, _ in clicks(campaign)[link["place"]]),
        "url_id": link["id"],
    }


COLLECTION = Collection(
    name="reports_click_members",
    path="/reports/{campaign_id}/click-details/{link_id}/members",
    array="members",
    key=("email_id",),
    record="subscriber_hash",
    below=reports_click_details.COLLECTION,
    around=lambda campaign, _: {"campaign_id": campaign.id},
    things=_things,
    row=_row,
)
