"""A pipeline whose data have an age that they should not exceed, and a service that is away."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

SETTINGS = """\
[connections.main]

# every night
[pipelines.daily]
connection = "main"
fresh_within = "6 hours"
"""


@pytest.fixture
def chimpline_toml() -> str:
    return SETTINGS


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address at which nobody listens, as long as it is held."""
    with contextlib.closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"
