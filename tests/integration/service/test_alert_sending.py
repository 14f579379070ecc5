"""What leaves this machine as an alert, seen by a server that takes it."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from chimpline.service.alerts.addresses import check
from chimpline.service.alerts.sending import Sent, send


class Webhook(HTTPServer):
    """Answers everything with `status`; keeps what came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taken)
        self.status = 200
        self.came: list[tuple[str, dict[str, Any]]] = []


class Taken(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.came.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("location", "/elsewhere")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.came.append((self.path, {}))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with contextlib.closing(server.socket):
        yield server
        server.shutdown()
    thread.join()


def sent(webhook: Webhook) -> Sent:
    address = check(f"json://me:hush-hush@127.0.0.1:{webhook.server_port}/hook")
    return send(address, "chimpline: daily failed", "Run 5a failed.")


def test_a_webhook_gets_title_and_words_and_nothing_attached(webhook: Webhook) -> None:
    assert Sent(ok=True) == sent(webhook)
    ((path, came),) = webhook.came
    assert ("/hook", "chimpline: daily failed", "Run 5a failed.") == (
        path,
        came["title"],
        came["message"],
    )
    assert [] == came["attachments"]
    assert "hush-hush" not in json.dumps(came)


@pytest.mark.parametrize("status", [401, 404, 500])
def test_what_a_service_refuses_is_told_with_its_status(webhook: Webhook, status: int) -> None:
    webhook.status = status
    assert Sent(ok=False, status=status) == sent(webhook)


def test_no_redirect_is_followed(webhook: Webhook) -> None:
    webhook.status = 302
    assert not sent(webhook).ok
    assert ["/hook"] == [path for path, _ in webhook.came]


@pytest.mark.parametrize("between", [",", ", ", " ", ";", "?method=POST,"])
def test_an_address_in_an_address_gets_nothing(webhook: Webhook, between: str) -> None:
    """It might be of any service, and read any file."""
    base = f"json://127.0.0.1:{webhook.server_port}"
    send(f"{base}/hook{between}{base}/other?template=/etc/passwd", "title", "body")
    assert len(webhook.came) <= 1


def test_where_nobody_listens_it_was_not_sent(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), contextlib.closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        address = f"json://me:hush-hush@127.0.0.1:{held.getsockname()[1]}/hook"
        assert Sent(ok=False) == send(address, "title", "body")
    assert "hush-hush" not in caplog.text
