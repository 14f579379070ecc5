"""What `chimpline connect` asks a person, or takes as given, in the words that users know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.errors import SettingsError
from chimpline.interfaces.cli.session import say
from chimpline.interfaces.cli.typed import Typed, by_option
from chimpline.message import Message
from chimpline.service.sign_in.questions import FIRST, meant, offered

if TYPE_CHECKING:
    from chimpline.service.connection.connections import Connections

CODE = Message("the-code")


class Questions:
    """Of one `connect`. `options` are the settings that were given; answers are added to them."""

    def __init__(
        self, connections: Connections, typed: Typed, options: dict[str, object], *, yes: bool
    ) -> None:
        self.options = options
        self._connections = connections
        self._typed = typed
        self._yes = yes

    def given(self, name: str, kind: str) -> str | None:
        """Out of the environment: for this connection, or for whichever."""
        found = self._connections.configuration.sources.secrets
        return found.get((name, kind)) or found.get((kind,))

    def confirm(self, warning: Message) -> bool:
        if self._yes:
            return True
        if not self._typed.interactive:
            return False
        self._typed.tell(warning)
        answer = self._typed.ask("Change it all the same? (y/N)", otherwise=by_option("--yes"))
        return answer.lower() in {"y", "yes"}

    def settings(self, name: str, fields: tuple[str, ...]) -> None:
        """What was not given as an option, under the labels that users know."""
        if not self._typed.interactive:
            return
        say(f"Connection {name}. What to prepare: chimpline connect --guide")
        current = self._connections.definitions.validated(name, {})
        for field in fields:
            if field in self.options:
                continue
            shown = offered(field, getattr(current, field))

            def check(text: str, field: str = field, shown: str = shown) -> None:
                if text or not shown:
                    self._connections.definitions.validated(name, {field: meant(field, text)})
                if field == "client_id" and not text and not shown:
                    raise SettingsError("client-id-required")

            option = by_option(f"--{field.replace('_', '-')}")
            text = self._typed.ask(FIRST[field], shown, otherwise=option, check=check)
            if text:
                self.options[field] = meant(field, text)

    def keep_what_the_environment_says(self, name: str) -> None:
        """A client id belongs to the connection, also where it was given in the environment."""
        good = self._connections.definitions.validated(name, self.options)
        if good.client_id:
            self.options["client_id"] = good.client_id

    def api_key(self, name: str, *, from_stdin: bool) -> str:
        """As given or typed."""
        if from_stdin:
            return self._typed.line(Message("the-api-key"), otherwise=otherwise("api-key"))
        if (given := self.given(name, "api_key")) is not None:
            return given
        if self._typed.interactive:
            return self._typed.ask(
                "API key (not shown)", otherwise=otherwise("api-key"), hidden=True
            )
        raise SettingsError("api-key-not-given", connection=name)

    def client_secret(self, name: str, *, rotate: bool, from_stdin: bool) -> str | None:
        """As given or typed; None: the one in the vault, or none, which is then told."""
        from chimpline.service.connection.authentication import client_secret

        settings = self._connections.definitions.validated(name, self.options)
        kept = self._connections.client_secret(name, settings)
        if from_stdin:
            return client_secret(
                self._typed.line(Message("the-client-secret"), otherwise=otherwise("client-secret"))
            )
        if (given := self.given(name, "client_secret")) is not None:
            return client_secret(given)
        if not self._typed.interactive:
            if rotate:
                raise SettingsError("new-client-secret-not-given")
            return None
        default = "the one kept" if kept and not rotate else ""
        answer = self._typed.ask(
            "Client Secret (not shown)",
            default,
            otherwise=otherwise("client-secret"),
            hidden=True,
            check=lambda text: None if default and not text else _discard(client_secret(text)),
        )
        return client_secret(answer) if answer else None

    def code(self) -> str:
        """Of a walk that began before: out of a pipe, or asked for at a terminal."""
        with self._typed.prompting("Code, or the whole address (not shown): ", hidden=True):
            return self._typed.line(CODE, otherwise=otherwise("code"))


def otherwise(what: str) -> Message:
    """How to give it without being asked."""
    variable = f"CHIMPLINE_{what.upper().replace('-', '_')}"
    return Message.of("give-by-stdin", option=f"--{what}-stdin", variable=variable)


def _discard(_: object) -> None:
    """A check has nothing to give back."""
