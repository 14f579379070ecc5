r"""What no text can hold becomes U+FFFD, the replacement character, so that the rest is kept.

That is a byte that is not UTF-8, and half of a surrogate pair (`\ud83d` alone): one broken name
would otherwise cost its whole page.
"""

from __future__ import annotations

import codecs
import re

# Looked at in parts, since a body takes up to four times its bytes as a text.
_PART_BYTES = 256 * 1024
# Escapes one after the other, so that `\\ud83d` (a backslash and letters) is told from `\ud83d`.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)
_HALF = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def utf8(body: bytes) -> bytes:
    """`body`, with what is not UTF-8 replaced."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    try:
        for begin in range(0, len(body), _PART_BYTES):
            decode(body[begin : begin + _PART_BYTES])
        decode(b"", final=True)
    except UnicodeDecodeError:
        return body.decode("utf-8", "replace").encode()
    return body


def without_halves(json: bytes) -> bytes:
    """JSON with each escaped half of a surrogate pair replaced; whole pairs stay."""
    return _ESCAPE.sub(lambda e: rb"\ufffd" if _HALF.fullmatch(e[0]) else e[0], json)
