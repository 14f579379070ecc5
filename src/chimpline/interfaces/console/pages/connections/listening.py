"""The page at the redirect URI: the one that `chimpline connect` shows."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimpline.service.sign_in.walking import Closes, Receive


def listen(redirect_uri: str, receive: Receive) -> Closes | None:
    """Show it until it is closed; None where it is another machine's, or its port is taken."""
    from chimpline.interfaces.page.listener import Listener, NoPage

    shown = contextlib.ExitStack()
    try:
        shown.enter_context(Listener(redirect_uri, receive))
    except NoPage:
        return None
    return shown
