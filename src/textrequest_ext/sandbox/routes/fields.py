"""Custom fields: a plain array, no pages (live-test)."""

from __future__ import annotations

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, Refusal
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.state import State

_MOST = 50  # vendor: there is a limit; open: which


@answers("CustomFields_list")
def list_fields(state: State, call: Call) -> Answer:
    fields = state.dashboard(call.path["dashboard_id"]).fields
    return Answer(payload=[dict(field) for field in fields.values()])


@answers("CustomFields_get")
def get(state: State, call: Call) -> Answer:
    field = state.dashboard(call.path["dashboard_id"]).fields.get(call.path["field_id"])
    return Answer(payload=dict(field)) if field else Answer(NO_CONTENT)


@answers("CustomFields_create")
def create(state: State, call: Call) -> Answer:
    dashboard = state.dashboard(call.path["dashboard_id"])
    name = _name(call)
    if len(dashboard.fields) >= _MOST:
        raise Refusal(f"A dashboard holds at most {_MOST} custom fields.")
    field = {"id": state.guid(), "name": name}
    dashboard.fields[field["id"]] = field
    return Answer(payload=dict(field))


@answers("CustomFields_update")
def update(state: State, call: Call) -> Answer:
    field = state.dashboard(call.path["dashboard_id"]).fields.get(call.path["field_id"])
    if field is None:
        raise Refusal("The field id is not valid.")
    field["name"] = _name(call)
    return Answer(payload=dict(field))


@answers("CustomFields_delete")
def delete(state: State, call: Call) -> Answer:
    """Only a field no contact has a value for; one that never existed is a 204 or a 404 (vendor), here 204."""
    dashboard = state.dashboard(call.path["dashboard_id"])
    field_id = call.path["field_id"]
    if any(contact.fields.get(field_id) is not None for contact in dashboard.contacts.values()):
        raise Refusal("A contact has a value for the field.")
    dashboard.fields.pop(field_id, None)
    for contact in dashboard.contacts.values():
        contact.fields.pop(field_id, None)
    return Answer(NO_CONTENT)


def _name(call: Call) -> str:
    name: str = call.body["name"]
    if not name.strip():
        raise Refusal("A name must be specified.")
    return name
