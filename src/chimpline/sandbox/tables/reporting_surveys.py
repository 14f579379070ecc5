"""Surveys: what was asked of an audience, and who answered what; each is kept as one record."""

from __future__ import annotations

import random

from chimpline.sandbox.changes.choose import audience_for
from chimpline.sandbox.instants import at, iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import digest
from chimpline.sandbox.registry import Collection, Row

SHOWN = ("id", "web_id", "list_id", "title", "url", "status")
STATES = {
    "subscribed": "Subscribed",
    "unsubscribed": "Unsubscribed",
    "cleaned": "Cleaned",
    "archived": "Archived",
}


def _survey(audience: Audience, id_: str, number: int, created: int) -> Row:
    """`asked`: ids and kinds of its questions. `responses`: by whom, when, and what."""
    kinds = ("pickMany", "range", "text")
    survey: Row = {
        "id": id_,
        "web_id": int(id_[:6], 16),
        "list_id": audience.id,
        "title": f"Umfrage {number}: 설문",
        "url": f"https://us19.list-manage.com/survey?id={id_}",
        "status": "published",
        "created": created,
        "updated": created + 60,
        "published": created + 120,
        "audience": audience,
        "asked": [{"id": digest(id_, kind)[:6], "type": kind} for kind in kinds],
        "responses": [],
    }
    for place, member in enumerate(m for m in audience.living() if m.email):
        if place == 2:
            break
        respond(survey, member.number, created + 3600 * (place + 1))
    respond(survey, None, created + 9 * 3600)
    return survey


def respond(survey: Row, number: int | None, instant: int) -> Row:
    """An answer by the member with this number, or by somebody unknown."""
    place = len(survey["responses"])
    id_ = digest(survey["id"], "response", place, instant)[:12]
    chance = random.Random(id_)
    options = ["a", "b"] if chance.random() < 0.5 else ["a"]
    values = (options, [str(1 + chance.randrange(5))], ["Sehr gut, 아주 좋아요"])
    given = {asked["id"]: value for asked, value in zip(survey["asked"], values, strict=False)}
    response = {"response_id": id_, "number": number, "instant": instant, "given": given}
    survey["responses"].append(response)
    return response


def answered(survey: Row) -> list[Row]:
    """The responses that there are: those of an erased contact went with it."""
    members = survey["audience"].members
    every: list[Row] = survey["responses"]
    return [one for one in every if one["number"] is None or members[one["number"]] is not None]


def told_of(survey: Row, response: Row) -> Row:
    """Who responded, as each record of a response and of an answer says it, and when."""
    audience, number = survey["audience"], response["number"]
    told: Row = {"submitted_at": iso(response["instant"]), "is_new_contact": False}
    if number is None:  # who did not say who they are is in no list
        return told
    member = audience.members[number]
    return told | {
        "contact": {
            "email_id": member.id,
            "contact_id": member.contact_id(audience),
            "status": STATES.get(member.status, "Non-Subscribed"),
            "email": member.email,
            "phone": "",
            "full_name": f"Ada Ünal {number}",
            "consents_to_one_to_one_messaging": True,
            "avatar_url": "",
        },
    }


def _things(account: Account) -> list[Row]:
    if "surveys" not in account.records:
        first = next(iter(account.audiences.values()), None)
        ids = [digest(account.options.seed, "survey", number)[:10] for number in range(2)]
        account.records["surveys"] = [
            _survey(first, id_, number, at(2024, 3) + number)
            for number, id_ in enumerate(ids)
            if first
        ]
    return account.records["surveys"]


def _row(account: Account, survey: Row) -> Row:
    audience = account.audiences.get(survey["list_id"])
    return {name: survey[name] for name in SHOWN} | {
        "list_name": audience.name if audience else "",
        "published_at": iso(survey["published"]),
        "created_at": iso(survey["created"]),
        "updated_at": iso(survey["updated"]),
        "total_responses": len(answered(survey)),
    }


def newest(account: Account) -> Row:
    if not _things(account):
        raise ValueError("The account has no survey.")
    return _things(account)[-1]


def create_survey(account: Account) -> Row:
    account.made += 1
    audience, number = audience_for(account, None), account.made + 2
    id_ = digest(account.options.seed, "survey", number)[:10]
    _things(account).append(_survey(audience, id_, number, account.clock.second() - 86400))
    return {"id": id_}


def unpublish_survey(account: Account) -> Row:
    survey = newest(account)
    survey |= {"status": "unpublished", "updated": account.clock.second()}
    return {"id": survey["id"]}


COLLECTION = Collection(
    name="reporting_surveys",
    path="/reporting/surveys",
    array="surveys",
    record="survey_id",
    times=("published_at", "created_at", "updated_at"),
    things=_things,
    row=_row,
    changes={
        "create_survey": create_survey,
        "unpublish_survey": unpublish_survey,
        "delete_survey": lambda account: {"id": newest(account) and _things(account).pop()["id"]},
    },
)
