"""Words that only their holder knows: drawn by chance, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32
"""256 bits: nobody guesses it, so a plain SHA-256 of it is enough (a password needs argon2)."""


def drawn() -> str:
    """A new one; no output shows it but the one that hands it over.

    `redact` is not told of it: there is one for every visitor, and it forgets nothing.
    """
    return secrets.token_urlsafe(BYTES)


def hashed(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
