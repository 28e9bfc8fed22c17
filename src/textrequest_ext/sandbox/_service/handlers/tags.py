"""Tags of contacts."""

from __future__ import annotations

from typing import Any

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.models import Dashboard
from textrequest_ext.sandbox._account.state import State
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import NO_CONTENT, Response, page_response

_DEFAULT_COLOR = "#2E8B57"  # open


@handles("Tags_list")
def list_tags(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    return page_response(list(dashboard.tags.values()), request.query, dict)


@handles("Tags_get")
def get(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    tag = dashboard.tags.get(request.path_parameters["tag_id"])
    return Response(payload=dict(tag)) if tag else Response(NO_CONTENT)


@handles("Tags_create")
def create(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    name = _unique_name(dashboard, request, None)
    color = request.body.get("tag_color") or _DEFAULT_COLOR
    tag = {"id": state.next_uuid(), "tag_color": color, "tag": name}
    dashboard.tags[tag["id"]] = tag
    return Response(payload=dict(tag))


@handles("Tags_update")
def update(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    tag = dashboard.tags.get(request.path_parameters["tag_id"])
    if tag is None:
        raise ServiceError("The tag id is not valid.")
    tag["tag"] = _unique_name(dashboard, request, tag)
    if request.body.get("tag_color"):
        tag["tag_color"] = request.body["tag_color"]
    return Response(payload=dict(tag))


@handles("Tags_delete")
def delete(state: State, request: Request) -> Response:
    """Removes the tag from its contacts and keeps them (vendor)."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    tag = dashboard.tags.pop(request.path_parameters["tag_id"], None)
    if tag is None:
        raise ServiceError("There is no such tag.", status=404)
    for contact in dashboard.contacts.values():
        if tag["id"] in contact.tags:
            contact.tags.remove(tag["id"])
    return Response(NO_CONTENT)


def _unique_name(dashboard: Dashboard, request: Request, updated_tag: dict[str, Any] | None) -> str:
    """The name in the request. Raises ServiceError unless it is unique in the dashboard (vendor)."""
    name: str = request.body["tag"]
    if not name.strip():
        raise ServiceError("A tag must be specified.")
    if any(tag["tag"] == name for tag in dashboard.tags.values() if tag is not updated_tag):
        raise ServiceError("A tag with this name exists already.")
    return name
