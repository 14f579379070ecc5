"""`chimpline run --dry-run`: which tables, how many requests, how long."""

from __future__ import annotations

import json as json_
from typing import TYPE_CHECKING

from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.said import whole
from chimpline.interfaces.cli.screen.view import counted, duration
from chimpline.interfaces.cli.session import say

if TYPE_CHECKING:
    from chimpline.service.engine import Estimate


def show_estimate(estimate: Estimate, *, json: bool) -> None:
    """One line a table, then the whole; the same as objects with `json`."""
    if json:
        for table in estimate.tables:
            say(
                json_.dumps(
                    {
                        "event": "table_estimated",
                        "table": table.table,
                        "rows": table.rows,
                        "requests": table.requests,
                        "reason": whole(table.reason),
                    }
                )
            )
        say(
            json_.dumps(
                {
                    "event": "run_estimated",
                    "requests": estimate.requests,
                    "seconds": estimate.seconds,
                    "connections": estimate.connections,
                }
            )
        )
        return
    show_grid(
        ("table", "rows", "requests", "why"),
        [(t.table, counted(t.rows), counted(t.requests), whole(t.reason)) for t in estimate.tables],
        numbers=("rows", "requests"),
        below=("why",),
    )
    time = "" if estimate.seconds is None else f" and take {about(estimate.seconds)}"
    say(
        f"A run would make about {counted(estimate.requests)} requests over "
        f"{estimate.connections} connections{time}. Row counts are estimates based on Mailchimp's "
        "own counters. Nothing was copied."
    )


def about(seconds: float) -> str:
    return "less than a second" if seconds < 1 else f"about {duration(seconds)}"
