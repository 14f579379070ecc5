"""Folders of the file manager."""

from __future__ import annotations

from chimpline.sandbox.instants import at, iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Row, plain


def _inside(account: Account, folder: Row) -> list[Row]:
    return [f for f in account.records.get("files", ()) if f["folder_id"] == folder["id"]]


def _row(account: Account, folder: Row) -> Row:
    return {**folder, "file_count": len(_inside(account, folder))}


def _deleted(account: Account, folder: Row) -> None:
    """Its files stay, in none."""
    for file in _inside(account, folder):
        file["folder_id"] = 0


COLLECTION = plain(
    "file_folder",
    lambda id_, number: {
        "id": int(id_[:6], 16),
        "name": f"Bilder / 그림 {number}",
        "created_at": iso(at(2020) + number * 3600),
        "created_by": "Ada Ünal",
    },
    name="file_folders",
    path="/file-manager/folders",
    array="folders",
    record="folder_id",
    times=("created_at",),
    row=_row,
    deleted=_deleted,
)
