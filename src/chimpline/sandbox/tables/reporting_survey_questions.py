"""The questions of a survey, with how often each was answered."""

from __future__ import annotations

from collections import Counter

from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.member import digest
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import reporting_surveys
from chimpline.sandbox.tables.reporting_surveys import answered, newest

LABELS = {"a": "Süß", "b": "신맛"}
QUERIES = {"pickMany": "Was magst du? 🍌", "range": "Wie gern?", "text": "왜 그렇습니까?"}


def _row(survey: Row, question: Row) -> Row:
    id_, kind = question["id"], question["type"]
    given = [(one, one["given"][id_]) for one in answered(survey) if id_ in one["given"]]
    chosen = Counter(value for _, values in given for value in values)
    known = sum(one["number"] is not None for one, _ in given)
    row: Row = {
        "id": id_,
        "survey_id": survey["id"],
        "query": QUERIES[kind],
        "type": kind,
        "total_responses": len(given),
        "is_required": kind == "range",
        "has_other": False,
        "other_label": "",
        "range_low_label": "ungern" if kind == "range" else "",
        "range_high_label": "gern" if kind == "range" else "",
        "placeholder_label": "",
        "subscribe_checkbox_enabled": False,
        "subscribe_checkbox_label": "",
        "contact_counts": {"known": known, "unknown": len(given) - known, "new": 0},
    }
    if kind == "range" and given:
        row["average_rating"] = sum(int(values[0]) for _, values in given) / len(given)
    if kind == "pickMany":
        row["options"] = [
            {"label": label, "id": option, "count": chosen[option]}
            for option, label in LABELS.items()
        ]
    return row


def ask_more(account: Account) -> Row:
    """A further question, which nobody has answered yet."""
    survey = newest(account)
    account.made += 1
    asked = {"id": digest(survey["id"], "asked", account.made)[:6], "type": "text"}
    survey["asked"].append(asked)
    survey["updated"] = account.clock.second()
    return asked


def ask_less(account: Account) -> Row:
    """The last question is taken out, with what was answered."""
    survey = newest(account)
    if not survey["asked"]:
        raise ValueError(f"Survey {survey['id']!r} asks nothing.")
    gone: Row = survey["asked"].pop()
    for response in survey["responses"]:
        response["given"].pop(gone["id"], None)
    survey["updated"] = account.clock.second()
    return gone


COLLECTION = Collection(
    name="reporting_survey_questions",
    path="/reporting/surveys/{survey_id}/questions",
    array="questions",
    record="question_id",
    below=reporting_surveys.COLLECTION,
    around=lambda _: {},
    things=lambda survey: survey["asked"],
    row=_row,
    pages=False,
    changes={"ask_more": ask_more, "ask_less": ask_less},
)
