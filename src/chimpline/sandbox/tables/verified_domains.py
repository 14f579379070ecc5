"""Domains that the account may send from; the list reads neither `count` nor `offset`."""

from __future__ import annotations

from chimpline.sandbox.instants import START, iso
from chimpline.sandbox.registry import Row, plain


def _made(id_: str, number: int) -> Row:
    domain = f"köln-{id_}.example"
    verified = number % 2 == 0
    return {
        "domain": domain,
        "verified": verified,
        "authenticated": False,
        "verification_email": f"postmaster@{domain}",
        "verification_sent": iso(START - 86400 * 30) if number % 3 else "",
        "status": "VERIFIED" if verified else "VERIFICATION_IN_PROGRESS",
        "is_free_email_provider": False,
    }


COLLECTION = plain(
    "verified_domain",
    _made,
    name="verified_domains",
    path="/verified-domains",
    array="domains",
    key=("domain",),
    record="domain_name",
    times=("verification_sent",),
    edited=lambda _, one: one.update(verified=True, authenticated=True, status="AUTHENTICATED"),
    pages=False,
)
