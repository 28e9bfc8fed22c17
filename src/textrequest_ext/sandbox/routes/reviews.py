"""Reviews and the campaigns that ask for them: only to be read."""

from __future__ import annotations

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, page
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.state import State
from textrequest_ext.sandbox.times import read_utc


@answers("Reviews_list")
def list_reviews(state: State, call: Call) -> Answer:
    start, end = call.moment("start_date"), call.moment("end_date")
    wanted = [
        review
        for review in state.dashboard(call.path["dashboard_id"]).reviews
        if (start is None or read_utc(review["review_date_utc"]) >= start)
        and (end is None or read_utc(review["review_date_utc"]) <= end)
    ]
    return page(wanted, call.query, dict)


@answers("Campaigns_list")
def list_campaigns(state: State, call: Call) -> Answer:
    campaigns = state.dashboard(call.path["dashboard_id"]).campaigns.values()
    wanted = [row for row in campaigns if call.query.get("include_archived") or not row["is_archived"]]
    return page(wanted, call.query, dict)


@answers("Campaigns_get")
def get(state: State, call: Call) -> Answer:
    campaign = state.dashboard(call.path["dashboard_id"]).campaigns.get(call.path["campaign_id"])
    return Answer(payload=dict(campaign)) if campaign else Answer(NO_CONTENT)
