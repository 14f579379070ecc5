"""Mailchimp's own Python client reads the sandbox as it reads the real thing."""

from __future__ import annotations

import mailchimp_marketing

from chimpline.sandbox import Sandbox


def test_the_official_client_lists_audiences_members_and_campaigns(quiet: Sandbox) -> None:
    client = mailchimp_marketing.Client({"api_key": quiet.api_key, "server": "us19"})
    client.api_client.host = quiet.api_root
    assert {"health_status": "Everything's Chimpy!"} == client.ping.get()
    lists = client.lists.get_all_lists(count=100)["lists"]
    assert {row["id"] for row in quiet.truth("lists")} == {row["id"] for row in lists}
    smallest = min(lists, key=lambda row: row["stats"]["member_count"])["id"]
    page = client.lists.get_list_members_info(smallest, count=1000)
    archived = client.lists.get_list_members_info(smallest, count=1000, status="archived")
    expected = {row["id"] for row in quiet.truth("list_members") if row["list_id"] == smallest}
    assert expected == {row["id"] for row in page["members"] + archived["members"]}
    campaigns = client.campaigns.list(count=1000)["campaigns"]
    assert {row["id"] for row in quiet.truth("campaigns")} == {row["id"] for row in campaigns}
