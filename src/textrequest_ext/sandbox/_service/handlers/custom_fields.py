"""Custom fields. The list is an array without pages (live-test)."""

from __future__ import annotations

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.state import State
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import NO_CONTENT, Response

_MAX_CUSTOM_FIELDS = 50  # vendor: there is a limit; open: its value


@handles("CustomFields_list")
def list_custom_fields(state: State, request: Request) -> Response:
    fields = state.dashboard(request.path_parameters["dashboard_id"]).custom_fields
    return Response(payload=[dict(field) for field in fields.values()])


@handles("CustomFields_get")
def get(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    field = dashboard.custom_fields.get(request.path_parameters["field_id"])
    return Response(payload=dict(field)) if field else Response(NO_CONTENT)


@handles("CustomFields_create")
def create(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    name = _name(request)
    if len(dashboard.custom_fields) >= _MAX_CUSTOM_FIELDS:
        raise ServiceError(f"A dashboard holds at most {_MAX_CUSTOM_FIELDS} custom fields.")
    field = {"id": state.next_uuid(), "name": name}
    dashboard.custom_fields[field["id"]] = field
    return Response(payload=dict(field))


@handles("CustomFields_update")
def update(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    field = dashboard.custom_fields.get(request.path_parameters["field_id"])
    if field is None:
        raise ServiceError("The field id is not valid.")
    field["name"] = _name(request)
    return Response(payload=dict(field))


@handles("CustomFields_delete")
def delete(state: State, request: Request) -> Response:
    """Refuses a field that has a value for a contact. An unknown id: 204 or 404 (vendor); here 204."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    field_id = request.path_parameters["field_id"]
    if any(contact.custom_fields.get(field_id) is not None for contact in dashboard.contacts.values()):
        raise ServiceError("A contact has a value for the field.")
    dashboard.custom_fields.pop(field_id, None)
    for contact in dashboard.contacts.values():
        contact.custom_fields.pop(field_id, None)
    return Response(NO_CONTENT)


def _name(request: Request) -> str:
    name: str = request.body["name"]
    if not name.strip():
        raise ServiceError("A name must be specified.")
    return name
