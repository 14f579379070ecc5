"""A server that is named in the console gets no password that libpq would find by itself."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from chimpline.errors import DestinationError
from chimpline.load import open_destination
from chimpline.load.reading import Limits
from chimpline.load.registry import place_of

SECRET = "of-the-environment"


class AsksForAPassword:
    """A server that speaks as much of the protocol as it takes to be told one."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.told = b""
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            with line:
                code = 0
                while code != 196608:  # until it is no wish for TLS or GSSAPI
                    size, code = struct.unpack("!II", line.recv(8, socket.MSG_WAITALL))
                    if code != 196608:
                        line.sendall(b"N")
                line.recv(size - 8, socket.MSG_WAITALL)
                line.sendall(b"R" + struct.pack("!II", 8, 3))  # a password in clear, please
                self.told += line.recv(1000)

    def close(self) -> None:
        self._listening.close()


Opens = Callable[[str, dict[str, str]], None]


def by_a_run(url: str, secrets: dict[str, str]) -> None:
    with open_destination(url, "mailchimp", secrets=secrets):
        pass


def by_a_page(url: str, secrets: dict[str, str]) -> None:
    kind, place = place_of(url, "mailchimp", secrets)
    kind.reader(place, Limits(""), trusted=True)


def by_a_statement(url: str, secrets: dict[str, str]) -> None:
    kind, place = place_of(url, "mailchimp", {"password": SECRET} | secrets)
    kind.reader(place, Limits(""), trusted=False)


def told(opens: Opens, secrets: dict[str, str]) -> bytes:
    """What a server is told that asks for a password."""
    server = AsksForAPassword()
    url = f"postgresql://me@127.0.0.1:{server.port}/shop?sslmode=disable&gssencmode=disable"
    with pytest.raises(DestinationError):
        opens(url, secrets)
    server.close()
    return server.told


@pytest.mark.parametrize("opens", [by_a_run, by_a_page])
def test_no_password_is_looked_for_where_there_is_none(
    opens: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pgpass"
    file.write_text(f"*:*:*:*:{SECRET}\n", "utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert SECRET.encode() in told(opens, {})
    assert b"" == told(opens, {"password": ""})
    monkeypatch.setenv("PGPASSWORD", SECRET)
    assert SECRET.encode() in told(opens, {})
    assert b"" == told(opens, {"password": ""})
    assert b"mine-alone" in told(opens, {"password": "mine-alone"})


def test_a_statement_is_asked_with_the_password_of_its_role_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGPASSWORD", SECRET)
    assert b"" == told(by_a_statement, {})
    assert b"mine-alone" in told(by_a_statement, {"reader_password": "mine-alone"})
