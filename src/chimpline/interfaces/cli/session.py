"""What a command works with: where it is started, its streams, and the engine below."""

from __future__ import annotations

import dataclasses
import getpass
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from chimpline.clock import Clock, utc_now
from chimpline.errors import UserError
from chimpline.interfaces.cli.screen.fold import fold, terminal_width
from chimpline.interfaces.cli.screen.streams import Unwritable, drop_unwritable
from chimpline.message import Message, Problem
from chimpline.redact import shown

if TYPE_CHECKING:
    from rich.console import Console

    from chimpline.service.connection.connections import Connections
    from chimpline.service.engine import Engine
    from chimpline.service.history import DatasetHistory
    from chimpline.service.settings.request import Configuration


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise UserError("working-directory-unusable", reason=error.strerror) from None


@dataclasses.dataclass(slots=True)
class Session:
    """One call of the command; tests pass an environment, a directory and an engine."""

    environ: Mapping[str, str] = dataclasses.field(default_factory=lambda: os.environ)
    cwd: Path = dataclasses.field(default_factory=_here)
    given_engine: Engine | None = None
    clock: Clock = utc_now
    state_dir: Path | None = None
    verbose: bool = False
    tells_settings: bool = False  # that there is no settings file, to who may be elsewhere

    def engine(self) -> Engine:
        if self.given_engine is None:
            from chimpline.service.engine import load_engine

            self.given_engine = load_engine()
        return self.given_engine

    def read(self, settings: Path | None, state_dir: Path | None) -> Configuration:
        """The settings, with the catalog of the engine to check names of tables against."""
        from chimpline.service.settings.request import read

        configuration = read(
            self.environ,
            self.cwd,
            settings=settings,
            state_dir=state_dir,
            today=self.clock().date(),
            known_tables=lambda: [table.name for table in self.engine().catalog_tables()],
        )
        self.state_dir = configuration.state_dir
        if self.tells_settings and configuration.settings_file is None:
            warn(Message.of("no-settings-file", directory=self.cwd))
            self.tells_settings = False
        return configuration

    def connections(self, settings: Path | None, state_dir: Path | None) -> Connections:
        """The connections: their definitions, status and secrets."""
        from chimpline.service.connection.connections import Connections

        opened = Connections(
            self.environ, self.cwd, settings=settings, state_dir=state_dir, clock=self.clock
        )
        self.state_dir = opened.configuration.state_dir
        return opened

    def datasets(
        self, configuration: Configuration, to: str | None, dataset: str | None
    ) -> list[dict[str, object]]:
        """What to look at, as options: what is typed, else what the last runs were told."""
        from chimpline.service.history import remembered

        if to or dataset or configuration.names_a_dataset:
            return [{"destination": to, "dataset": dataset}]
        return remembered(configuration.state_dir) or [{}]

    def dataset(
        self, configuration: Configuration, to: str | None, dataset: str | None
    ) -> dict[str, object]:
        """The one dataset to look at; where several are remembered, the one written last."""
        places = self.datasets(configuration, to, dataset)
        place = places[0]
        if len(places) > 1:
            destination, dataset = str(place["destination"]), str(place["dataset"])
            noted(Message.of("about-the-last-dataset", destination=destination, dataset=dataset))
        return place

    def histories(
        self,
        *,
        pipeline: str | None,
        to: str | None,
        dataset: str | None,
        settings: Path | None,
        state_dir: Path | None,
    ) -> list[DatasetHistory]:
        """What is known of the runs of one pipeline, or of all, for each dataset to look at."""
        from chimpline.service.history import dataset_history

        configuration = self.read(settings, state_dir)
        names = configuration.pipeline_names()
        if pipeline is not None or len(names) == 1:
            wanted: list[str | None] = [pipeline]
        else:
            wanted = list(names)
        return [
            dataset_history(configuration.choose(name, options), self.engine())
            for name in wanted
            for options in self.datasets(configuration, to, dataset)
        ]

    def ask(self) -> Callable[[str], str] | None:
        """A hidden prompt where a person sits at the terminal, else None."""
        return _hidden if sys.stdin.isatty() and sys.stderr.isatty() else None


def _hidden(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except (KeyboardInterrupt, EOFError):
        warn("")  # the line on which ^C stands
        raise stopped() from None


def stopped() -> UserError:
    """What Ctrl-C leaves behind where nothing more can be said."""
    return UserError("stopped", kept="kept-committed")


def in_words(said: str | Message | Problem) -> str:
    """What is to be said, as a person reads it; of a problem, what happened and what to do."""
    if isinstance(said, str):
        return said
    from chimpline.interfaces.messages import told, words  # not where all goes well

    if isinstance(said, Message):
        return words(said)
    problem = told(said)
    return f"{problem.what} {problem.do}".strip()


def say(text: str = "") -> None:
    """A line of a result on standard output, without secrets and without commands to it.

    It is folded on a terminal. Raises `BrokenPipeError` where nobody reads it, `Unwritable` where
    it cannot be written.
    """
    try:
        for line in fold(shown(text), terminal_width(sys.stdout)):
            print(line, flush=True)  # noqa: T201  (this is the one place)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritable(error.errno, error.strerror) from error


def warn(said: str | Message) -> None:
    """A line beside the result, on standard error, folded on a terminal.

    Where that is gone, nobody is to be told.
    """
    try:
        for line in fold(shown(in_words(said)), terminal_width(sys.stderr)):
            print(line, file=sys.stderr, flush=True)  # noqa: T201  (this is the other)
    except OSError:
        drop_unwritable()


def noted(said: str | Message) -> None:
    """What one should know while a command goes on, on standard error."""
    warn(Message.of("note", said=said))


def console(*, stderr: bool = False) -> Console | None:
    """A rich console where the stream is a real terminal; None: plain text."""
    stream = sys.stderr if stderr else sys.stdout
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return None
    from chimpline.interfaces.cli.screen.terminal import Terminal

    return Terminal(file=stream, highlight=False)
