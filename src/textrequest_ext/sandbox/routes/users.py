"""Users of the account."""

from __future__ import annotations

from typing import Any

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, Refusal, page
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.state import State

_CHANGEABLE = ("first_name", "last_name", "is_administrator", "external_user_id", "permissions")


@answers("Users_list")
def list_users(state: State, call: Call) -> Answer:
    wanted = [
        user
        for user in state.users.values()
        if all(user[name] == call.query[name] for name in ("email", "external_user_id") if name in call.query)
    ]
    return page(wanted, call.query, dict)


@answers("Users_get")
def get(state: State, call: Call) -> Answer:
    user = state.users.get(call.path["user_id"])
    return Answer(payload=dict(user)) if user else Answer(NO_CONTENT)


@answers("Users_create")
def create(state: State, call: Call) -> Answer:
    body = call.body
    for name in ("first_name", "last_name", "email"):
        if not body[name].strip():
            raise Refusal(f"A {name.replace('_', ' ')} must be specified.")
    if any(user["email"].lower() == body["email"].lower() for user in state.users.values()):
        raise Refusal("The email address is already in use.")
    user = {
        "id": state.next_id("user"),
        "first_name": body["first_name"],
        "last_name": body["last_name"],
        "is_administrator": bool(body.get("is_administrator")),
        "email": body["email"],
        "external_user_id": body.get("external_user_id"),
        "permissions": _permissions(body.get("permissions") or []),
    }
    state.users[user["id"]] = user
    return Answer(payload=dict(user))


@answers("Users_update")
def update(state: State, call: Call) -> Answer:
    """A field left out or null stays (open); the email address cannot be changed (vendor)."""
    user = state.users.get(call.path["user_id"])
    if user is None:
        raise Refusal("The user id is not valid.")
    for name in _CHANGEABLE:
        if call.body.get(name) is not None:
            user[name] = _permissions(call.body[name]) if name == "permissions" else call.body[name]
    return Answer(payload=dict(user))


@answers("Users_delete")
def delete(state: State, call: Call) -> Answer:
    if state.users.pop(call.path["user_id"], None) is None:
        raise Refusal("There is no such user.", status=404)
    return Answer(NO_CONTENT)


def _permissions(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"dashboard_id": entry["dashboard_id"], "role": entry.get("role")} for entry in given]
