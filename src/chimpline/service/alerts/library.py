"""The library that knows the services: loaded when first needed, and heard by nobody else.

What it logs holds addresses, and parts of them, in clear; so its records go no further.
"""

from __future__ import annotations

import logging
import types

LOGGER = logging.getLogger("apprise")


def apprise() -> types.ModuleType:
    LOGGER.propagate = False
    if not LOGGER.handlers:
        LOGGER.addHandler(logging.NullHandler())
    import apprise as library

    return library
