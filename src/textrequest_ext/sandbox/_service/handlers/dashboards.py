"""Dashboards, and the phone numbers available for a new one."""

from __future__ import annotations

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.models import Dashboard
from textrequest_ext.sandbox._account.state import State, require_phone_number
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import NO_CONTENT, Response, page_response

_AVAILABLE_NUMBERS = 30  # live-test: about so many


@handles("Dashboards_list")
def list_dashboards(state: State, request: Request) -> Response:
    return page_response(list(state.dashboards.values()), request.query, Dashboard.to_dict)


@handles("Dashboards_get")
def get(state: State, request: Request) -> Response:
    return Response(payload=state.dashboard(request.path_parameters["dashboard_id"]).to_dict())


@handles("Dashboards_create")
def create(state: State, request: Request) -> Response:
    phone = require_phone_number(request.body["phone"])
    if not request.body["name"].strip():
        raise ServiceError("A name must be specified.")
    if state.dashboard_with_phone(phone):
        raise ServiceError("The phone number is already in use.")
    return Response(payload=state.add_dashboard(request.body["name"], phone).to_dict())


@handles("Dashboards_update")
def update(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    dashboard.name = request.body["name"]
    return Response(payload=dashboard.to_dict())


@handles("Dashboards_delete")
def delete(state: State, request: Request) -> Response:
    dashboard = state.dashboards.get(request.path_parameters["dashboard_id"])
    if dashboard is None:
        raise ServiceError("There is no such dashboard.", status=404)
    state.delete_dashboard(dashboard)
    return Response(NO_CONTENT)


@handles("Dashboards_available_numbers")
def available_numbers(state: State, request: Request) -> Response:
    area_code = request.query["area_code"]
    if not 200 <= area_code <= 999:
        raise ServiceError("The area code must have three digits.", code="parameterInvalid")
    numbers = [f"1{area_code}55501{last:02}" for last in range(100)]
    taken = {dashboard.phone for dashboard in state.dashboards.values()}
    return Response(payload=[phone for phone in numbers if phone not in taken][:_AVAILABLE_NUMBERS])
