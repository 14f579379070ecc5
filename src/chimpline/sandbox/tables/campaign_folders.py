"""Folders of campaigns."""

from __future__ import annotations

from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.member import digest
from chimpline.sandbox.registry import Collection, Row


def create_folder(account: Account, name: str | None = None) -> Row:
    account.made += 1
    made = digest(account.options.seed, "folder", account.made)[:10]
    account.folders.append({"name": name or f"Made by hand {account.made}", "id": made})
    return account.folders[-1]


def delete_folder(account: Account) -> Row:
    """The newest one; its campaigns stay, in none."""
    folder = account.folders.pop()
    for campaign in account.campaigns.values():
        if campaign.folder_id == folder["id"]:
            campaign.folder_id = ""
    return folder


def _row(account: Account, folder: Row) -> Row:
    inside = [c for c in account.campaigns.values() if c.folder_id == folder["id"]]
    return {**folder, "count": len(inside)}


COLLECTION = Collection(
    name="campaign_folders",
    path="/campaign-folders",
    array="folders",
    record="folder_id",
    things=lambda account: account.folders,
    row=_row,
    changes={"create_folder": create_folder, "delete_folder": delete_folder},
)
