"""How landing pages, surveys and ads did."""

from __future__ import annotations

from chimpline.catalog.row import HOURLY, Refresh, T
from chimpline.catalog.rows.people import RESPONDENT

SURVEY = "/reporting/surveys/{survey_id}"
AD = "/reporting/facebook-ads/{outreach_id}"

# Nothing here has a gate. A survey's count of responses is the same when one goes and another comes,
# and who responded is told as they are now, which moves no count. So what hangs below is read once an
# hour; the questions, too, whose rows nothing but their answers asks for.
# fmt: off
ROWS = (
    T("reporting_landing_pages", "/reporting/landing-pages", "id", Refresh(), called="name",
      about="How each published landing page did: visits, subscribes, clicks, revenue, by day and week."),
    T("reporting_surveys", "/reporting/surveys", "id", Refresh(), called="title",
      about="Surveys, with how many responses each has."),
    T("reporting_survey_questions", f"{SURVEY}/questions", "id", Refresh(), every=HOURLY,
      about="The questions of each survey, with how often each option was chosen."),
    T("reporting_survey_answers", f"{SURVEY}/questions/{{question_id}}/answers", "id", Refresh(),
      every=HOURLY, person=RESPONDENT,
      about="One row per answer to a question of a survey, with the contact who gave it."),
    T("reporting_survey_responses", f"{SURVEY}/responses", "response_id", Refresh(), every=HOURLY,
      person=RESPONDENT,
      about="One row per response to a survey: when, and by which contact. Its answers are in "
            "`reporting_survey_answers`."),
    T("reporting_facebook_ads", "/reporting/facebook-ads", "id", Refresh(), called="name",
      about="How each ad did: reach, impressions, clicks, orders, revenue."),
    # A product can have no sku, and the same one can be sold in several currencies.
    T("reporting_facebook_ads_products", f"{AD}/ecommerce-product-activity",
      ("sku", "title", "currency_code"), Refresh(), every=HOURLY,
      about="What was bought through each ad, by product."),
)
# fmt: on
