"""The form by which people join an audience: each has one, named by its address alone."""

from __future__ import annotations

from chimpline.sandbox.changes.choose import audience_for
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import lists


def _header(audience: Audience) -> Row:
    return {
        "image_url": "",
        "text": f"{audience.name}: willkommen, 환영",
        "image_width": "0",
        "image_height": "0",
        "image_alt": "",
        "image_link": "",
        "image_align": "none",
        "image_border_width": "0",
        "image_border_style": "none",
        "image_border_color": "",
        "image_target": "_blank",
    }


def _things(audience: Audience) -> list[Row]:
    styles = [{"property": "background-color", "value": "#abcdef"}]
    form = {
        "header": _header(audience),
        "contents": [{"section": "signup_message", "value": "안녕하세요"}][: audience.number % 2],
        "styles": [{"selector": "page_background", "options": styles}],
        "signup_form_url": f"http://eepurl.com/{audience.id[:6]}",
        "list_id": audience.id,
    }
    return audience.account.records.setdefault(f"list_signup_forms {audience.id}", [form])


def _edit(account: Account, list_id: str | None = None) -> Row:
    (form,) = _things(audience_for(account, list_id))
    account.made += 1
    form["header"] = {**form["header"], "text": f"Neu / 새로 {account.made}"}
    return form


COLLECTION = Collection(
    name="list_signup_forms",
    path="/lists/{list_id}/signup-forms",
    array="signup_forms",
    key=("signup_form_url",),
    below=lists.COLLECTION,
    things=_things,
    pages=False,
    changes={"edit_signup_form": _edit},
)
