"""Reviews and review campaigns: list and get."""

from __future__ import annotations

from textrequest_ext.sandbox._account.state import State
from textrequest_ext.sandbox._account.timestamps import parse_utc
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import NO_CONTENT, Response, page_response


@handles("Reviews_list")
def list_reviews(state: State, request: Request) -> Response:
    start, end = request.timestamp("start_date"), request.timestamp("end_date")
    reviews = [
        review
        for review in state.dashboard(request.path_parameters["dashboard_id"]).reviews
        if (start is None or parse_utc(review["review_date_utc"]) >= start)
        and (end is None or parse_utc(review["review_date_utc"]) <= end)
    ]
    return page_response(reviews, request.query, dict)


@handles("Campaigns_list")
def list_campaigns(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    include_archived = request.query.get("include_archived")
    campaigns = [
        campaign
        for campaign in dashboard.campaigns.values()
        if include_archived or not campaign["is_archived"]
    ]
    return page_response(campaigns, request.query, dict)


@handles("Campaigns_get")
def get_campaign(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    campaign = dashboard.campaigns.get(request.path_parameters["campaign_id"])
    return Response(payload=dict(campaign)) if campaign else Response(NO_CONTENT)
