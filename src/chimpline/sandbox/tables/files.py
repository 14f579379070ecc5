"""Images and other files of the file manager."""

from __future__ import annotations

from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.instants import at, iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Row, plain
from chimpline.sandbox.tables import file_folders


def _file(id_: str, number: int) -> Row:
    image = number % 2 == 0
    row: Row = {
        "id": int(id_[:7], 16),
        "folder_id": 0,
        "type": "image" if image else "file",
        "name": f"übersicht {number}.{'png' if image else 'pdf'}",
        "full_size_url": f"https://example.com/files/{id_}",
        "thumbnail_url": f"https://example.com/_thumbs/{id_}" if image else "",
        "size": 38_000 + number,
        "created_at": iso(at(2022) + number * 60),
        "created_by": "Ada Ünal",
    }
    return row | {"width": 700, "height": 400} if image else row


def _edited(account: Account, file: Row) -> None:
    """Renamed, and moved into the newest folder or out of it."""
    folders = file_folders.COLLECTION.things(account)
    file["name"] = f"그림 {account.made}.png"
    file["folder_id"] = folders[-1]["id"] if folders and not file["folder_id"] else 0


def _narrow(found: list[Row], query: Query) -> list[Row]:
    kind = query.choice("type", ("image", "file"))
    return [file for file in found if kind in (None, file["type"])]


COLLECTION = plain(
    "file",
    _file,
    edited=_edited,
    name="files",
    path="/file-manager/files",
    array="files",
    record="file_id",
    times=("created_at",),
    around=lambda account: {"total_file_size": sum(f["size"] for f in account.records["files"])},
    sorts=("name", "size"),
    narrow=_narrow,
)
