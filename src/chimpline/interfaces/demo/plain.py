"""A plain one-pass reader, as many scripts and some connectors are: to count what it misses.

Each shortcut is one that was found in connectors people use (the members that are not subscribed
to a segment, the archived ones, paging email activity by its events instead of its recipients).
"""

from __future__ import annotations

import base64
import json
import urllib.parse
import urllib.request
from typing import Any

PAGE = 500
EVENT = ("action", "timestamp", "url")


class _Reader:
    def __init__(self, root: str, key: str) -> None:
        self._root = root
        self._basic = base64.b64encode(f"anystring:{key}".encode()).decode()

    def page(self, path: str, offset: int) -> dict[str, Any]:
        query = urllib.parse.urlencode({"count": PAGE, "offset": offset})
        request = urllib.request.Request(  # noqa: S310 - the demo's own server
            f"{self._root}{path}?{query}", headers={"Authorization": f"Basic {self._basic}"}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            page: dict[str, Any] = json.load(answer)
            return page

    def all(self, path: str, key: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            found = self.page(path, len(rows))[key]
            rows += found
            if len(found) < PAGE:
                return rows


def plain_read(root: str, key: str) -> dict[str, tuple[int, str]]:
    """Rows by table, and in which way this reader goes wrong there."""
    reader = _Reader(root, key)
    members = 0
    in_segments: set[str] = set()
    events: set[tuple[str, ...]] = set()
    for audience in reader.all("/lists", "lists"):
        base = f"/lists/{audience['id']}"
        members += len(reader.all(f"{base}/members", "members"))
        for segment in reader.all(f"{base}/segments", "segments"):
            found = reader.all(f"{base}/segments/{segment['id']}/members", "members")
            in_segments |= {member["id"] for member in found}
    for report in reader.all("/reports", "reports"):
        path, offset = f"/reports/{report['id']}/email-activity", 0
        while True:
            recipients = reader.page(path, offset)["emails"]
            flat = [
                (report["id"], person["email_id"], *(str(event.get(name)) for name in EVENT))
                for person in recipients
                for event in person.get("activity", [])
            ]
            events.update(flat)
            offset += len(flat)
            if not flat or len(recipients) < PAGE:
                break
    return {
        "list_members": (members, "archived members are hidden"),
        "list_segment_members": (len(in_segments), "only subscribed, each once"),
        "reports_email_activity": (len(events), "some recipients are skipped"),
    }
