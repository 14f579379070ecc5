"""The log of `chimpline serve`: one line an event, without secrets, for people or as JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from chimpline.interfaces.cli.command.serving import logs
from chimpline.redact import register

SECRET = "hush-hush-hush"
OURS = logging.getLogger("chimpline.service.made_up")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    loggers = [logging.getLogger(), logging.getLogger("chimpline")]
    before = [(one, list(one.handlers), one.level) for one in loggers]
    yield
    for logger, handlers, level in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)


def logged(capsys: pytest.CaptureFixture[str], *, as_json: bool) -> str:
    register(SECRET)
    logs.configure(as_json=as_json)
    OURS.debug("too much")
    OURS.info("run ended", extra={"pipeline": "daily", "why": f"a\n{SECRET}\x1b[2J"})
    logging.getLogger("somebody").info("chatter")
    logging.getLogger("somebody").warning("listen: %s", SECRET)
    OURS.error("a mistake", exc_info=ValueError(SECRET))
    said = capsys.readouterr()
    assert "" == said.out
    assert SECRET not in said.err
    assert "\x1b" not in said.err
    return said.err


def test_as_json_each_line_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in logged(capsys, as_json=True).splitlines()]
    assert ["run ended", "listen: [hidden]", "a mistake"] == [line["event"] for line in lines]
    first = lines[0]
    assert ("daily", "info", "chimpline.service.made_up") == (
        first["pipeline"],
        first["level"],
        first["logger"],
    )
    assert first["timestamp"].endswith("Z")
    assert "ValueError" in lines[2]["exception"]


def test_for_people_each_event_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = logged(capsys, as_json=False).splitlines()
    assert 3 == len(lines)
    assert "[info" in lines[0]
    assert "run ended" in lines[0]
    assert "pipeline=daily" in lines[0]
