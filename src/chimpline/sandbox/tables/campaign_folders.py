"""Folders of campaigns."""

from __future__ import annotations

from chimpline.sandbox.registry import Collection

COLLECTION = Collection(
    name="campaign_folders",
    path="/campaign-folders",
    array="folders",
    record="folder_id",
    links="CampaignFolders",
    things=lambda account: account.folders,
    row=lambda _account, folder: folder,
    table=False,  # not copied yet
)
