"""One emulated account as it stands: what the server asks and the control interface moves."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from chimpline.sandbox.answers.features import check
from chimpline.sandbox.changes.apply import apply_change
from chimpline.sandbox.faults import FaultPlan
from chimpline.sandbox.generate.account import generate
from chimpline.sandbox.metrics import Metrics
from chimpline.sandbox.model.account import Account, Options
from chimpline.sandbox.oauth import OAuth
from chimpline.sandbox.truth import truth

Row = dict[str, Any]
RequestCallback = Callable[[str, str, str], None]


@dataclasses.dataclass(slots=True)
class Latency:
    """How long an answer takes: a base, more for each row, more for each row skipped by offset."""

    base_s: float = 0.0
    per_row_s: float = 0.0
    per_offset_row_s: float = 0.0

    def seconds(self, rows: int, offset: int) -> float:
        return self.base_s + rows * self.per_row_s + offset * self.per_offset_row_s


class Engine:
    """All of it belongs to the server's event loop; `OPERATIONS` is what control may call."""

    def __init__(self, options: Options) -> None:
        check(options.lacks)
        self.account: Account = generate(options)
        self.plan = FaultPlan(options.seed)
        self.latency_model = Latency()
        self.statistics = Metrics()
        self.in_progress = 0
        self.oauth = OAuth(options, self.account.clock)
        self.refused: list[str] = []
        self.callbacks: list[RequestCallback] = []
        self.last_bodies: dict[str, bytes] = {}
        self.base_url = ""

    # Operations

    def change(self, kind: str, **arguments: Any) -> Row:
        return apply_change(self.account, kind, arguments)

    def truth(self, table: str) -> list[Row]:
        return truth(self.account, table)

    def faults(self, plan: list[Mapping[str, Any]]) -> Row:
        self.plan.set(plan)
        return {"rules": len(self.plan.rules)}

    def clear_faults(self) -> Row:
        self.plan.clear()
        return {"rules": 0}

    def latency(
        self, base_s: float = 0.0, per_row_s: float = 0.0, per_offset_row_s: float = 0.0
    ) -> Row:
        self.latency_model = Latency(base_s, per_row_s, per_offset_row_s)
        return dataclasses.asdict(self.latency_model)

    def metrics(self) -> Row:
        return self.statistics.as_dict()

    def reset_metrics(self) -> Row:
        self.statistics = Metrics()
        self.statistics.peak_connections = self.in_progress
        return {}

    def requests(self) -> list[tuple[str, str, str]]:
        return list(self.statistics.recent)

    def now(self) -> float:
        return self.account.clock.now()

    def advance(self, seconds: float) -> float:
        self.account.clock.advance(float(seconds))  # text, out of a query
        return self.now()

    def role(self, role: str, refuse: list[str] | None = None) -> Row:
        """The user's role, and the templates (by their beginning) which it may not read."""
        self.account.role = role
        self.refused = list(refuse or [])
        return {"role": role, "refuse": self.refused}

    def lack(self, features: str = "") -> Row:
        """The parts of Mailchimp that the account lacks from now on, with commas between them."""
        check(features)
        self.account.lacks = features
        return {"lacks": features}

    def revoke(self, token: str | None = None) -> Row:
        """From now on the token (all of them, if none is named) is invalid."""
        self.oauth.revoke(token)
        return {"valid": len(self.oauth.tokens)}

    def restore(self) -> Row:
        """Makes the account's own keys and tokens valid again."""
        self.oauth.restore()
        return {"valid": len(self.oauth.tokens)}

    def info(self) -> Row:
        options = self.account.options
        return {
            "api_root": f"{self.base_url}/3.0",
            "login_root": self.base_url,
            "api_key": options.api_key,
            "second_api_key": options.second_api_key,
            "access_token": options.access_token,
            "client_id": options.client_id,
            "client_secret": options.client_secret,
            "account_id": options.account_id,
            "login_id": options.login_id,
            "members": sum(len(a.by_id) for a in self.account.audiences.values()),
            "campaigns": len(self.account.campaigns),
            "events": sum(len(c.activity) for c in self.account.campaigns.values()),
            "now": self.now(),
        }


OPERATIONS = (
    "change",
    "truth",
    "faults",
    "clear_faults",
    "latency",
    "metrics",
    "reset_metrics",
    "requests",
    "now",
    "advance",
    "role",
    "lack",
    "revoke",
    "restore",
    "info",
)
