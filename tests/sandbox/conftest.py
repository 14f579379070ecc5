from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from chimpline.catalog.digest import endpoints
from chimpline.sandbox import Sandbox


@pytest.fixture(scope="session")
def quiet() -> Iterator[Sandbox]:
    """An account that no test changes."""
    with Sandbox.start(
        members=1200, campaigns=20, events=2500, seed=3, tags_of_one_member=60
    ) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small account of the test's own."""
    with Sandbox.start(members=240, campaigns=12, events=400, seed=5) as own:
        yield own


@pytest.fixture(scope="session")
def ask() -> Callable[..., requests.Response]:
    """One GET: `ask(sandbox, "/lists", count=1)`."""

    def get(sandbox: Sandbox, path: str, **query: Any) -> requests.Response:
        return requests.get(
            f"{sandbox.api_root}{path}",
            params=query,
            auth=("anystring", sandbox.api_key),
            timeout=30,
            allow_redirects=False,
        )

    return get


@pytest.fixture(scope="session")
def walk(ask: Callable[..., requests.Response]) -> Callable[..., list[dict[str, Any]]]:
    """All records of a collection, page by page to the short one."""

    def read(sandbox: Sandbox, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        count = query.pop("count", 100)
        while True:
            page = ask(sandbox, path, count=count, offset=len(rows), **query).json()[key]
            rows.extend(page)
            if len(page) < count:
                return rows

    return read


@pytest.fixture(scope="session")
def shapes() -> dict[str, Any]:
    """The shapes of the 200 answers, by path: the catalog's digest of the specification.

    The tests may read it; the sandbox itself may not.
    """
    return {path: endpoint.answer for path, endpoint in endpoints().items()}


@pytest.fixture(scope="session")
def paths(quiet: Sandbox, ask: Callable[..., requests.Response]) -> dict[str, list[str]]:
    """Real paths for each template that the sandbox serves."""
    lists = [row["id"] for row in quiet.truth("lists")]
    largest = lists[0]
    first = {
        table: quiet.truth(table)[0]
        for table in (
            "list_members",
            "list_segments",
            "list_merge_fields",
            "list_interests",
            "automation_emails",
            "unsubscribes",
            "reports_sent_to",
        )
    }
    folder = ask(quiet, "/campaign-folders").json()["folders"][0]["id"]
    campaigns = [row["id"] for row in quiet.truth("campaigns")]
    reports = [row["id"] for row in quiet.truth("reports")]
    members = [row["id"] for row in quiet.truth("list_members") if row["list_id"] == largest]
    category, interest = (
        first["list_interests"]["interest_category_id"],
        first["list_interests"]["id"],
    )
    segments = [row["id"] for row in quiet.truth("list_segments") if row["list_id"] == largest]
    email = first["automation_emails"]
    recipient, gone = first["reports_sent_to"], first["unsubscribes"]
    automations = [row["id"] for row in quiet.truth("automations")]
    in_list = f"/lists/{largest}"
    return {
        "/": ["/"],
        "/ping": ["/ping"],
        "/lists": ["/lists"],
        "/lists/{list_id}": [f"/lists/{i}" for i in lists],
        "/lists/{list_id}/members": [f"/lists/{i}/members" for i in lists],
        "/lists/{list_id}/members/{subscriber_hash}": [
            f"{in_list}/members/{i}" for i in members[:20]
        ],
        "/lists/{list_id}/members/{subscriber_hash}/tags": [f"{in_list}/members/{members[0]}/tags"],
        "/lists/{list_id}/segments": [f"/lists/{i}/segments" for i in lists],
        "/lists/{list_id}/segments/{segment_id}": [f"{in_list}/segments/{i}" for i in segments],
        "/lists/{list_id}/segments/{segment_id}/members": [
            f"{in_list}/segments/{i}/members" for i in segments[:8]
        ],
        "/lists/{list_id}/tag-search": [f"{in_list}/tag-search"],
        "/lists/{list_id}/merge-fields": [f"/lists/{i}/merge-fields" for i in lists],
        "/lists/{list_id}/merge-fields/{merge_id}": [
            f"{in_list}/merge-fields/{first['list_merge_fields']['merge_id']}"
        ],
        "/lists/{list_id}/interest-categories": [f"/lists/{i}/interest-categories" for i in lists],
        "/lists/{list_id}/interest-categories/{interest_category_id}": [
            f"{in_list}/interest-categories/{category}"
        ],
        "/lists/{list_id}/interest-categories/{interest_category_id}/interests": [
            f"{in_list}/interest-categories/{category}/interests"
        ],
        "/lists/{list_id}/interest-categories/{interest_category_id}/interests/{interest_id}": [
            f"{in_list}/interest-categories/{category}/interests/{interest}"
        ],
        "/campaigns": ["/campaigns"],
        "/campaigns/{campaign_id}": [f"/campaigns/{i}" for i in campaigns],
        "/campaign-folders": ["/campaign-folders"],
        "/campaign-folders/{folder_id}": [f"/campaign-folders/{folder}"],
        "/automations": ["/automations"],
        "/automations/{workflow_id}": [f"/automations/{i}" for i in automations],
        "/automations/{workflow_id}/emails": [f"/automations/{i}/emails" for i in automations],
        "/automations/{workflow_id}/emails/{workflow_email_id}": [
            f"/automations/{email['workflow_id']}/emails/{email['id']}"
        ],
        "/reports": ["/reports"],
        "/reports/{campaign_id}": [f"/reports/{i}" for i in reports],
        "/reports/{campaign_id}/sub-reports": [f"/reports/{i}/sub-reports" for i in reports],
        "/reports/{campaign_id}/email-activity": [
            f"/reports/{i}/email-activity" for i in campaigns
        ],
        "/reports/{campaign_id}/email-activity/{subscriber_hash}": [
            f"/reports/{recipient['campaign_id']}/email-activity/{recipient['email_id']}"
        ],
        "/reports/{campaign_id}/sent-to": [f"/reports/{i}/sent-to" for i in campaigns],
        "/reports/{campaign_id}/sent-to/{subscriber_hash}": [
            f"/reports/{recipient['campaign_id']}/sent-to/{recipient['email_id']}"
        ],
        "/reports/{campaign_id}/unsubscribed": [f"/reports/{i}/unsubscribed" for i in campaigns],
        "/reports/{campaign_id}/unsubscribed/{subscriber_hash}": [
            f"/reports/{gone['campaign_id']}/unsubscribed/{gone['email_id']}"
        ],
    }
