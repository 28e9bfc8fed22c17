"""Groups of contacts."""

from __future__ import annotations

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, Refusal, page
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.models import Group
from textrequest_ext.sandbox.state import State


@answers("Groups_list")
def list_groups(state: State, call: Call) -> Answer:
    return page(list(state.dashboard(call.path["dashboard_id"]).groups.values()), call.query, Group.answer)


@answers("Groups_get")
def get(state: State, call: Call) -> Answer:
    group = state.dashboard(call.path["dashboard_id"]).groups.get(call.path["group_id"])
    return Answer(payload=group.answer()) if group else Answer(NO_CONTENT)


@answers("Groups_create")
def create(state: State, call: Call) -> Answer:
    dashboard = state.dashboard(call.path["dashboard_id"])
    group = Group(state.next_id("group"), _name(call), call.body.get("notes"))
    dashboard.groups[group.id] = group
    return Answer(payload=group.answer())


@answers("Groups_update")
def update(state: State, call: Call) -> Answer:
    group = state.dashboard(call.path["dashboard_id"]).groups.get(call.path["group_id"])
    if group is None:
        raise Refusal("The group id is not valid.")
    group.name = _name(call)
    if "notes" in call.body:
        group.notes = call.body["notes"]
    return Answer(payload=group.answer())


@answers("Groups_delete")
def delete(state: State, call: Call) -> Answer:
    """The members stay as contacts (vendor)."""
    dashboard = state.dashboard(call.path["dashboard_id"])
    group = dashboard.groups.pop(call.path["group_id"], None)
    if group is None:
        raise Refusal("There is no such group.", status=404)
    for phone in group.members:
        dashboard.contacts[phone].groups.remove(group.id)
    return Answer(NO_CONTENT)


def _name(call: Call) -> str:
    name: str = call.body["name"]
    if not name.strip():
        raise Refusal("A name must be specified.")
    return name
