"""What a campaign says, as one document."""

from __future__ import annotations

from chimpline.sandbox.changes.choose import campaign_for
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import campaigns


def _things(campaign: Campaign) -> list[Campaign]:
    """A draft of which nobody has written anything has none; that it answers 404 is assumed."""
    return [campaign] if campaign.subject or campaign.edited else []


def _row(_campaign: Campaign, campaign: Campaign) -> Row:
    said = f"{campaign.subject or campaign.title} / 안녕하세요 {campaign.edited}"
    html = f"<html><body><h1>{said}</h1><a href='*|UNSUB|*'>Abmelden</a></body></html>"
    row: Row = {"plain_text": said, "html": html, "archive_html": ""}
    if campaign.status == "sent":
        row["archive_html"] = html.replace("*|UNSUB|*", "#")
    if campaign.type == "variate":
        row["variate_contents"] = [
            {"content_label": label, "plain_text": f"{label} {said}", "html": html}
            for label in ("A", "B")
        ]
    return row


def edit_content(account: Account, campaign_id: str | None = None) -> Row:
    """Of a draft; nothing of the campaign itself moves."""
    if campaign_id is None:
        drafts = [one.id for one in account.campaigns.values() if one.status == "save"]
        if not drafts:
            raise ValueError("The account has no draft.")
        campaign_id = drafts[-1]
    campaign = campaign_for(account, campaign_id)
    if campaign.status == "sent":
        raise ValueError(f"Campaign {campaign_id!r} was sent already.")
    campaign.edited += 1
    return {"id": campaign.id, "edited": campaign.edited}


COLLECTION = Collection(
    name="campaign_content",
    path="/campaigns/{campaign_id}/content",
    document=True,
    key=(),
    links="Campaigns/Content",
    below=campaigns.COLLECTION,
    things=_things,
    row=_row,
    changes={"edit_content": edit_content},
)
