"""Comments on campaigns, by those who made them; nothing of a campaign tells of a new one."""

from __future__ import annotations

from chimpline.sandbox.changes.choose import campaign_for
from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import campaigns


def _comment(campaign: Campaign, number: int, instant: int, answers: int = 0) -> Row:
    return {
        "feedback_id": 1000 * (campaign.number + 1) + number,
        "parent_id": answers,
        "block_id": 0,
        "message": f"Schöner Entwurf, 좋아요 👍 ({number})",
        "is_complete": answers != 0,
        "created_by": "Ada Ünal",
        "created_at": iso(instant),
        "updated_at": iso(instant),
        "source": "web",
        "campaign_id": campaign.id,
    }


def _things(campaign: Campaign) -> list[Row]:
    kept, name = campaign.account.records, f"feedback {campaign.id}"
    if name not in kept:
        first = _comment(campaign, 0, campaign.created + 60)
        second = _comment(campaign, 1, campaign.created + 90, answers=first["feedback_id"])
        kept[name] = [first, second] if campaign.number % 4 == 0 else []
    return kept[name]


def _newest(account: Account) -> list[Row]:
    return _things(campaign_for(account, None, lambda campaign: bool(_things(campaign))))


def comment(account: Account, campaign_id: str | None = None) -> Row:
    campaign = campaign_for(account, campaign_id, lambda _: True)
    account.made += 1
    _things(campaign).append(_comment(campaign, 1 + account.made, account.clock.second()))
    return _things(campaign)[-1]


def edit_comment(account: Account) -> Row:
    found = _newest(account)[-1]
    found |= {
        "message": "Fertig ✅",
        "is_complete": True,
        "updated_at": iso(account.clock.second()),
    }
    return found


COLLECTION = Collection(
    name="campaign_feedback",
    path="/campaigns/{campaign_id}/feedback",
    array="feedback",
    key=("feedback_id",),
    record="feedback_id",
    below=campaigns.COLLECTION,
    times=("created_at", "updated_at"),
    things=_things,
    pages=False,
    changes={
        "comment": comment,
        "edit_comment": edit_comment,
        "delete_comment": lambda account: _newest(account).pop(),
    },
)
