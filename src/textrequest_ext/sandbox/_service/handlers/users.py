"""Users of the account."""

from __future__ import annotations

from typing import Any

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.state import State
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import NO_CONTENT, Response, page_response

_FILTERS = ("email", "external_user_id")
_UPDATABLE = ("first_name", "last_name", "is_administrator", "external_user_id", "permissions")


@handles("Users_list")
def list_users(state: State, request: Request) -> Response:
    filters = {name: request.query[name] for name in _FILTERS if name in request.query}
    users = [
        user for user in state.users.values() if all(user[name] == value for name, value in filters.items())
    ]
    return page_response(users, request.query, dict)


@handles("Users_get")
def get(state: State, request: Request) -> Response:
    user = state.users.get(request.path_parameters["user_id"])
    return Response(payload=dict(user)) if user else Response(NO_CONTENT)


@handles("Users_create")
def create(state: State, request: Request) -> Response:
    body = request.body
    for name in ("first_name", "last_name", "email"):
        if not body[name].strip():
            raise ServiceError(f"A {name.replace('_', ' ')} must be specified.")
    if any(user["email"].lower() == body["email"].lower() for user in state.users.values()):
        raise ServiceError("The email address is already in use.")
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
    return Response(payload=dict(user))


@handles("Users_update")
def update(state: State, request: Request) -> Response:
    """Keeps fields that are omitted or null (open). The email address cannot be changed (vendor)."""
    user = state.users.get(request.path_parameters["user_id"])
    if user is None:
        raise ServiceError("The user id is not valid.")
    for name in _UPDATABLE:
        value = request.body.get(name)
        if value is not None:
            user[name] = _permissions(value) if name == "permissions" else value
    return Response(payload=dict(user))


@handles("Users_delete")
def delete(state: State, request: Request) -> Response:
    if state.users.pop(request.path_parameters["user_id"], None) is None:
        raise ServiceError("There is no such user.", status=404)
    return Response(NO_CONTENT)


def _permissions(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"dashboard_id": entry["dashboard_id"], "role": entry.get("role")} for entry in entries]
