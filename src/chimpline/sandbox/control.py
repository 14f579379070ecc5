"""The same sandbox from another process: each operation is one call of the control interface."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

Row = dict[str, Any]


class SandboxControl:
    """`base_url` is the sandbox's root, such as `http://127.0.0.1:8190`."""

    def __init__(self, base_url: str, timeout_s: float = 120.0) -> None:
        self._base_url = base_url.rstrip("/").removesuffix("/3.0")
        self._timeout_s = timeout_s

    def _call(self, operation: str, **arguments: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the user names the sandbox
            f"{self._base_url}/sandbox/{operation}",
            data=json.dumps(arguments).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as answer:  # noqa: S310
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(json.load(error)["error"]) from None

    def change(self, kind: str, **arguments: Any) -> Row:
        changed: Row = self._call("change", kind=kind, **arguments)
        return changed

    def truth(self, table: str) -> list[Row]:
        rows: list[Row] = self._call("truth", table=table)
        return rows

    def faults(self, plan: list[Mapping[str, Any]]) -> Row:
        answer: Row = self._call("faults", plan=plan)
        return answer

    def clear_faults(self) -> Row:
        answer: Row = self._call("clear_faults")
        return answer

    def latency(
        self, base_s: float = 0.0, per_row_s: float = 0.0, per_offset_row_s: float = 0.0
    ) -> Row:
        answer: Row = self._call(
            "latency", base_s=base_s, per_row_s=per_row_s, per_offset_row_s=per_offset_row_s
        )
        return answer

    def metrics(self) -> Row:
        answer: Row = self._call("metrics")
        return answer

    def reset_metrics(self) -> Row:
        answer: Row = self._call("reset_metrics")
        return answer

    def requests(self) -> list[tuple[str, str, str]]:
        return [(method, path, query) for method, path, query in self._call("requests")]

    @property
    def now(self) -> float:
        return float(self._call("now"))

    def advance(self, seconds: float) -> float:
        return float(self._call("advance", seconds=seconds))

    def role(self, role: str, refuse: list[str] | None = None) -> Row:
        answer: Row = self._call("role", role=role, refuse=refuse)
        return answer

    def lack(self, features: str = "") -> Row:
        answer: Row = self._call("lack", features=features)
        return answer

    def revoke(self, token: str | None = None) -> Row:
        answer: Row = self._call("revoke", token=token)
        return answer

    def restore(self) -> Row:
        answer: Row = self._call("restore")
        return answer

    def info(self) -> Row:
        answer: Row = self._call("info")
        return answer
