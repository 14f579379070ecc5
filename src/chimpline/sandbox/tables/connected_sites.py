"""Web sites that are connected to the account. One without a shop has no store."""

from __future__ import annotations

from chimpline.sandbox.instants import START, iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Row, plain


def _made(id_: str, number: int) -> Row:
    site = {
        "foreign_id": f"site {id_}",
        "platform": "shopify" if number % 2 else "",
        "domain": f"bücher{number}.example",
        "site_script": _script(id_),
        "created_at": iso(START - 86400 * (400 - number)),
        "updated_at": "" if number % 2 else iso(START - 86400 * 20),
    }
    return site | {"store_id": f"store-{id_}"} if number % 2 else site


def _script(id_: str) -> Row:
    url = f"https://chimpstatic.example/{id_}.js"
    return {"url": url, "fragment": f'<script id="mcjs" src="{url}"></script>'}


def _edited(account: Account, site: Row) -> None:
    site["site_script"] = _script(f"{site['foreign_id']} {account.clock.second()}")
    site["updated_at"] = iso(account.clock.second())


COLLECTION = plain(
    "connected_site",
    _made,
    name="connected_sites",
    path="/connected-sites",
    array="sites",
    key=("foreign_id",),
    record="connected_site_id",
    times=("created_at", "updated_at"),
    edited=_edited,
)
