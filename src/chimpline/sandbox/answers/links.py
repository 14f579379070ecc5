"""`_links`: up to three quarters of an answer, and of no use to anyone who replicates."""

from __future__ import annotations

from typing import Any

Link = dict[str, str]
SCHEMA = "https://us19.api.mailchimp.com/schema/3.0/Definitions"
CHILDREN: dict[str, tuple[str, ...]] = {
    "Lists": (
        "abuse-reports",
        "activity",
        "clients",
        "growth-history",
        "interest-categories",
        "members",
        "merge-fields",
        "segments",
        "webhooks",
        "signup-forms",
        "locations",
    ),
    "Lists/Members": ("activity", "goals", "notes", "events"),
    "Lists/Segments": ("members",),
    "Lists/InterestCategories": ("interests",),
    "Campaigns": ("content", "feedback", "send-checklist"),
    "Reports": (
        "abuse-reports",
        "advice",
        "click-details",
        "domain-performance",
        "eepurl",
        "email-activity",
        "locations",
        "sent-to",
        "sub-reports",
        "unsubscribed",
        "open-details",
    ),
    "Automations": ("emails", "removed-subscribers"),
}
INSIDE: dict[str, tuple[str, ...]] = {
    "Ecommerce/Stores/Carts": ("customer", "lines"),
    "Ecommerce/Stores/Orders": ("customer", "lines"),
    "Ecommerce/Stores/Products": ("variants", "images"),
}
"""What records hold that is a record of its own, with links of its own."""


def linked(row: dict[str, Any], kind: str, url: str) -> dict[str, Any]:
    """A record with its `_links`, and those of what it holds."""
    held: dict[str, Any] = {}
    for name in INSIDE.get(kind, ()):
        links = {"_links": row_links(f"{kind}/{name.title()}", f"{url}/{name}/1")}
        match row.get(name):
            case list(several):
                held[name] = [one | links if isinstance(one, dict) else one for one in several]
            case dict(one):
                held[name] = one | links
    return {**row, **held, "_links": row_links(kind, url)}


def row_links(kind: str, url: str) -> list[Link]:
    parent = url.rsplit("/", 1)[0]
    links = [
        _link("self", url, "GET", f"{kind}/Response"),
        _link("parent", parent, "GET", f"{kind}/CollectionResponse"),
        _link("update", url, "PATCH", f"{kind}/Response"),
        {"rel": "delete", "href": url, "method": "DELETE"},
    ]
    if kind == "Lists/Members":
        links.insert(3, _link("upsert", url, "PUT", f"{kind}/Response"))
        forever = f"{url}/actions/delete-permanent"
        links.append({"rel": "delete_permanent", "href": forever, "method": "POST"})
    links.extend(
        _link(child, f"{url}/{child}", "GET", f"{kind}/{child.title()}/Response")
        for child in CHILDREN.get(kind, ())
    )
    return links


def envelope_links(kind: str, url: str) -> list[Link]:
    return [
        _link("self", url, "GET", f"{kind}/CollectionResponse"),
        _link("parent", url.rsplit("/", 1)[0], "GET", f"{kind}/Response"),
    ]


def _link(rel: str, href: str, method: str, schema: str) -> Link:
    return {"rel": rel, "href": href, "method": method, "targetSchema": f"{SCHEMA}/{schema}.json"}
