"""What went wrong on the way to *verified*, with what to do about it in the console."""

from __future__ import annotations

import dataclasses

from chimpline import errors
from chimpline.interfaces.console.pages.shown import Shown
from chimpline.interfaces.messages.catalogue import Catalogue, Told
from chimpline.message import Message

EXPLAINED: dict[type[errors.ChimplineError], str] = {
    errors.CodeRefused: "code-refused",
    errors.SecretRefused: "secret-refused",
    errors.RedirectMismatch: "redirect-mismatch",
    errors.ConsentDenied: "consent-denied",
    errors.WrongState: "wrong-state",
    errors.NoCodeInTime: "no-code",
    errors.InvalidCredentials: "invalid-credentials",
    errors.AccessError: "nothing-readable",
}
"""The errors that the guide explains; of these classes themselves, not of those below them."""
_OWN_WORDS = ("connection-no-code", "connection-no-walk", "connection-of-another-account")
_IN_A_BROWSER = {
    "api-key-not-accepted": "oauth-api-key-refused-do",
    "client-id-in-use": "oauth-client-shared-do",
}
"""What to do where the words of the terminal name a command or an option."""
IN_THE_GUIDE = (*EXPLAINED.values(), "port-taken", "other-account")


def explained(
    error: errors.ChimplineError, shown: Shown, words: Catalogue, *, waits: bool = False
) -> Told:
    """The three parts; what to do is said for a browser, where it is one of those explained.

    `waits`: the sign-in still waits, so what was pasted was a slip, and can be pasted again.
    """
    told = shown.told(error.problem)
    message = error.problem.message
    if message.kind in _IN_A_BROWSER:
        return dataclasses.replace(
            told, do=words.words(Message(_IN_A_BROWSER[message.kind], message.facts))
        )
    kind = EXPLAINED.get(type(error))
    if kind is None or waits or message.kind in _OWN_WORDS:
        return told
    return dataclasses.replace(told, do=words.words(Message(f"oauth-{kind}-do")))
