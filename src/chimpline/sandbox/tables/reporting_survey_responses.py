"""Who responded to a survey, and when."""

from __future__ import annotations

from chimpline.sandbox.answers.answer import Record
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Collection, Row, Variables
from chimpline.sandbox.tables import reporting_surveys
from chimpline.sandbox.tables.reporting_survey_questions import QUERIES
from chimpline.sandbox.tables.reporting_surveys import answered, newest, told_of


def respond(account: Account) -> Row:
    """By the first contact of the audience; counted in the survey and in its questions."""
    survey = newest(account)
    member = next(iter(m for m in survey["audience"].living() if m.email), None)
    number = member.number if member else None
    given = reporting_surveys.respond(survey, number, account.clock.second())
    return {"id": given["response_id"]}


def delete_response(account: Account) -> Row:
    responses: list[Row] = newest(account)["responses"]
    if not responses:
        raise ValueError("Nobody responded to the newest survey.")
    return {"id": responses.pop()["response_id"]}


def _row(survey: Row, response: Row) -> Row:
    return {"response_id": response["response_id"], **told_of(survey, response)}


def _single(account: Account, variables: Variables, _query: Query) -> Record:
    """With what was answered, which the list does not tell."""
    (survey,) = COLLECTION.parents(account, variables)
    response: Row = COLLECTION.found((survey,), variables["response_id"])
    told = [
        {
            "question_id": q["id"],
            "question_type": q["type"],
            "query": QUERIES[q["type"]],
            "answer": v,
        }
        for q in survey["asked"]
        for v in response["given"].get(q["id"], ())
    ]
    row = COLLECTION.record_of(account, (survey,), response) | {"results": told}
    return Record(row, COLLECTION.linked, f"{COLLECTION.place((survey,))}/{row['response_id']}")


COLLECTION = Collection(
    name="reporting_survey_responses",
    path="/reporting/surveys/{survey_id}/responses",
    array="responses",
    key=("response_id",),
    record="response_id",
    single=_single,
    below=reporting_surveys.COLLECTION,
    around=lambda _: {},
    times=("submitted_at",),
    things=answered,
    row=_row,
    pages=False,
    changes={"respond": respond, "delete_response": delete_response},
)
