"""Tags of contacts."""

from __future__ import annotations

from typing import Any

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, Refusal, page
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.models import Dashboard
from textrequest_ext.sandbox.state import State

_DEFAULT_COLOR = "#2E8B57"  # open


@answers("Tags_list")
def list_tags(state: State, call: Call) -> Answer:
    return page(list(state.dashboard(call.path["dashboard_id"]).tags.values()), call.query, dict)


@answers("Tags_get")
def get(state: State, call: Call) -> Answer:
    tag = state.dashboard(call.path["dashboard_id"]).tags.get(call.path["tag_id"])
    return Answer(payload=dict(tag)) if tag else Answer(NO_CONTENT)


@answers("Tags_create")
def create(state: State, call: Call) -> Answer:
    dashboard = state.dashboard(call.path["dashboard_id"])
    name = _free_name(dashboard, call, None)
    tag = {"id": state.guid(), "tag_color": call.body.get("tag_color") or _DEFAULT_COLOR, "tag": name}
    dashboard.tags[tag["id"]] = tag
    return Answer(payload=dict(tag))


@answers("Tags_update")
def update(state: State, call: Call) -> Answer:
    dashboard = state.dashboard(call.path["dashboard_id"])
    tag = dashboard.tags.get(call.path["tag_id"])
    if tag is None:
        raise Refusal("The tag id is not valid.")
    tag["tag"] = _free_name(dashboard, call, tag)
    if call.body.get("tag_color"):
        tag["tag_color"] = call.body["tag_color"]
    return Answer(payload=dict(tag))


@answers("Tags_delete")
def delete(state: State, call: Call) -> Answer:
    """The contacts stay and lose the tag (vendor)."""
    dashboard = state.dashboard(call.path["dashboard_id"])
    tag = dashboard.tags.pop(call.path["tag_id"], None)
    if tag is None:
        raise Refusal("There is no such tag.", status=404)
    for contact in dashboard.contacts.values():
        if tag["id"] in contact.tags:
            contact.tags.remove(tag["id"])
    return Answer(NO_CONTENT)


def _free_name(dashboard: Dashboard, call: Call, own: dict[str, Any] | None) -> str:
    """The name that is asked for. Raises Refusal: a name must be new to the dashboard (vendor)."""
    name: str = call.body["tag"]
    if not name.strip():
        raise Refusal("A tag must be specified.")
    if any(tag["tag"] == name for tag in dashboard.tags.values() if tag is not own):
        raise Refusal("A tag with this name exists already.")
    return name
