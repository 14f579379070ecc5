"""Work in a process of its own: what it returns, what it raises, and what it does not survive."""

from __future__ import annotations

import os
import signal

import pytest

from chimpline.errors import UserError
from chimpline.service.editing.apart import FailedApart, apart
from chimpline.service.settings.sources import values_of

PATIENCE_S = 60.0


def test_what_it_returns_and_what_it_raises_come_back() -> None:
    assert {"a": 1} == apart(PATIENCE_S, values_of, "a = 1", "chimpline.toml")
    with pytest.raises(FailedApart) as raised:
        apart(PATIENCE_S, values_of, "a =", "chimpline.toml")
    assert "settings-not-toml" == raised.value.kind


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(UserError) as raised:
        apart(PATIENCE_S, os._exit, 1)
    assert "work-stopped" == raised.value.kind


def test_a_mistake_of_ours_is_told() -> None:
    with pytest.raises(UserError) as raised:
        apart(PATIENCE_S, len, 1)  # type: ignore[arg-type]
    assert "work-stopped" == raised.value.kind


def test_what_takes_too_long_is_killed() -> None:
    with pytest.raises(UserError) as raised:
        apart(0.1, signal.pause)
    assert "work-too-slow" == raised.value.kind
