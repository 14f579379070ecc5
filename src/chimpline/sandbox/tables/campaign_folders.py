"""Folders of campaigns."""

from __future__ import annotations

from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Row, plain


def _row(account: Account, folder: Row) -> Row:
    inside = [c for c in account.campaigns.values() if c.folder_id == folder["id"]]
    return {**folder, "count": len(inside)}


def _deleted(account: Account, folder: Row) -> None:
    """Its campaigns stay, in none."""
    for campaign in account.campaigns.values():
        if campaign.folder_id == folder["id"]:
            campaign.folder_id = ""


COLLECTION = plain(
    "folder",
    lambda id_, number: {"name": f"Made by hand {number}", "id": id_},
    name="campaign_folders",
    path="/campaign-folders",
    array="folders",
    record="folder_id",
    row=_row,
    deleted=_deleted,
)
