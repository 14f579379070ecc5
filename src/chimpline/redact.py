"""Secrets never reach an output: every text that leaves goes through here once."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, quote_plus

_HIDDEN = "[hidden]"
# An API key is 32 hex digits and a data center; a token is 32 hex digits. A lone MD5 (a member's
# id) looks like a token, so only a registered secret is hidden where no data center follows.
_API_KEY = re.compile(r"\b[0-9a-f]{32}-[a-z]{2,3}\d{1,3}\b")
_URL_PASSWORD = re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)")

_secrets: set[str] = set()


def register(secret: str) -> None:
    """From now on `redact` hides this text: as it is, in a URL, in a form, in JSON."""
    if len(secret) >= 4:
        in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        _secrets.update({secret, quote(secret, safe=""), quote_plus(secret), *in_json})
        key, dash, _ = secret.rpartition("-")
        if dash and len(key) >= 16:
            _secrets.add(key)


def redact(text: str) -> str:
    """`text` without registered secrets, API keys or passwords in URLs."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    text = _API_KEY.sub(_HIDDEN, text)
    return _URL_PASSWORD.sub(rf"\g<head>{_HIDDEN}", text)
