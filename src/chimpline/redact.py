"""Every text that leaves goes through here once: no secret does, nor what commands a terminal.

Names come from outside (audiences, merge tags, accounts, files, a server's words), and a terminal
obeys some characters instead of showing them: escape sequences recolour, overwrite or answer,
bidirectional controls turn the order of a line round, others cannot be seen. They are written as
JSON writes them (a backslash and u001b), so that a line of JSON still says the same.

    redact(text)      without secrets
    printable(text)   without what a terminal obeys, except the ends of lines
    one_line(text)    the same for a name, which has no lines
    shown(text)       redacted and printable: what whoever prints, prints
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote, quote_plus

_HIDDEN = "[hidden]"
_AS_IT_IS = "surrogatepass"
# An API key is 32 hex digits and a data center; a token is 32 hex digits. A lone MD5 (a member's
# id) looks like a token, so only a registered secret is hidden where no data center follows.
_API_KEY = re.compile(r"\b[0-9a-f]{32}-[a-z]{2,3}\d{1,3}\b")
_LIKE_A_SECRET = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_~+=-]{20,}")
_URL_PASSWORD = re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)")

# The Unicode categories Cc, Cf, Cs, Zl and Zp without the line feed. What is seen, or shapes what
# is seen, stays: the joiners of Persian and of emoji, Arabic and Kaithi number signs (a test names
# them).
_COMMANDS = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff9-\ufffb"
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)

_secrets: set[str] = set()


def register(secret: str) -> None:
    """From now on `redact` hides this text: as it is, in a URL, in a form, in JSON."""
    if len(secret) >= 4:
        in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        # An environment that is not UTF-8 brings halves of surrogate pairs.
        in_url = {quote(secret, "", errors=_AS_IT_IS), quote_plus(secret, errors=_AS_IT_IS)}
        _secrets.update({secret, *in_url, *in_json})
        key, dash, _ = secret.rpartition("-")
        if dash and len(key) >= 16:
            _secrets.add(key)


def looks_secret(text: str) -> bool:
    """Whether a word could be a key, a token or a client secret: long, of letters and digits."""
    return _LIKE_A_SECRET.fullmatch(text.strip()) is not None


def redact(text: str) -> str:
    """`text` without registered secrets, API keys or passwords in URLs."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    text = _API_KEY.sub(_HIDDEN, text)
    return _URL_PASSWORD.sub(rf"\g<head>{_HIDDEN}", text)


def printable(text: str) -> str:
    """`text` with everything escaped that a terminal would obey instead of showing it."""
    return _COMMANDS.sub(lambda found: as_json(found[0]), text)


def one_line(text: str) -> str:
    """A name as part of a line: printable, and each run of white space one space."""
    return printable(" ".join(text.split()))


def shown(text: str) -> str:
    """What may be printed of `text`: no secret, and nothing that a terminal obeys."""
    return printable(redact(text))


def as_json(letters: str) -> str:
    """Each of these characters as a JSON escape; half a surrogate pair is one too."""
    units = letters.encode("utf-16-be", "surrogatepass").hex()
    return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))
