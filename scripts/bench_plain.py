"""The reader that `scripts/bench.py` compares with, as people write it.

requests and json, one connection, one page after the other by offset; records as dicts, nested
values as JSON text, each page through `pyarrow.Table.from_pylist` into DuckDB. No proof, no
deletions, no retries. A later run asks for what is newer than the newest row received.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import requests

PAGE = 1000
MEMBER = [
    "id",
    "email_address",
    "unique_email_id",
    "contact_id",
    "full_name",
    "web_id",
    "email_type",
    "status",
    "unsubscribe_reason",
    "consents_to_one_to_one_messaging",
    "sms_phone_number",
    "sms_subscription_status",
    "merge_fields",
    "interests",
    "stats",
    "ip_signup",
    "timestamp_signup",
    "ip_opt",
    "timestamp_opt",
    "member_rating",
    "last_changed",
    "language",
    "vip",
    "email_client",
    "location",
    "marketing_permissions",
    "last_note",
    "source",
    "tags_count",
    "tags",
    "list_id",
]
EVENT = ["campaign_id", "list_id", "email_id", "email_address", "action", "timestamp", "url", "ip"]


def peak_mb() -> float:
    """The most memory that this process ever held."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


class Reader:
    def __init__(self, options: argparse.Namespace) -> None:
        self.root = options.api_root
        self.left = options.pages or -1
        self.session = requests.Session()
        self.session.auth = ("anystring", options.key)
        self.database = duckdb.connect(options.database)
        self.cpu = {"fetch": 0.0, "decode": 0.0, "load": 0.0}
        self.rows = {"members": 0, "events": 0}
        self.requests = 0
        self.waiting_s = 0.0
        self._mark = time.process_time()

    def lap(self, stage: str) -> None:
        """CPU since the last lap belongs to this stage: of all threads, DuckDB's too."""
        now = time.process_time()
        self.cpu[stage] += now - self._mark
        self._mark = now

    def pages(self, path: str, key: str, **params: Any) -> Iterator[list[dict[str, Any]]]:
        offset = 0
        while self.left:
            self.left -= 1
            self.lap("load")
            asked = time.monotonic()
            answer = self.session.get(
                f"{self.root}{path}",
                params={"count": PAGE, "offset": offset, **params},
                timeout=120,
            )
            body = answer.content
            self.waiting_s += time.monotonic() - asked
            self.requests += 1
            self.lap("fetch")
            answer.raise_for_status()
            found = json.loads(body)
            self.lap("decode")
            yield found[key]
            offset += PAGE
            if offset >= found["total_items"]:
                break

    def put(self, table: str, names: list[str], records: list[dict[str, Any]]) -> None:
        rows = [
            {
                name: value if value is None or isinstance(value, str) else json.dumps(value)
                for name in names
                for value in (record.get(name),)
            }
            for record in records
        ]
        schema = pa.schema([(name, pa.string()) for name in names])
        page = pa.Table.from_pylist(rows, schema=schema)
        self.lap("decode")
        columns = ", ".join(f'"{name}" VARCHAR' for name in names)
        self.database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
        self.database.register("page", page)
        if table == "members":
            self.database.execute(
                "DELETE FROM members USING page WHERE members.id = page.id"
                " AND members.list_id = page.list_id"
            )
        self.database.execute(f"INSERT INTO {table} SELECT * FROM page")
        self.rows[table] += len(rows)
        self.lap("load")

    def latest(self, table: str, cursor: str) -> str | None:
        try:
            found = self.database.execute(f"SELECT max({cursor}) FROM {table}").fetchone()
        except duckdb.CatalogException:
            return None
        return found[0] if found else None

    def members(self) -> None:
        latest = self.latest("members", "last_changed")
        since = {"since_last_changed": latest} if latest else {}
        fields = {"exclude_fields": "members._links,_links", **since}
        for audience in self.ids("/lists", "lists"):
            for records in self.pages(f"/lists/{audience}/members", "members", **fields):
                self.put("members", MEMBER, records)

    def events(self) -> None:
        latest = self.latest("events", "timestamp")
        since = {"since": latest} if latest else {}
        fields = {"exclude_fields": "emails._links,_links", **since}
        for campaign in self.ids("/reports", "reports"):
            for records in self.pages(f"/reports/{campaign}/email-activity", "emails", **fields):
                events = [
                    {**record, **event}
                    for record in records
                    for event in record.get("activity") or ()
                ]
                self.put("events", EVENT, events)

    def ids(self, path: str, key: str) -> list[str]:
        fields = f"{key}.id,total_items"
        return [row["id"] for page in self.pages(path, key, fields=fields) for row in page]


def measured(argv: Sequence[str]) -> dict[str, Any]:
    """What was asked for on the command line; CPU is of the whole process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["members", "events"])
    for name in ("api-root", "key", "database"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--pages", type=int, default=0, help="stop after so many; 0 reads all")
    options = parser.parse_args(argv)
    startup = time.process_time()
    begun = time.monotonic()
    reader = Reader(options)
    getattr(reader, options.what)()
    reader.lap("load")
    reader.database.close()
    reader.lap("load")
    wall = time.monotonic() - begun
    return {
        "requests": reader.requests,
        "rows": reader.rows[options.what],
        "cpu": reader.cpu,
        "cpu_s": time.process_time() - startup,
        "wall_s": wall,
        "busy": reader.waiting_s / wall,
        "peak_mb": peak_mb(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(sys.argv[1:])) + "\n")
