"""What was asked of the sandbox, and how many asked at once."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

KEPT_REQUESTS = 10_000


class Metrics:
    def __init__(self) -> None:
        self.by_path: Counter[str] = Counter()
        self.by_status: Counter[int] = Counter()
        self.recent: deque[tuple[str, str, str]] = deque(maxlen=KEPT_REQUESTS)
        self.peak_connections = 0
        self.total = 0
        self.rejected_429 = 0
        self.rows = 0
        self.body_bytes = 0

    def request(self, template: str, method: str, path: str, query: str) -> None:
        self.total += 1
        self.by_path[template] += 1
        self.recent.append((method, path, query))

    def as_dict(self) -> dict[str, Any]:
        return {
            "requests": dict(sorted(self.by_path.items())),
            "statuses": {str(status): n for status, n in sorted(self.by_status.items())},
            "peak_connections": self.peak_connections,
            "total": self.total,
            "rejected_429": self.rejected_429,
            "rows": self.rows,
            "body_bytes": self.body_bytes,
        }
