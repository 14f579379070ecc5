"""What the page looks like: one document, nothing from elsewhere, nothing kept by the browser."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from chimpline.interfaces.messages.catalogue import ENGLISH, catalogue
from chimpline.message import Message

if TYPE_CHECKING:
    from chimpline.service.connection.walks import Received

_STYLE = """
:root { color-scheme: light dark; --ground: #fbfaf7; --card: #ffffff; --line: #d8d4ca;
  --text: #1d1b16; --soft: #5c574b; --accent: #0b5d4e; --on-accent: #ffffff; --bad: #9c2b1b; }
@media (prefers-color-scheme: dark) { :root { --ground: #16171a; --card: #1f2125; --line: #3a3d44;
  --text: #ecebe6; --soft: #b0ada4; --accent: #5cc9b0; --on-accent: #06241d; --bad: #ff9d8a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: min(34rem, 100%); background: var(--card); border: 1px solid var(--line);
  border-radius: .75rem; padding: 2rem; }
.name { margin: 0 0 1.25rem; color: var(--soft); font-size: .875rem; letter-spacing: .04em; }
h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.25; }
h1.bad { color: var(--bad); }
p { margin: 0; color: var(--soft); }
label { display: block; margin: 1.5rem 0 .375rem; font-size: .875rem; font-weight: 600; }
.code { display: flex; gap: .5rem; flex-wrap: wrap; }
output { flex: 1 1 14rem; min-width: 0; padding: .625rem .75rem; overflow-wrap: anywhere;
  border: 1px solid var(--line); border-radius: .5rem; user-select: all;
  font: .9375rem/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
button { flex: none; padding: .625rem 1.25rem; border: 0; border-radius: .5rem; cursor: pointer;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; }
button:hover { filter: brightness(1.08); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""

# The code leaves the address bar and the history; copying works without the clipboard API too.
_SCRIPT = """
history.replaceState(null, "", location.pathname);
const code = document.getElementById("code"), button = document.getElementById("copy");
button.addEventListener("click", async () => {
  try { await navigator.clipboard.writeText(code.textContent); }
  catch { getSelection().selectAllChildren(code); document.execCommand("copy"); }
  button.textContent = button.dataset.copied;
});
"""


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src '{_hash(_STYLE)}'; script-src '{_hash(_SCRIPT)}';"
        " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def show(received: Received, language: str = ENGLISH) -> tuple[HTTPStatus, str]:
    """The page for what was received, with its status."""
    words = catalogue(language).words

    def said(kind: str) -> str:
        return html.escape(words(Message(kind)))

    if received.code:
        title = said("page-code-received")
        code = html.escape(received.code)
        body = (
            f"<h1>{title}</h1>"
            f'<p role="status">{said("page-goes-on")}</p>'
            f'<label for="code">{said("page-code")}</label>'
            f'<div class="code"><output id="code">{code}</output>'
            f'<button type="button" id="copy" aria-live="polite"'
            f' data-copied="{said("page-copied")}">{said("page-copy")}</button></div>'
            f"<script>{_SCRIPT}</script>"
        )
        return HTTPStatus.OK, _document(language, title, body)
    title = said("page-no-code")
    why = html.escape(words(received.problem) if received.problem else "")
    body = f'<h1 class="bad">{title}</h1><p role="alert">{why} {said("kept-nothing-changed")}</p>'
    return HTTPStatus.BAD_REQUEST, _document(language, title, body)


def _document(language: str, title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{title} - chimpline</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head>"
        f'<body><main><p class="name">chimpline</p>{body}</main></body></html>\n'
    )
