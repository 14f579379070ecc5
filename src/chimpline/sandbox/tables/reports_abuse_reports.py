"""Who called a campaign spam; its report counts them."""

from __future__ import annotations

from chimpline.sandbox.changes.choose import campaign_for
from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.report import person_row
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import campaigns


def _row(campaign: Campaign, complaint: tuple[int, int]) -> Row:
    number, instant = complaint
    id_ = campaign.number * 10_000 + number
    return {"id": id_, **person_row(campaign, number), "date": iso(instant)}


def complain(account: Account) -> Row:
    """A recipient of the newest campaign who has not complained of it yet."""
    campaign = campaign_for(account, None, lambda c: len(_calm(c)) > 0)
    number = _calm(campaign)[0]
    campaign.complaints.append((number, account.clock.second()))
    campaign.touched()
    return {"campaign_id": campaign.id, "number": number}


def _calm(campaign: Campaign) -> list[int]:
    angry = {number for number, _ in campaign.complaints}
    return [number for number in campaign.activity.recipients if number not in angry]


def withdraw_complaint(account: Account) -> Row:
    campaign = campaign_for(account, None, lambda c: len(c.complaints) > 0)
    number, _ = campaign.complaints.pop()
    campaign.touched()
    return {"campaign_id": campaign.id, "number": number}


COLLECTION = Collection(
    name="reports_abuse_reports",
    path="/reports/{campaign_id}/abuse-reports",
    array="abuse_reports",
    record="report_id",
    below=campaigns.COLLECTION,
    times=("date",),
    things=lambda campaign: campaign.complaints,
    row=_row,
    pages=False,
    changes={"complain": complain, "withdraw_complaint": withdraw_complaint},
)
