"""Groups of contacts."""

from __future__ import annotations

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.models import Group
from textrequest_ext.sandbox._account.state import State
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import NO_CONTENT, Response, page_response


@handles("Groups_list")
def list_groups(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    return page_response(list(dashboard.groups.values()), request.query, Group.to_dict)


@handles("Groups_get")
def get(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    group = dashboard.groups.get(request.path_parameters["group_id"])
    return Response(payload=group.to_dict()) if group else Response(NO_CONTENT)


@handles("Groups_create")
def create(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    group = Group(state.next_id("group"), _name(request), request.body.get("notes"))
    dashboard.groups[group.id] = group
    return Response(payload=group.to_dict())


@handles("Groups_update")
def update(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    group = dashboard.groups.get(request.path_parameters["group_id"])
    if group is None:
        raise ServiceError("The group id is not valid.")
    group.name = _name(request)
    if "notes" in request.body:
        group.notes = request.body["notes"]
    return Response(payload=group.to_dict())


@handles("Groups_delete")
def delete(state: State, request: Request) -> Response:
    """Keeps the members as contacts (vendor)."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    group = dashboard.groups.pop(request.path_parameters["group_id"], None)
    if group is None:
        raise ServiceError("There is no such group.", status=404)
    for phone in group.members:
        dashboard.contacts[phone].groups.remove(group.id)
    return Response(NO_CONTENT)


def _name(request: Request) -> str:
    name: str = request.body["name"]
    if not name.strip():
        raise ServiceError("A name must be specified.")
    return name
