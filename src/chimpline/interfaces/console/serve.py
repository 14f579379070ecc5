"""`chimpline serve`: the console, the schedules and the runs, until it is stopped."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

import uvicorn

from chimpline.errors import UserError
from chimpline.interfaces.console.app import create_app
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.guard import Address
from chimpline.interfaces.console.welcome import Welcome
from chimpline.interfaces.messages.catalogue import spoken
from chimpline.service.alerts.alerts import Alerts
from chimpline.service.desk import Desk
from chimpline.service.execution.executor import Executor
from chimpline.service.execution.order import Order, Task
from chimpline.service.people.people import Role
from chimpline.service.people.throttle import Throttle
from chimpline.service.schedule.ticker import Ticker

TAKE_OVER_EVERY_S = 3.0
TIDY_EVERY_S = 30.0
ALERTS_EVERY_S = 30.0
PAGES_END_WITHIN_S = 3


def serve(
    desk: Desk,
    address: Address,
    *,
    settings: Path | None,
    ready: Callable[[str, str | None], None],
    failed: Callable[[Exception], None],
    reset_password: bool = False,
    trusted_proxies: Sequence[str] = (),
) -> None:
    """Serve until a signal. `ready`: told the address, and the link for who has no password yet.

    `trusted_proxies`: addresses and networks whose `X-Forwarded-For` says who asks.

    Raises `UserError` where the port cannot be had, or another `serve` has this state directory.
    """
    listening = _listening(address)
    address = Address(address.host, listening.getsockname()[1], address.public_url)
    with contextlib.closing(desk), desk.state.serving(), contextlib.closing(listening):
        desk.database()
        executor = Executor(desk.state, _command(desk, settings), desk.place)
        desk.executor = executor
        ticker = Ticker(desk.scheduled, desk.run_due, desk.schedules, desk.clock)
        welcome = Welcome(desk.clock)
        room = Room(desk, ticker, address, welcome, Throttle())
        with executor, _beside(desk, ticker, failed):
            link = None
            if reset_password:
                desk.sessions.end_all()
            if reset_password or not any(p.role is Role.ADMIN for p in desk.people.everyone()):
                link = f"{address.url}/welcome?key={welcome.open()}"
            ready(address.url, link)
            _run(uvicorn.Server(served(room, failed, trusted_proxies)), listening)


def served(
    room: Room, failed: Callable[[Exception], None], trusted_proxies: Sequence[str]
) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        create_app(room, failed),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_graceful_shutdown=PAGES_END_WITHIN_S,
        lifespan="off",
        ws="none",
    )


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _as_ctrl_c)
    with contextlib.suppress(KeyboardInterrupt):  # the server raises it again when it has ended
        server.run(sockets=[listening])


def _as_ctrl_c(_number: int, _frame: FrameType | None) -> None:
    """A service manager's way to stop: runs are stopped and noted as for Ctrl-C."""
    raise KeyboardInterrupt


@contextlib.contextmanager
def _beside(desk: Desk, ticker: Ticker, failed: Callable[[Exception], None]) -> Iterator[None]:
    """The clock that asks what is due, who keeps what has ended, and who tells of what is wrong."""
    stopped = threading.Event()

    def clerk() -> None:
        tidy_at = time.monotonic() + TIDY_EVERY_S
        while not stopped.wait(TAKE_OVER_EVERY_S):
            try:
                desk.take_over()
                if time.monotonic() >= tidy_at:
                    tidy_at = time.monotonic() + TIDY_EVERY_S
                    desk.tidy()
            except Exception as error:  # noqa: BLE001  (it is tried again, and told)
                failed(error)

    def alerts() -> None:
        telling = Alerts(desk, spoken().words)
        while not stopped.wait(ALERTS_EVERY_S):
            try:
                telling.look()
                telling.deliver()
            except Exception as error:  # noqa: BLE001  (it is tried again, and told)
                failed(error)

    desk.take_over()
    threads = [
        threading.Thread(target=ticker.run, args=(stopped, failed), name="ticker", daemon=True),
        threading.Thread(target=clerk, name="clerk", daemon=True),
        threading.Thread(target=alerts, name="alerts", daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def _command(desk: Desk, settings: Path | None) -> Callable[[Order], Sequence[str]]:
    """How a run is started: as a person would start it."""

    def command(order: Order) -> Sequence[str]:
        file = desk.configuration().settings_file or settings
        compares = order.task is Task.COMPARE
        return [
            sys.executable,
            "-m",
            "chimpline",
            "reconcile" if compares else "run",
            order.pipeline,
            "--json",
            "--verbose",
            *(["--level", order.level] if compares else ["--run-id", order.run_id]),
            "--state-dir",
            str(desk.state.path),
            *(["--settings", str(file)] if file else []),
            *(["--full-refresh"] if order.full_refresh else []),
            *(["--tables", ",".join(order.tables)] if order.tables else []),
            *(["--repair"] if order.repair else []),
        ]

    return command


def _listening(address: Address) -> socket.socket:
    """The socket, before anything else begins: a second `serve` changes nothing."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((address.host, address.port))
        found.listen(128)
    except OSError as error:
        found.close()
        raise UserError(
            "serve-cannot-listen", host=address.host, port=str(address.port), why=error.strerror
        ) from None
    return found
