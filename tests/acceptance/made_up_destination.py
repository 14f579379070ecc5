"""A kind of destination that chimpline does not have, in this one file, and commands that use it.

A box in a room: a directory, opened with a token. Its rows lie in a file of DuckDB there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from chimpline.errors import DestinationReadOnly, DestinationUnavailable
from chimpline.load import open_destination
from chimpline.load.contract import Destination
from chimpline.load.registry import Kind, Place, Secret, Setting, UrlRefused, register
from tests.words import saying

TOKEN = "open sesame"


class Box(Kind):
    name = "Box"
    schemes = ("box",)
    forms = ("box://room/name",)
    short = "box://ROOM/NAME"
    settings = (
        Setting("room", "The room.", form="a word", example="attic", needed=True),
        Setting("label", "What the box is called.", form="a word", example="mail", needed=True),
    )
    secrets = (Secret("token", elsewhere="the drawer"),)

    def read(self, url: str) -> str:
        if url.count("/") != 3:
            raise UrlRefused("url-refused", reason="it names no box", urls="box://room/name")
        return url

    def url(self, settings: Mapping[str, str]) -> str:
        return f"box://{settings['room']}/{settings['label']}"

    def open(self, place: Place, *, read_only: bool) -> Destination:
        room, _, label = place.url.removeprefix("box://").partition("/")
        if place.secrets.get("token") != TOKEN:
            raise saying(
                DestinationUnavailable,
                f"The room {room} is locked.",
                kept="kept-nothing-changed",
                do="Give its token.",
            )
        return open_destination(f"duckdb:///{room}/{label}", place.dataset, read_only=read_only)

    def check_writable(self, place: Place, tables: Collection[str]) -> None:
        assert "lists" in tables
        room, _, _ = place.url.removeprefix("box://").partition("/")
        if not os.access(room, os.W_OK):
            raise DestinationReadOnly(
                f"There is no room {room}.", kept="kept-nothing-changed", do="Build it."
            )

    def is_missing(self, url: str) -> bool:
        return not Path(url.removeprefix("box://")).exists()


def main(*commands: str) -> None:
    """Each command, and after it a line with its exit status."""
    from chimpline.interfaces.cli import main as chimpline
    from chimpline.interfaces.cli.session import Session

    register(Box())
    for command in commands:
        status = chimpline(command.split(), Session())
        print(f"exit status: {status}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
