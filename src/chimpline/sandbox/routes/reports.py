"""`/reports` and what the recipients of a campaign did."""

from __future__ import annotations

from chimpline.sandbox.answers.activity_page import activity_row, activity_rows
from chimpline.sandbox.answers.answer import Page, Record, decode, paged
from chimpline.sandbox.answers.problems import not_found
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.report import report_row, sent_to_row, unsubscribed_row
from chimpline.sandbox.model.variate import children_of, find_campaign
from chimpline.sandbox.routes.campaigns import TYPES, ordered, within
from chimpline.sandbox.routes.lists import Variables


def reports(account: Account, _variables: Variables, query: Query) -> Page:
    """Only campaigns that were sent have one."""
    found = [campaign for campaign in ordered(account) if campaign.status == "sent"]
    kind = query.choice("type", TYPES)
    if kind:
        found = [c for c in found if c.type == kind]
    found = within(found, query, "send_time", "sent")
    return Page(
        "reports",
        [report_row(campaign) for campaign in paged(query, found)],
        len(found),
        "/reports",
        "Reports",
        offset=query.offset,
    )


def _campaign(account: Account, variables: Variables) -> Campaign:
    campaign = find_campaign(account, variables["campaign_id"])
    if campaign is None:
        raise not_found()
    return campaign


def one_report(account: Account, variables: Variables, _query: Query) -> Record:
    campaign = _campaign(account, variables)
    if campaign.status != "sent":
        raise not_found()
    return Record(report_row(campaign), "Reports", f"/reports/{campaign.id}")


def sub_reports(account: Account, variables: Variables, _query: Query) -> Page:
    """The reports of a campaign's children."""
    campaign = _campaign(account, variables)
    children = [
        report_row(child) for child in children_of(account, campaign) if child.status == "sent"
    ]
    path = f"/reports/{campaign.id}/sub-reports"
    around = {"campaign_id": campaign.id}
    return Page("reports", children, len(children), path, "Reports", around=around)


def email_activity(account: Account, variables: Variables, query: Query) -> Page:
    """By recipient: count, offset and total_items count recipients, not events."""
    campaign = _campaign(account, variables)
    low = query.offset
    return Page(
        "emails",
        activity_rows(campaign, low, low + query.count, query.instant("since")),
        len(campaign.activity.recipients),
        f"/reports/{campaign.id}/email-activity",
        "Reports/EmailActivity",
        own="email_id",
        around={"campaign_id": campaign.id},
        offset=query.offset,
    )


def _position(campaign: Campaign, email_id: str) -> int:
    """Where a recipient stands, by the id that reports show for it."""
    former = {shown[0]: number for number, shown in campaign.aliases.items()}
    number = former.get(email_id, campaign.audience.by_id.get(email_id))
    if number is not None:
        member = campaign.audience.members[number]
        position = campaign.activity.position(number)
        shown = member is not None and campaign.shown(member)[0] == email_id
        if position is not None and shown:
            return position
    raise not_found()


def one_email_activity(account: Account, variables: Variables, query: Query) -> Record:
    campaign = _campaign(account, variables)
    email_id = variables["subscriber_hash"]
    row = activity_row(campaign, _position(campaign, email_id), query.instant("since"))
    path = f"/reports/{campaign.id}/email-activity/{email_id}"
    return Record(decode(row), "Reports/EmailActivity", path)


def sent_to(account: Account, variables: Variables, query: Query) -> Page:
    campaign = _campaign(account, variables)
    total = len(campaign.activity.recipients)
    return Page(
        "sent_to",
        [sent_to_row(campaign, position) for position in paged(query, range(total))],
        total,
        f"/reports/{campaign.id}/sent-to",
        "Reports/SentTo",
        own="email_id",
        around={"campaign_id": campaign.id},
        offset=query.offset,
    )


def one_sent_to(account: Account, variables: Variables, _query: Query) -> Record:
    campaign = _campaign(account, variables)
    email_id = variables["subscriber_hash"]
    row = sent_to_row(campaign, _position(campaign, email_id))
    return Record(row, "Reports/SentTo", f"/reports/{campaign.id}/sent-to/{email_id}")


def unsubscribed(account: Account, variables: Variables, query: Query) -> Page:
    campaign = _campaign(account, variables)
    found = campaign.unsubscribes
    return Page(
        "unsubscribes",
        [unsubscribed_row(campaign, unsubscribe) for unsubscribe in paged(query, found)],
        len(found),
        f"/reports/{campaign.id}/unsubscribed",
        "Reports/Unsubs",
        own="email_id",
        around={"campaign_id": campaign.id},
        offset=query.offset,
    )


def one_unsubscribed(account: Account, variables: Variables, _query: Query) -> Record:
    campaign = _campaign(account, variables)
    email_id = variables["subscriber_hash"]
    for unsubscribe in campaign.unsubscribes:
        row = unsubscribed_row(campaign, unsubscribe)
        if row["email_id"] == email_id:
            path = f"/reports/{campaign.id}/unsubscribed/{email_id}"
            return Record(row, "Reports/Unsubs", path)
    raise not_found()
