"""Answers have the shape of what the live API once sent: each recorded key, of the same type."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from chimpline.sandbox import Sandbox

RECORDED = Path(__file__).parents[1] / "data" / "recorded"
OPEN = ("merge_fields", "interests")  # objects whose keys the account makes up
# Recorded once, and in no answer that specification 3.0.90 knows.
EXCEPTIONS = {
    "campaigns[].has_logo_merge_tag",
    "has_logo_merge_tag",
    "members[].status_if_new",
    "status_if_new",
}
PAIRS = {
    "members-and-lists/GET__3.0__lists__200.json": "/lists",
    "members-and-lists/GET__3.0__lists__list_id__members__200.json": "/lists/{list_id}/members",
    "members-and-lists/GET__3.0__lists__list_id__members__200_emptypage.json": (
        "/lists/{list_id}/members"
    ),
    "members-and-lists/GET__3.0__lists__list_id__merge-fields__200.json": (
        "/lists/{list_id}/merge-fields"
    ),
    "members-and-lists/GET__3.0__lists__list_id__members__subscriber_hash__200_archived.json": (
        "/lists/{list_id}/members/{subscriber_hash}"
    ),
    "members-and-lists/GET__3.0__lists__list_id__members__subscriber_hash__200_unsubscribed.json": (
        "/lists/{list_id}/members/{subscriber_hash}"
    ),
    "members-and-lists/GET__3.0__lists__list_id__members__subscriber_hash__200_subscribed.json": (
        "/lists/{list_id}/members/{subscriber_hash}"
    ),
    "collections/account_information.json": "/",
    "collections/campaign.json": "/campaigns/{campaign_id}",
    "collections/campaigns.json": "/campaigns",
    "collections/campaign_folders.json": "/campaign-folders",
    "collections/list.json": "/lists/{list_id}",
    "collections/lists.json": "/lists",
    "collections/member.json": "/lists/{list_id}/members/{subscriber_hash}",
    "collections/members.json": "/lists/{list_id}/members",
    "collections/merge_field.json": "/lists/{list_id}/merge-fields/{merge_id}",
    "collections/merge_fields.json": "/lists/{list_id}/merge-fields",
    "collections/segment.json": "/lists/{list_id}/segments/{segment_id}",
    "collections/segments.json": "/lists/{list_id}/segments",
    "collections/segment_members.json": "/lists/{list_id}/segments/{segment_id}/members",
    "collections/tags.json": "/lists/{list_id}/members/{subscriber_hash}/tags",
    "collections/interest_category.json": (
        "/lists/{list_id}/interest-categories/{interest_category_id}"
    ),
    "collections/interest_categories.json": "/lists/{list_id}/interest-categories",
    "collections/interest.json": (
        "/lists/{list_id}/interest-categories/{interest_category_id}/interests/{interest_id}"
    ),
    "collections/interests.json": (
        "/lists/{list_id}/interest-categories/{interest_category_id}/interests"
    ),
}


def kinds_of(value: Any, where: str = "") -> set[tuple[str, str]]:
    """Each key of a body with its JSON type; numbers are numbers, with a point or without."""
    kind = "number" if isinstance(value, int | float) and not isinstance(value, bool) else ""
    found = {(where, kind or type(value).__name__)}
    if isinstance(value, dict) and where.rpartition(".")[2].removesuffix("[]") not in OPEN:
        for name, inner in value.items():
            if name != "_links":
                found |= kinds_of(inner, f"{where}.{name}" if where else name)
    elif isinstance(value, list):
        for inner in value:
            found |= kinds_of(inner, f"{where}[]")
    return found


def body_of(name: str) -> Any:
    recorded = json.loads((RECORDED / name).read_text())
    return recorded.get("body", recorded) if "request" in recorded else recorded


@pytest.mark.parametrize("name", PAIRS)
def test_each_recorded_key_is_served_with_the_same_type(
    name: str,
    quiet: Sandbox,
    ask: Callable[..., requests.Response],
    paths: dict[str, list[str]],
) -> None:
    served: set[tuple[str, str]] = set()
    for path in paths[PAIRS[name]]:
        for status in ("", "archived"):
            query = {"status": status} if status and path.endswith("members") else {}
            served |= kinds_of(ask(quiet, path, count=200, **query).json())
    recorded = {pair for pair in kinds_of(body_of(name)) if pair[0] not in EXCEPTIONS}
    assert set() == recorded - served


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("members-and-lists/GET__3.0__lists__list_id__members__subscriber_hash__404.json", "/x"),
        ("errors/GET__3.0__lists__beef__404.json", "/lists/beef"),
    ],
)
def test_what_is_not_found_is_told_as_it_was_recorded(
    name: str, path: str, quiet: Sandbox, ask: Callable[..., requests.Response]
) -> None:
    answer = ask(quiet, path)
    recorded = json.loads((RECORDED / name).read_text())
    assert recorded["status"] == answer.status_code
    told, expected = answer.json(), recorded["body"]
    assert answer.headers["X-Request-Id"] == told["instance"]
    assert 'rel="describedBy"' in answer.headers["Link"]
    assert "application/problem+json; charset=utf-8" == answer.headers["Content-Type"]
    for document in (told, expected):
        document.pop("instance")
        document.pop("type")  # the address of the glossary moved meanwhile
    assert expected == told


def test_a_wrong_key_is_told_as_it_was_recorded(quiet: Sandbox) -> None:
    answer = requests.get(f"{quiet.api_root}/", auth=("x", "wrong-us19"), timeout=30)
    recorded = json.loads((RECORDED / "errors/GET__3.0__401.json").read_text())
    assert recorded["status"] == answer.status_code
    names = ("title", "status", "detail")
    expected = {name: recorded["body"][name] for name in names}
    assert expected == {name: answer.json()[name] for name in names}


def test_metadata_has_the_recorded_shape(quiet: Sandbox) -> None:
    answer = requests.get(
        f"{quiet.login_root}/oauth2/metadata",
        headers={"Authorization": f"OAuth {quiet.access_token}"},
        timeout=30,
    )
    recorded = body_of("members-and-lists/GET__oauth2__metadata__200.json")
    assert kinds_of(recorded) == kinds_of(answer.json())
