"""Templates: users' own, and those that Mailchimp offers to all, which one list shows together."""

from __future__ import annotations

from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.instants import at, iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Collection, Row, plain

DAY = 86400


def _template(id_: int, name: str, kind: str, created: int) -> Row:
    own = kind == "user"
    return {
        "id": id_,
        "type": kind,
        "name": name,
        "drag_and_drop": id_ % 2 == 1,
        "responsive": True,
        "category": "" if own else "Newsletters",
        "date_created": iso(created),
        "date_edited": iso(created + DAY) if own and id_ % 2 else "",
        "created_by": "Ada Ünal" if own else "",
        "edited_by": "Ada Ünal" if own and id_ % 2 else "",
        "active": True,
        "folder_id": "",
        "thumbnail": f"https://example.com/screens/{id_}.png",
        "share_url": "",
        "content_type": "template",
    }


OFFERED = [
    _template(148 + n, f"Website {n}", kind, 0) for n, kind in enumerate(("base", "gallery"))
]


def _narrow(found: list[Row], query: Query) -> list[Row]:
    kind, folder = query.choice("type", ("user", "base", "gallery")), query.text("folder_id")
    return [
        one
        for one in [*OFFERED, *found]
        if kind in (None, one["type"]) and folder in (None, one["folder_id"])
    ]


def _edited(account: Account, template: Row) -> None:
    template["name"] = f"Frühling / 봄 {account.made}"
    template["date_edited"] = iso(account.clock.second())
    template["edited_by"] = "Ada Ünal"


COLLECTION: Collection = plain(
    "template",
    lambda id_, number: _template(
        10_000_000 + int(id_[:5], 16), f"Vorlage “{number}” 템플릿", "user", at(2021) + number * DAY
    ),
    edited=_edited,
    name="templates",
    path="/templates",
    array="templates",
    record="template_id",
    times=("date_created", "date_edited"),
    sorts=("date_created", "date_edited", "name"),
    narrow=_narrow,
)
