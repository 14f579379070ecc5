"""`/campaigns`, their folders, and classic automations."""

from __future__ import annotations

from chimpline.sandbox.answers.answer import Page, Record, paged
from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.problems import not_found
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.variate import find_campaign
from chimpline.sandbox.routes.lists import Variables

STATUSES = ("save", "paused", "schedule", "sending", "sent")
TYPES = ("regular", "plaintext", "absplit", "rss", "variate")


def ordered(account: Account) -> list[Campaign]:
    return sorted(account.campaigns.values(), key=lambda c: tie(c.number + 11))


def within(found: list[Campaign], query: Query, name: str, attribute: str) -> list[Campaign]:
    """The campaigns in `(since, before]` of an instant; those without it are in no window."""
    since, before = query.instant(f"since_{name}"), query.instant(f"before_{name}")
    if since is not None:
        found = [c for c in found if getattr(c, attribute) > since]
    if before is not None:
        found = [c for c in found if 0 < getattr(c, attribute) <= before]
    return found


def campaigns(account: Account, _variables: Variables, query: Query) -> Page:
    found = ordered(account)
    status, kind = query.choice("status", STATUSES), query.choice("type", TYPES)
    if status:
        found = [c for c in found if c.status == status]
    if kind:
        found = [c for c in found if c.type == kind]
    list_id, folder = query.text("list_id"), query.text("folder_id")
    if list_id:
        found = [c for c in found if c.audience.id == list_id]
    if folder:
        found = [c for c in found if c.folder_id == folder]
    member_id = query.text("member_id")
    if member_id:
        found = [c for c in found if _was_sent_to(c, member_id)]
    found = within(found, query, "create_time", "created")
    found = within(found, query, "send_time", "sent")
    sort_field = query.choice("sort_field", ("create_time", "send_time"))
    if sort_field:
        attribute = "created" if sort_field == "create_time" else "sent"
        found.sort(key=lambda c: int(getattr(c, attribute)), reverse=query.descending)
    return Page(
        "campaigns",
        [campaign.row() for campaign in paged(query, found)],
        len(found),
        "/campaigns",
        "Campaigns",
        offset=query.offset,
    )


def _was_sent_to(campaign: Campaign, member_id: str) -> bool:
    number = campaign.audience.by_id.get(member_id)
    return number is not None and campaign.activity.position(number) is not None


def one_campaign(account: Account, variables: Variables, _query: Query) -> Record:
    campaign = find_campaign(account, variables["campaign_id"])
    if campaign is None:
        raise not_found()
    return Record(campaign.row(), "Campaigns", f"/campaigns/{campaign.id}")


def folders(account: Account, _variables: Variables, query: Query) -> Page:
    rows = account.folders
    return Page(
        "folders",
        paged(query, rows),
        len(rows),
        "/campaign-folders",
        "CampaignFolders",
        offset=query.offset,
    )


def one_folder(account: Account, variables: Variables, _query: Query) -> Record:
    for folder in account.folders:
        if folder["id"] == variables["folder_id"]:
            return Record(folder, "CampaignFolders", f"/campaign-folders/{folder['id']}")
    raise not_found()


def automations(account: Account, _variables: Variables, query: Query) -> Page:
    found = sorted(account.automations.values(), key=lambda a: tie(a.number + 5))
    status = query.choice("status", ("save", "paused", "sending"))
    if status:
        found = [a for a in found if a.status == status]
    for name, attribute in (("create_time", "created"), ("start_time", "started")):
        since, before = query.instant(f"since_{name}"), query.instant(f"before_{name}")
        if since is not None:
            found = [a for a in found if getattr(a, attribute) > since]
        if before is not None:
            found = [a for a in found if 0 < getattr(a, attribute) <= before]
    return Page(
        "automations",
        [automation.row() for automation in paged(query, found)],
        len(found),
        "/automations",
        "Automations",
        offset=query.offset,
    )


def one_automation(account: Account, variables: Variables, _query: Query) -> Record:
    automation = account.automations.get(variables["workflow_id"])
    if automation is None:
        raise not_found()
    return Record(automation.row(), "Automations", f"/automations/{automation.id}")


def automation_emails(account: Account, variables: Variables, query: Query) -> Page:
    """Paged like any other list, though the specification says nothing of it (FACTS 3)."""
    automation = account.automations.get(variables["workflow_id"])
    if automation is None:
        raise not_found()
    places = range(len(automation.email_ids))
    return Page(
        "emails",
        [automation.email_row(place) for place in paged(query, places)],
        len(places),
        f"/automations/{automation.id}/emails",
        "Automations/Emails",
        offset=query.offset,
    )


def one_automation_email(account: Account, variables: Variables, _query: Query) -> Record:
    automation = account.automations.get(variables["workflow_id"])
    email_id = variables["workflow_email_id"]
    if automation is None or email_id not in automation.email_ids:
        raise not_found()
    row = automation.email_row(automation.email_ids.index(email_id))
    path = f"/automations/{automation.id}/emails/{email_id}"
    return Record(row, "Automations/Emails", path)
