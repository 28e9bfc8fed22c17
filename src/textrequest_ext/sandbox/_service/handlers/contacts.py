"""Contacts: list, get, upsert, update and delete."""

from __future__ import annotations

from typing import Any

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.events import send_contact_created, send_contact_updated
from textrequest_ext.sandbox._account.models import Contact, Dashboard
from textrequest_ext.sandbox._account.phone_numbers import normalize
from textrequest_ext.sandbox._account.state import State, require_phone_number
from textrequest_ext.sandbox._service.contact_filters import contact_filter
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import NO_CONTENT, Response, page_response

_SIMPLE_FIELDS = (
    "first_name",
    "last_name",
    "display_name",
    "is_suppressed",
    "is_archived",
    "is_blocked",
    "is_resolved",
    "suppressed_reason",
    "note",
)


@handles("Contacts_list")
def list_contacts(state: State, request: Request) -> Response:
    """In order of creation (open)."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    matches = contact_filter(state, request)
    contacts = [contact for contact in dashboard.contacts.values() if matches(contact)]
    return page_response(contacts, request.query, Contact.to_dict)


@handles("Contacts_get")
def get(state: State, request: Request) -> Response:
    contact = _find(state.dashboard(request.path_parameters["dashboard_id"]), request)
    return Response(payload=contact.to_dict()) if contact else Response(NO_CONTENT)


@handles("Contacts_upsert")
def upsert(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    phone = require_phone_number(request.path_parameters["phone_number"])
    _check_ids(dashboard, request.body)
    return Response(payload=_upsert(state, dashboard, phone, request.body).to_dict())


@handles("Contacts_bulk_update")
def bulk_update(state: State, request: Request) -> Response:
    """Changes all entries or none (open: whether one invalid entry rejects the others)."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    entries = [(require_phone_number(entry["phone_number"]), entry) for entry in request.body]
    for _, entry in entries:
        _check_ids(dashboard, entry)
    return Response(payload=[_upsert(state, dashboard, phone, entry).to_dict() for phone, entry in entries])


@handles("Contacts_update")
def update(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    contact = _find(dashboard, request)
    if contact is None:
        raise ServiceError("The phone number is not valid.")  # open: the response for a missing contact
    body = request.body
    group, tag, custom_field = body.get("group"), body.get("contact_tag"), body.get("custom_field_id")
    _check_ids(
        dashboard,
        {
            "groups": None if group is None else [group],
            "contact_tags": None if tag is None else [tag],
            "custom_fields": None if custom_field is None else [{"id": custom_field}],
        },
    )
    # open: the effect of a group or a tag without its boolean; here it is added
    if group is not None:
        groups = [other for other in contact.groups if other != group]
        if body.get("add_group_to_contact") is not False:
            groups.append(group)
        state.set_groups(dashboard, contact, groups)
    if tag is not None:
        contact.tags = [other for other in contact.tags if other != tag]
        if body.get("add_tag_to_contact") is not False:
            contact.tags.append(tag)
    if custom_field is not None:
        contact.custom_fields[custom_field] = body.get("custom_field_value")
    send_contact_updated(state, dashboard, contact)
    return Response(payload=contact.to_dict())


@handles("Contacts_delete")
def delete(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    contact = _find(dashboard, request)
    if contact is None:
        raise ServiceError("There is no such contact.", status=404)
    if len(contact.messages):
        raise ServiceError("The contact has message history.")  # vendor: by design
    state.set_groups(dashboard, contact, [])
    del dashboard.contacts[contact.phone]
    return Response()


def _find(dashboard: Dashboard, request: Request) -> Contact | None:
    return dashboard.contacts.get(normalize(request.path_parameters["phone_number"]) or "")


def _check_ids(dashboard: Dashboard, body: dict[str, Any]) -> None:
    """Raises ServiceError for unknown ids of the dashboard (vendor for PATCH, third for the others)."""
    for name, ids, known in (
        ("group", body.get("groups"), dashboard.groups),
        ("tag", body.get("contact_tags"), dashboard.tags),
        ("custom field", [entry["id"] for entry in body.get("custom_fields") or []], dashboard.custom_fields),
    ):
        if unknown := [key for key in ids or [] if key not in known]:
            raise ServiceError(f"The {name} id {unknown[0]} is not valid.")


def _upsert(state: State, dashboard: Dashboard, phone: str, body: dict[str, Any]) -> Contact:
    contact = dashboard.contacts.get(phone)
    is_new = contact is None
    if contact is None:
        contact = state.add_contact(dashboard, phone)
    for name in _SIMPLE_FIELDS:
        # open: the effect of null on a simple field; here the value stays, as for an omitted key
        if body.get(name) is not None:
            setattr(contact, name, body[name])
    # live-test: an omitted key keeps tags and custom fields, [] clears them. vendor: null keeps them too.
    if (tags := body.get("contact_tags")) is not None:
        contact.tags = list(dict.fromkeys(tags))
    if (entries := body.get("custom_fields")) is not None:
        # open: whether unnamed custom fields stay; here they do, and [] clears all
        values = {entry["id"]: entry.get("value") for entry in entries}
        contact.custom_fields = contact.custom_fields | values if entries else {}
    if (groups := body.get("groups")) is not None:
        state.set_groups(dashboard, contact, groups)  # open
    (send_contact_created if is_new else send_contact_updated)(state, dashboard, contact)
    return contact
