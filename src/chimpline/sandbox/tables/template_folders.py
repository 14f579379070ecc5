"""Folders of templates."""

from __future__ import annotations

from chimpline.sandbox.registry import plain

COLLECTION = plain(
    "template_folder",
    lambda id_, number: {"name": f"Vorlagen / 템플릿 {number}", "id": id_, "count": number},
    name="template_folders",
    path="/template-folders",
    array="folders",
    record="folder_id",
)
