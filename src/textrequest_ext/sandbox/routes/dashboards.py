"""Dashboards, and the numbers a new one can have."""

from __future__ import annotations

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, Refusal, page
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.models import Dashboard
from textrequest_ext.sandbox.state import State, phone_or_refusal

_OFFERED = 30  # live-test: about so many


@answers("Dashboards_list")
def list_dashboards(state: State, call: Call) -> Answer:
    return page(list(state.dashboards.values()), call.query, Dashboard.answer)


@answers("Dashboards_get")
def get(state: State, call: Call) -> Answer:
    return Answer(payload=state.dashboard(call.path["dashboard_id"]).answer())


@answers("Dashboards_create")
def create(state: State, call: Call) -> Answer:
    phone = phone_or_refusal(call.body["phone"])
    if not call.body["name"].strip():
        raise Refusal("A name must be specified.")
    if state.dashboard_of(phone):
        raise Refusal("The phone number is already in use.")
    return Answer(payload=state.add_dashboard(call.body["name"], phone).answer())


@answers("Dashboards_update")
def update(state: State, call: Call) -> Answer:
    dashboard = state.dashboard(call.path["dashboard_id"])
    dashboard.name = call.body["name"]
    return Answer(payload=dashboard.answer())


@answers("Dashboards_delete")
def delete(state: State, call: Call) -> Answer:
    dashboard = state.dashboards.get(call.path["dashboard_id"])
    if dashboard is None:
        raise Refusal("There is no such dashboard.", status=404)
    state.remove_dashboard(dashboard)
    return Answer(NO_CONTENT)


@answers("Dashboards_available_numbers")
def available_numbers(state: State, call: Call) -> Answer:
    area_code = call.query["area_code"]
    if not 200 <= area_code <= 999:
        raise Refusal("Give an area code of three digits.", code="parameterInvalid")
    offered = [f"1{area_code}55501{last:02}" for last in range(100)]
    taken = {dashboard.phone for dashboard in state.dashboards.values()}
    return Answer(payload=[phone for phone in offered if phone not in taken][:_OFFERED])
