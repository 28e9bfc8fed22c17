"""Keywords, each with the group of the contacts who sent it."""

from __future__ import annotations

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.models import Group
from textrequest_ext.sandbox._account.state import State
from textrequest_ext.sandbox._account.timestamps import format_zoned
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import NO_CONTENT, Response, page_response


@handles("Keywords_list")
def list_keywords(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    return page_response(list(dashboard.keywords.values()), request.query, dict)


@handles("Keywords_get")
def get(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    keyword = dashboard.keywords.get(request.path_parameters["keyword_id"])
    return Response(payload=dict(keyword)) if keyword else Response(NO_CONTENT)


@handles("Keywords_create")
def create(state: State, request: Request) -> Response:
    """Creates a group for the keyword as well (vendor)."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    value = _keyword_value(request)
    group = Group(state.next_id("group"), value, is_keyword=True)
    dashboard.groups[group.id] = group
    keyword = {
        "id": state.next_id("keyword"),
        "subscribers_count": 0,
        "keyword_value": value,
        "date_created": format_zoned(state.clock()),  # vendor: seven fraction digits and Z
        "response": request.body.get("response"),
        "group_id": group.id,
    }
    dashboard.keywords[keyword["id"]] = keyword
    return Response(payload=dict(keyword))


@handles("Keywords_update")
def update(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    keyword = dashboard.keywords.get(request.path_parameters["keyword_id"])
    if keyword is None:
        raise ServiceError("The keyword id is not valid.")
    keyword["keyword_value"] = _keyword_value(request)
    if "response" in request.body:
        keyword["response"] = request.body["response"]
    return Response(payload=dict(keyword))


@handles("Keywords_delete")
def delete(state: State, request: Request) -> Response:
    """Keeps the contacts (vendor). open: whether the group is kept; here it becomes an ordinary group."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    keyword = dashboard.keywords.pop(request.path_parameters["keyword_id"], None)
    if keyword is None:
        raise ServiceError("There is no such keyword.", status=404)
    if group := dashboard.groups.get(keyword["group_id"]):
        group.is_keyword = False
    return Response(NO_CONTENT)


def _keyword_value(request: Request) -> str:
    value: str = request.body["keyword_value"]
    if not value.strip():
        raise ServiceError("A keyword must be specified.")
    return value
