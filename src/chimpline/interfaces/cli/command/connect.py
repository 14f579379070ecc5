"""`chimpline connect`: from settings to *verified*, in the order and words that users know."""

from __future__ import annotations

import sys
import time
import webbrowser
from collections.abc import Mapping
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Annotated

import typer

from chimpline.errors import NoCodeInTime, NotAuthenticated, SettingsError, UserError
from chimpline.interfaces.cli.options import SettingsFile, StateDir
from chimpline.interfaces.cli.session import Session, console, say
from chimpline.interfaces.cli.settings_options import given_settings
from chimpline.interfaces.cli.typed import Typed
from chimpline.service.guide import guide as guide_text
from chimpline.service.guide import steps

if TYPE_CHECKING:
    from pathlib import Path

    from chimpline.service.connection.access import Verified
    from chimpline.service.connection.authentication import Authentications, Walk

# How soon a code is taken up that the page of another process took.
LOOK_EVERY_S = 0.3
WAIT_S = 600
EVERYTHING = "everything"
CODE = "the code, or the whole address that the browser shows"


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
        call.connections.definitions.validated(name, {**call.options, "auth": auth})
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
        self.options = options
        self.yes = yes
        self.typed = Typed()
        self.connections = session.connections(settings, state_dir)
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
            raise UserError(
                f"There are {len(there)} connections: {', '.join(there)}.",
                do=f"Name one, as in `chimpline connect {there[0]}`, or a new one.",
            )
        return there[0] if there else "main"

    def known(self, name: str) -> bool:
        return any(connection.name == name for connection in self.connections.all())

    def verified_before(self, name: str) -> bool:
        return self.known(name) and self.connections.get(name).status.verified_at is not None

    def given_secret(self, name: str, kind: str) -> str | None:
        """Out of the environment: for this connection, or for whichever."""
        found = self.connections.configuration.sources.secrets
        return found.get((name, kind)) or found.get((kind,))

    def confirm(self, warning: str) -> bool:
        if self.yes:
            return True
        if not self.typed.interactive:
            return False
        self.typed.tell(warning)
        answer = self.typed.ask("Change it all the same? (y/N)", otherwise="with --yes")
        return answer.lower() in {"y", "yes"}

    def stopped(self, name: str) -> UserError:
        """What Ctrl-C leaves behind, by how far the walk had come."""
        if self.waiting is not None:
            return UserError(
                "Stopped by Ctrl-C while chimpline waited for the code.",
                kept="What was typed is kept, and the sign-in stays open until"
                f" {self.waiting.expires_at:%Y-%m-%d %H:%M} UTC, an hour after it began.",
                do="Allow access on the page that was printed. Then run `chimpline connect"
                f" {name} --code-stdin`, which asks for the code, or for the whole address that the"
                f" browser shows. Or begin again: `chimpline connect {name}`.",
            )
        return UserError(
            f"Stopped by Ctrl-C before connection {name} was verified.",
            kept=NotAuthenticated.kept_by_default
            if self.saved
            else f"Nothing was saved; connection {name} is as it was.",
            do=f"Begin again: `chimpline connect {name}`.",
        )

    # An API key

    def by_key(self, name: str, *, from_stdin: bool) -> int:
        from chimpline.service.connection.access import verify_api_key

        self._ask_settings(name, ("gateway", "start_date", "email_activity_date_window"))
        before = self.verified_before(name)
        if from_stdin:
            key = self.typed.line("the API key", otherwise=_otherwise("api-key"))
        elif (given := self.given_secret(name, "api_key")) is not None:
            key = given
        elif self.typed.interactive:
            key = self.typed.ask(
                "API key (not shown)", otherwise=_otherwise("api-key"), hidden=True
            )
        else:
            raise SettingsError(
                f"No API key is given for connection {name}.",
                do="Put it into CHIMPLINE_API_KEY, pipe it in with --api-key-stdin, or type it when"
                " asked at a terminal.",
            )
        say("Verify")
        self._show(
            verify_api_key(
                self.connections,
                name,
                key,
                settings=self.options,
                confirm=self.confirm,
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
        code = self.given_secret(name, "code")
        before = self.verified_before(name)
        # With a secret too on standard input, a new walk begins: its first line is the secret.
        goes_on = code is not None or (code_stdin and not secret_stdin and not rotate)
        walk = sign_in.walks.pending(name) if goes_on and self.known(name) else None
        if walk is not None:
            self.waiting = walk
            given = code or self._code()
        elif code is not None:
            raise UserError(
                f"A code is given, and no sign-in of connection {name} waits for one.",
                do="A code belongs to the walk that asked for it. Unset CHIMPLINE_CODE, and begin"
                f" with `chimpline connect {name}`.",
            )
        else:
            self._ask_settings(name, tuple(FIRST))
            secret = self._client_secret(name, rotate=rotate, from_stdin=secret_stdin)
            self._keep_what_the_environment_says(name)
            self.saved = True
            walk = sign_in.begin(name, self.options, client_secret=secret, insist=insist)
            self.waiting = walk
            received = self._consent(
                sign_in, walk, browser=browser, listen_to_stdin=code_stdin, wait_s=wait_s
            )
            if received is None:
                return 0
            given = received
        self.saved, self.waiting = True, None  # a code is used up by being tried
        say("Verify")
        self._show(sign_in.complete(walk, given, confirm=self.confirm), before=before)
        return 0

    def _code(self) -> str:
        """Of a walk that began before: out of a pipe, or asked for at a terminal."""
        with self.typed.prompting("Code, or the whole address (not shown): ", hidden=True):
            return self.typed.line(CODE, otherwise=_otherwise("code"))

    def _client_secret(self, name: str, *, rotate: bool, from_stdin: bool) -> str | None:
        """As given or typed; None: the one in the vault, or none, which is then told."""
        from chimpline.service.connection.authentication import client_secret

        kept = self.connections.secrets.client_secret(name)
        if from_stdin:
            return client_secret(
                self.typed.line("the Client Secret", otherwise=_otherwise("client-secret"))
            )
        if (given := self.given_secret(name, "client_secret")) is not None:
            return client_secret(given)
        if not self.typed.interactive:
            if rotate:
                raise SettingsError(
                    "No new Client Secret is given.",
                    do="Put it into CHIMPLINE_CLIENT_SECRET, or pipe it in with"
                    " --client-secret-stdin.",
                )
            return None
        default = "the one kept" if kept and not rotate else ""
        answer = self.typed.ask(
            "Client Secret (not shown)",
            default,
            otherwise=_otherwise("client-secret"),
            hidden=True,
            check=lambda text: None if default and not text else _discard(client_secret(text)),
        )
        return client_secret(answer) if answer else None

    def _consent(
        self,
        sign_in: Authentications,
        walk: Walk,
        *,
        browser: bool,
        listen_to_stdin: bool,
        wait_s: int,
    ) -> str | None:
        """The address the browser came back with, or the code; None: not to be waited for."""
        from chimpline.interfaces.page.listener import Listener, NoPage

        say(f"Redirect URI, to be registered in the app exactly so: {walk.app.redirect_uri}")
        with ExitStack() as until_then:
            if wait_s:
                try:
                    until_then.enter_context(Listener(walk.app.redirect_uri, sign_in.walks.receive))
                except NoPage as no_page:
                    self.typed.tell(
                        f"{no_page} So there will be no page of ours: after consent, copy the"
                        " whole address that the browser shows."
                    )
            say("Authenticate: allow access on this page of Mailchimp")
            say(f"  {walk.url}")
            if not wait_s:
                say(
                    "Waiting for code. Once you have it, or the whole address that the browser"
                    " shows, run this and paste it:"
                )
                say(f"  chimpline connect {walk.connection} --code-stdin")
                return None
            if browser and walk.url and _has_browser(self.session.environ):
                webbrowser.open(walk.url)
            until_then.enter_context(
                self.typed.prompting(
                    "Complete authentication with the code provided by the source\n"
                    "(it comes by itself; or paste the code or the whole address, not shown): ",
                    hidden=True,
                )
            )
            reading = self.typed.interactive or listen_to_stdin
            return self._wait(sign_in, walk, reading=reading, until=time.monotonic() + wait_s)

    def _wait(self, sign_in: Authentications, walk: Walk, *, reading: bool, until: float) -> str:
        """For the page and for the terminal at the same time."""
        while time.monotonic() < until:
            if (handed_over := sign_in.walks.received(walk)) is not None:
                return handed_over
            if not reading:
                time.sleep(LOOK_EVERY_S)
                continue
            line = self.typed.poll(LOOK_EVERY_S, CODE, otherwise=_otherwise("code"))
            if line is None:
                continue
            try:
                sign_in.look_at(walk, line)
            except NotAuthenticated as error:
                if not self.typed.interactive:
                    raise
                self.typed.tell(f"\n{error.what} {error.do}\nPaste again, or consent: ")
                continue
            return line
        raise NoCodeInTime(
            "No code came while chimpline waited.",
            do="If Mailchimp's page showed an error, mend what it names: the redirect URI"
            f" {walk.app.redirect_uri} must be registered in the app to the letter. If you have"
            " allowed access since, give the address that the browser shows to `chimpline connect"
            f" {walk.connection} --code-stdin` within the hour. Else start again.",
        )

    # Settings

    def _ask_settings(self, name: str, fields: tuple[str, ...]) -> None:
        """What was not given as an option, under the labels that users know."""
        if not self.typed.interactive:
            return
        say(f"Connection {name}. What to prepare: chimpline connect --guide")
        current = self.connections.definitions.validated(name, {})
        for field in fields:
            if field in self.options:
                continue
            shown = _shown(field, getattr(current, field))

            def check(text: str, field: str = field, shown: str = shown) -> None:
                if text or not shown:
                    self.connections.definitions.validated(name, {field: _meant(field, text)})
                if field == "client_id" and not text and not shown:
                    raise SettingsError("It is required.", do="Take it from your app.")

            option = f"with --{field.replace('_', '-')}"
            text = self.typed.ask(FIRST[field], shown, otherwise=option, check=check)
            if text:
                self.options[field] = _meant(field, text)

    def _keep_what_the_environment_says(self, name: str) -> None:
        """A client id belongs to the connection, also where it was given in the environment."""
        good = self.connections.definitions.validated(name, self.options)
        if good.client_id:
            self.options["client_id"] = good.client_id

    # The end

    def _show(self, verified: Verified, *, before: bool) -> None:
        name, account = verified.connection.name, verified.account
        if verified.warning:
            self.typed.tell(verified.warning)
        role = f" ({account.role})" if account.role else ""
        when = verified.connection.status.verified_at or self.session.clock()
        say(f"Verified: {account.account_name}{role}, {when:%Y-%m-%d %H:%M} UTC")
        for table, why in verified.refused.items():
            say(f"  not copied: {table}: {why}")
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


FIRST: Mapping[str, str] = {
    "gateway": "Data gateway",
    "start_date": "Start Date (MM/DD/YYYY)",
    "email_activity_date_window": "Email Activity Date Window (days)",
    "client_id": "Client ID",
}


def _otherwise(what: str) -> str:
    """How to give it without being asked."""
    variable = f"CHIMPLINE_{what.upper().replace('-', '_')}"
    return f"on standard input with --{what}-stdin, or in {variable}"


def _shown(field: str, value: object) -> str:
    """A setting as its prompt offers it."""
    match field:
        case "gateway":
            return "None" if value == "none" else str(value)
        case "start_date":
            return f"{value:%m/%d/%Y}" if value else EVERYTHING
        case _:
            return "" if value is None else str(value)


def _meant(field: str, text: str) -> object:
    if field == "gateway":
        return text.lower()
    if field == "start_date" and text.lower() == EVERYTHING:
        return None
    return text


def _discard(_: object) -> None:
    """A check has nothing to give back."""


def _has_browser(environ: Mapping[str, str]) -> bool:
    """Whether a page opened here would be seen by who typed this; a text browser would not do."""
    if environ.get("SSH_CONNECTION"):
        return False
    graphical = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform == "darwin" or any(environ.get(name) for name in graphical)
