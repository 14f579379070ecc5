"""From the page where a person allows access back to us: by the browser, or pasted."""

from __future__ import annotations

import sys
import time
import webbrowser
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from chimpline.errors import NoCodeInTime, NotAuthenticated
from chimpline.interfaces.cli.session import in_words, say
from chimpline.interfaces.cli.sign_in.questions import CODE, otherwise
from chimpline.interfaces.cli.typed import Typed
from chimpline.message import Message

if TYPE_CHECKING:
    from chimpline.service.connection.authentication import Authentications, Walk

# How soon a code is taken up that the page of another process took.
LOOK_EVERY_S = 0.3


class Consent:
    def __init__(self, environ: Mapping[str, str], typed: Typed) -> None:
        self._environ = environ
        self._typed = typed

    def address(
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
                    self._typed.tell(Message.of("sign-in-without-page", why=no_page.why))
            say("Authenticate: allow access on this page of Mailchimp")
            say(f"  {walk.url}")
            if not wait_s:
                say(
                    "Waiting for code. Once you have it, or the whole address that the browser"
                    " shows, run this and paste it:"
                )
                say(f"  chimpline connect {walk.connection} --code-stdin")
                return None
            if browser and walk.url and _has_browser(self._environ):
                webbrowser.open(walk.url)
            until_then.enter_context(
                self._typed.prompting(
                    "Complete authentication with the code provided by the source\n"
                    "(it comes by itself; or paste the code or the whole address, not shown): ",
                    hidden=True,
                )
            )
            reading = self._typed.interactive or listen_to_stdin
            return self._wait(sign_in, walk, reading=reading, until=time.monotonic() + wait_s)

    def _wait(self, sign_in: Authentications, walk: Walk, *, reading: bool, until: float) -> str:
        """For the page and for the terminal at the same time."""
        while time.monotonic() < until:
            if (handed_over := sign_in.walks.received(walk)) is not None:
                return handed_over
            if not reading:
                time.sleep(LOOK_EVERY_S)
                continue
            line = self._typed.poll(LOOK_EVERY_S, CODE, otherwise=otherwise("code"))
            if line is None:
                continue
            try:
                sign_in.look_at(walk, line)
            except NotAuthenticated as error:
                if not self._typed.interactive:
                    raise
                self._typed.tell(f"\n{in_words(error.problem)}\nPaste again, or consent: ")
                continue
            return line
        raise NoCodeInTime(
            "no-code-in-time", redirect_uri=walk.app.redirect_uri, connection=walk.connection
        )


def _has_browser(environ: Mapping[str, str]) -> bool:
    """Whether a page opened here would be seen by who typed this; a text browser would not do."""
    if environ.get("SSH_CONNECTION"):
        return False
    graphical = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform == "darwin" or any(environ.get(name) for name in graphical)
