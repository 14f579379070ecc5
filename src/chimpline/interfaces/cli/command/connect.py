"""`chimpline connect`: from settings to *verified*, in the order and words that users know."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from chimpline.errors import NotAuthenticated, UserError
from chimpline.interfaces.cli.options import SettingsFile, StateDir
from chimpline.interfaces.cli.session import Session, console, in_words, say
from chimpline.interfaces.cli.settings_options import given_settings
from chimpline.interfaces.cli.sign_in.consent import Consent
from chimpline.interfaces.cli.sign_in.questions import Questions
from chimpline.interfaces.cli.typed import Typed
from chimpline.message import Message
from chimpline.service.guide import guide as guide_text
from chimpline.service.guide import steps
from chimpline.service.sign_in.questions import BY_KEY, FIRST

if TYPE_CHECKING:
    from pathlib import Path

    from chimpline.service.connection.access import Verified
    from chimpline.service.connection.authentication import Walk

WAIT_S = 600


def epilog() -> str:
    """The steps before, for `--help`; from the one text that the docs are."""
    lines = [f"{number}. {step}" for number, step in enumerate(steps(), start=1)]
    return "Before:\n\n" + "\n\n".join(lines) + "\n\nThe whole guide: chimpline connect --guide"


def connect(
    ctx: typer.Context,
    *,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Name of the connection, a new or an existing one."),
    ] = None,
    client_secret_stdin: Annotated[
        bool,
        typer.Option("--client-secret-stdin", help="Read the Client Secret from standard input."),
    ] = False,
    code_stdin: Annotated[
        bool,
        typer.Option(
            "--code-stdin", help="Read the code, or the whole address, from standard input."
        ),
    ] = False,
    api_key_stdin: Annotated[
        bool, typer.Option("--api-key-stdin", help="Read the API key from standard input.")
    ] = False,
    rotate_secret: Annotated[
        bool, typer.Option("--rotate-secret", help="Ask for a new Client Secret.")
    ] = False,
    insist: Annotated[
        bool, typer.Option("--insist", help="Allow two connections to share a Client ID.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Accept a token of another account than before.")
    ] = False,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address; do not open a browser.")
    ] = False,
    no_wait: Annotated[
        bool,
        typer.Option(
            "--no-wait", help="Print the address and end; continue later with --code-stdin."
        ),
    ] = False,
    timeout: Annotated[
        int,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            min=1,
            max=86_400,
            help="How long to wait for the code.",
        ),
    ] = WAIT_S,
    guide: Annotated[
        bool, typer.Option("--guide", help="Show what to prepare, and what each error means.")
    ] = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Sign in to a Mailchimp account.

    There are two ways: OAuth with an app of your own, or an API key. What you do not give is asked
    for. Secrets and the code are taken from the prompt, from standard input, or from
    CHIMPLINE_CLIENT_SECRET, CHIMPLINE_CODE and CHIMPLINE_API_KEY. Signing in again changes neither
    what was copied nor the selection of tables.
    """
    if guide:
        _show_guide()
        return 0
    options = given_settings(ctx)
    asked_auth = options.pop("auth", None)
    call = _Call(ctx.obj, settings, state_dir, options=options, yes=yes)
    with closing(call.connections):
        name = name or call.only_name()
        known = call.known(name)
        auth = asked_auth or (known and call.connections.get(name).settings.auth) or "oauth"
        call.connections.definitions.validated(name, {**call.asked.options, "auth": auth})
        try:
            if auth == "api_key":
                return call.by_key(name, from_stdin=api_key_stdin)
            return call.by_oauth(
                name,
                rotate=rotate_secret,
                secret_stdin=client_secret_stdin,
                code_stdin=code_stdin,
                insist=insist,
                browser=not no_browser,
                wait_s=0 if no_wait else timeout,
            )
        except KeyboardInterrupt:
            raise call.stopped(name) from None


def _show_guide() -> None:
    terminal = console()
    if terminal is None:
        say(guide_text())
        return
    from rich.markdown import Markdown

    terminal.print(Markdown(guide_text()))


