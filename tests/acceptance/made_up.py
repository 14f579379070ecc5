"""A small made-up account behind a transport: collections of any shape, paged and filtered.

It serves what the emulated account does not have (yet), for rows of the catalog that are made up
for a test. Records, keys and truth are written by hand; nothing here knows the catalog.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.utils
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import Answer
from chimpline.runs.request import RunRequest
from tests.acceptance.destinations import DATASET, Replica
from tests.acceptance.within import MemoryReplica

Record = dict[str, Any]
PREFIX = "/3.0"
MOST = 1000
ROOT = {"account_id": "a1", "login_id": "u1", "account_name": "Made up", "role": "owner"}


@dataclasses.dataclass
class Collection:
    """`name`: of the array in its answer. `key`: the field by which one record is asked for."""

    name: str
    key: str
    records: list[Record]


class MadeUp:
    """The account: its collections by path, its time, and the paths that were asked for."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self.collections: dict[str, Collection] = {}
        self.asked: list[str] = []

    def put(self, path: str, name: str, key: str, records: list[Record]) -> None:
        self.collections[path] = Collection(name, key, records)

    def records(self, path: str) -> list[Record]:
        return self.collections[path].records

    def ports(self, replica: Replica) -> dict[str, Any]:
        """What a run of this account into the replica works with."""
        kept = {"destination": replica.destination} if isinstance(replica, MemoryReplica) else {}
        return {"clock": lambda: self.now, "transport": self, **kept}

    # As a transport

    def __call__(self, *, connections: int) -> MadeUp:  # noqa: ARG002
        return self

    async def get(self, url: str, **_: Any) -> Answer:
        parts = urlsplit(url)
        path = unquote(parts.path).removeprefix(PREFIX)
        self.asked.append(path)
        return self._answered(path, dict(parse_qsl(parts.query, keep_blank_values=True)))

    async def post_form(self, url: str, **_: Any) -> Answer:
        raise AssertionError(url)

    async def close(self) -> None:
        return

    def _answered(self, path: str, query: Mapping[str, str]) -> Answer:
        if path in ("", "/"):
            return self._json(ROOT)
        if path == "/ping":
            return self._json({"health_status": "Everything's Chimpy!"})
        if path in self.collections:
            return self._json(self._page(self.collections[path], query))
        above, _, key = path.rpartition("/")
        found = self.collections.get(above)
        for record in found.records if found else ():
            if found and str(record.get(found.key)) == key:
                return self._json(record)
        return self._json({"type": "x", "title": "Resource Not Found", "status": 404}, 404)

    def _page(self, collection: Collection, query: Mapping[str, str]) -> Record:
        found = [r for r in collection.records if _asked_for(r, query)]
        if "sort_field" in query:
            backwards = query.get("sort_dir") == "DESC"
            found.sort(key=lambda record: record[query["sort_field"]], reverse=backwards)
        offset, count = int(query.get("offset", "0")), min(int(query.get("count", "10")), MOST)
        return {collection.name: found[offset : offset + count], "total_items": len(found)}

    def _json(self, document: Any, status: int = 200) -> Answer:
        kind = "application/problem+json" if status != 200 else "application/json; charset=utf-8"
        headers = {
            "content-type": kind,
            "date": email.utils.formatdate(self.now.timestamp(), usegmt=True),
        }
        return Answer(status, headers, json.dumps(document).encode())


def _asked_for(record: Record, query: Mapping[str, str]) -> bool:
    """The plain list hides archived records; windows are `(since, before]`."""
    if "status" in record and record["status"] != query.get("status", record["status"]):
        return False
    if record.get("status") == "archived" and "status" not in query:
        return False
    since, before = query.get("since_last_changed"), query.get("before_last_changed")
    changed = record.get("last_changed", "")
    return (since is None or changed > since) and (before is None or changed <= before)


def request_of(replica: Replica, tables: tuple[str, ...], **others: Any) -> RunRequest:
    """A run of these tables into the replica; the transport is the account itself."""
    return RunRequest(
        pipeline="test",
        credential=Credential("0" * 32 + "-us1", is_api_key=True),
        destination=replica.url,
        dataset=DATASET,
        api_root="http://127.0.0.1:9/3.0",
        state_dir=replica.state_dir,
        tables=tables,
        **others,
    )
