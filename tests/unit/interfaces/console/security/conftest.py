from __future__ import annotations

import pytest

SETTINGS = """\
[connections.main]
auth = "api_key"

[pipelines.daily]
connection = "main"
schedule = "every 15 minutes"
"""


@pytest.fixture
def chimpline_toml() -> str:
    return SETTINGS
