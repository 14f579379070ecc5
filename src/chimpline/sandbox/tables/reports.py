"""Reports: only campaigns that were sent have one."""

from __future__ import annotations

from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.report import report_row
from chimpline.sandbox.model.variate import find_campaign
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables.campaigns import TYPES, within


def _things(account: Account) -> list[Campaign]:
    return [campaign for campaign in account.campaigns.values() if campaign.status == "sent"]


def _find(account: Account, text: str) -> Campaign | None:
    campaign = find_campaign(account, text)
    return campaign if campaign is not None and campaign.status == "sent" else None


def _narrow(found: list[Campaign], query: Query) -> list[Campaign]:
    kind = query.choice("type", TYPES)
    found = [campaign for campaign in found if kind in (None, campaign.type)]
    return within(found, query, "send_time", "sent")


COLLECTION = Collection(
    name="reports",
    path="/reports",
    array="reports",
    record="campaign_id",
    times=("send_time", "rss_last_send", "opens__last_open", "clicks__last_click"),
    things=_things,
    find=_find,
    row=lambda _account, campaign: report_row(campaign),
    order=lambda campaign: tie(campaign.number + 11),
    narrow=_narrow,
)
