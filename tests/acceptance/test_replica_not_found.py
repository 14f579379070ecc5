"""A list that answers 404 is no empty list: the table failed, and what hangs below it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from chimpline.api.transport import AiohttpTransport, Answer
from chimpline.runs.job import run
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import descendants
from tests.acceptance.replica import Replica, request_for, services_of


class WithoutReports:
    """The real transport, but for `/reports`, which is gone."""

    def __init__(self, *, connections: int) -> None:
        self._real = AiohttpTransport(connections=connections)

    async def get(
        self, url: str, *, headers: Mapping[str, str], timeout_s: float, **_: Any
    ) -> Answer:
        answer = await self._real.get(url, headers=headers, timeout_s=timeout_s)
        if "/3.0/reports?" not in url:
            return answer
        problem = {"type": "", "title": "Resource Not Found", "status": 404, "detail": ""}
        told = {**answer.headers, "content-type": "application/problem+json; charset=utf-8"}
        return Answer(404, told, json.dumps(problem).encode())

    async def post_form(
        self, url: str, *, form: Mapping[str, str], headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        return await self._real.post_form(url, form=form, headers=headers, timeout_s=timeout_s)

    async def close(self) -> None:
        await self._real.close()


def test_a_list_that_is_not_found_fails_its_table_and_those_below(
    sandbox: Sandbox, new_replica: Callable[[], Replica]
) -> None:
    request = request_for(sandbox, new_replica())
    finished = run(request, services_of(request, transport=WithoutReports))
    states = {name: table["state"] for name, table in finished.tables.items()}
    below = {"reports"} | descendants("reports")
    assert 1 == finished.exit
    assert below == {name for name, state in states.items() if state == "failed"}
    assert {"done"} == {state for name, state in states.items() if name not in below}
