"""What was answered to a question; whoever chose two options gave two answers."""

from __future__ import annotations

from chimpline.sandbox.model.member import digest
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import reporting_survey_questions
from chimpline.sandbox.tables.reporting_survey_questions import LABELS
from chimpline.sandbox.tables.reporting_surveys import answered, told_of


def _things(survey: Row, question: Row) -> list[tuple[Row, str]]:
    return [(r, value) for r in answered(survey) for value in r["given"].get(question["id"], ())]


def _row(survey: Row, question: Row, answer: tuple[Row, str]) -> Row:
    response, value = answer
    return {
        "id": digest(response["response_id"], question["id"], value)[:12],
        "value": LABELS.get(value, value),
        "response_id": response["response_id"],
        **told_of(survey, response),
    }


COLLECTION = Collection(
    name="reporting_survey_answers",
    path="/reporting/surveys/{survey_id}/questions/{question_id}/answers",
    array="answers",
    below=reporting_survey_questions.COLLECTION,
    around=lambda *_: {},
    times=("submitted_at",),
    things=_things,
    row=_row,
    pages=False,
)
