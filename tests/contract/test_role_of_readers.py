"""The SQL box of PostgreSQL: off until there is a role that may only read the dataset."""

from __future__ import annotations

import contextlib
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from chimpline.errors import UserError
from chimpline.load.postgres.role import reader_of
from chimpline.service.data.room import DataRoom
from chimpline.service.desk import Desk
from tests.desks import Orders

DATASET = "boxed"
SETTINGS = """
[connections.main]
auth = "api_key"
[pipelines.daily]
connection = "main"
destination = "{url}"
dataset = "{dataset}"
"""


def test_the_box_is_off_until_the_role_is_made(postgres_url: str, tmp_path: Path) -> None:
    parts, role = urlsplit(postgres_url), reader_of(DATASET)
    url = f"postgresql://{parts.username}@/postgres?{parts.query}"
    settings = SETTINGS.format(url=url, dataset=DATASET)
    (tmp_path / "chimpline.toml").write_text(settings, "utf-8")
    desk = Desk({}, tmp_path)
    desk.executor = Orders()
    with (
        psycopg.connect(postgres_url, autocommit=True) as connection,
        contextlib.closing(desk),
    ):
        connection.execute(f"CREATE SCHEMA {DATASET}".encode())
        connection.execute(f"CREATE TABLE {DATASET}.lists AS SELECT 7 AS n".encode())
        room = DataRoom(desk)
        try:
            assert not room.has_reader("daily")
            with pytest.raises(UserError) as caught:
                room.asked("daily", "SELECT n FROM lists")
            assert "data-reader-none" == caught.value.kind
            room.make_reader("daily")
            assert room.has_reader("daily")
            answer = room.asked("daily", "SELECT n, current_user FROM lists")
            assert ((7, role),) == answer.rows
        finally:
            connection.execute(f"DROP SCHEMA {DATASET} CASCADE".encode())
            connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