class _Call:
    """One `connect`, with what it was given."""

    def __init__(
        self,
        session: Session,
        settings: Path | None,
        state_dir: Path | None,
        *,
        options: dict[str, object],
        yes: bool,
    ) -> None:
        self.session = session
        self.typed = Typed()
        self.connections = session.connections(settings, state_dir)
        self.asked = Questions(self.connections, self.typed, options, yes=yes)
        self.there = {connection.name for connection in self.connections.all()}
        self.file_before = self.file_text()
        self.saved = False
        self.waiting: Walk | None = None

    def file_text(self) -> bytes:
        file = self.connections.definitions.settings_file
        return file.read_bytes() if file.is_file() else b""

    def only_name(self) -> str:
        there = [connection.name for connection in self.connections.all()]
        if len(there) > 1:
            raise UserError("connect-which", count=len(there), names=there, first=there[0])
        return there[0] if there else "main"

    def known(self, name: str) -> bool:
        return any(connection.name == name for connection in self.connections.all())

    def verified_before(self, name: str) -> bool:
        return self.known(name) and self.connections.get(name).status.verified_at is not None

    def stopped(self, name: str) -> UserError:
        """What Ctrl-C leaves behind, by how far the walk had come."""
        if self.waiting is not None:
            until = Message.of("kept-typed-and-open", until=self.waiting.expires_at)
            return UserError("stopped-waiting-for-code", kept=until, connection=name)
        kept = Message.of("kept-unsaved-connection", connection=name)
        if self.saved:
            kept = Message(NotAuthenticated.kept_by_default)
        return UserError("stopped-before-verified", kept=kept, connection=name)

    # An API key

    def by_key(self, name: str, *, from_stdin: bool) -> int:
        from chimpline.service.connection.access import verify_api_key

        self.asked.settings(name, BY_KEY)
        before = self.verified_before(name)
        key = self.asked.api_key(name, from_stdin=from_stdin)
        say("Verify")
        self._show(
            verify_api_key(
                self.connections,
                name,
                key,
                settings=self.asked.options,
                confirm=self.asked.confirm,
                notice=self.typed.tell,
            ),
            before=before,
        )
        return 0

    # OAuth

    def by_oauth(
        self,
        name: str,
        *,
        rotate: bool,
        secret_stdin: bool,
        code_stdin: bool,
        insist: bool,
        browser: bool,
        wait_s: int,
    ) -> int:
        from chimpline.service.connection.authentication import Authentications

        sign_in = Authentications(
            self.connections, clock=self.session.clock, notice=self.typed.tell
        )
        code = self.asked.given(name, "code")
        before = self.verified_before(name)
        # With a secret too on standard input, a new walk begins: its first line is the secret.
        goes_on = code is not None or (code_stdin and not secret_stdin and not rotate)
        walk = sign_in.walks.pending(name) if goes_on and self.known(name) else None
        if walk is not None:
            self.waiting = walk
            given = code or self.asked.code()
        elif code is not None:
            raise UserError("code-without-sign-in", connection=name)
        else:
            self.asked.settings(name, tuple(FIRST))
            secret = self.asked.client_secret(name, rotate=rotate, from_stdin=secret_stdin)
            self.asked.keep_what_the_environment_says(name)
            self.saved = True
            walk = sign_in.begin(name, self.asked.options, client_secret=secret, insist=insist)
            self.waiting = walk
            received = Consent(self.session.environ, self.typed).address(
                sign_in, walk, browser=browser, listen_to_stdin=code_stdin, wait_s=wait_s
            )
            if received is None:
                return 0
            given = received
        self.saved, self.waiting = True, None  # a code is used up by being tried
        say("Verify")
        self._show(sign_in.complete(walk, given, confirm=self.asked.confirm), before=before)
        return 0

    # The end

    def _show(self, verified: Verified, *, before: bool) -> None:
        name, account = verified.connection.name, verified.account
        if verified.warning:
            self.typed.tell(verified.warning)
        role = f" ({account.role})" if account.role else ""
        when = verified.connection.status.verified_at or self.session.clock()
        say(f"Verified: {account.account_name}{role}, {when:%Y-%m-%d %H:%M} UTC")
        for table, why in verified.refused.items():
            say(f"  not copied: {table}: {in_words(why)}")
        say(f"Connection name: {name}")
        say(f"Open connection metadata: chimpline discover {name}")
        if before:
            say("Signed in again. What was copied and the selection of tables are unchanged.")
        else:
            file = self.connections.definitions.settings_file
            say(f"{self._did(name)}: [connections.{name}] in {file}")

    def _did(self, name: str) -> str:
        """What became of the section, in one word."""
        if name not in self.there:
            return "Created"
        return "Settings" if self.file_text() == self.file_before else "Changed"
