"""Contacts: found, set, changed, and removed while nothing was ever said."""

from __future__ import annotations

from typing import Any

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, Refusal, page
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.contact_filters import matcher
from textrequest_ext.sandbox.events import contact_created, contact_updated
from textrequest_ext.sandbox.models import Contact, Dashboard
from textrequest_ext.sandbox.phones import normalized
from textrequest_ext.sandbox.state import State, phone_or_refusal

_PLAIN = (
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


@answers("Contacts_list")
def list_contacts(state: State, call: Call) -> Answer:
    """In order of creation (open)."""
    dashboard = state.dashboard(call.path["dashboard_id"])
    matches = matcher(state, call)
    wanted = [contact for contact in dashboard.contacts.values() if matches(contact)]
    return page(wanted, call.query, Contact.answer)


@answers("Contacts_get")
def get(state: State, call: Call) -> Answer:
    contact = _find(state.dashboard(call.path["dashboard_id"]), call)
    return Answer(payload=contact.answer()) if contact else Answer(NO_CONTENT)


@answers("Contacts_upsert")
def upsert(state: State, call: Call) -> Answer:
    dashboard = state.dashboard(call.path["dashboard_id"])
    phone = phone_or_refusal(call.path["phone_number"])
    _check(dashboard, call.body)
    return Answer(payload=_set(state, dashboard, phone, call.body).answer())


@answers("Contacts_bulk_update")
def bulk_update(state: State, call: Call) -> Answer:
    """All entries or none (open: whether a bad entry stops the others)."""
    dashboard = state.dashboard(call.path["dashboard_id"])
    entries = [(phone_or_refusal(entry["phone_number"]), entry) for entry in call.body]
    for _, entry in entries:
        _check(dashboard, entry)
    return Answer(payload=[_set(state, dashboard, phone, entry).answer() for phone, entry in entries])


@answers("Contacts_update")
def update(state: State, call: Call) -> Answer:
    dashboard = state.dashboard(call.path["dashboard_id"])
    contact = _find(dashboard, call)
    if contact is None:
        raise Refusal("The phone number is not valid.")  # open: the answer to a number without a contact
    body = call.body
    group, tag, custom_field = body.get("group"), body.get("contact_tag"), body.get("custom_field_id")
    _check(
        dashboard,
        {
            "groups": None if group is None else [group],
            "contact_tags": None if tag is None else [tag],
            "custom_fields": None if custom_field is None else [{"id": custom_field}],
        },
    )
    # open: what a group or a tag without its flag does; here it is added
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
        contact.fields[custom_field] = body.get("custom_field_value")
    contact_updated(state, dashboard, contact)
    return Answer(payload=contact.answer())


@answers("Contacts_delete")
def delete(state: State, call: Call) -> Answer:
    dashboard = state.dashboard(call.path["dashboard_id"])
    contact = _find(dashboard, call)
    if contact is None:
        raise Refusal("There is no such contact.", status=404)
    if len(contact.messages):
        raise Refusal("The contact has message history.")  # vendor: by design
    state.set_groups(dashboard, contact, [])
    del dashboard.contacts[contact.phone]
    return Answer()


def _find(dashboard: Dashboard, call: Call) -> Contact | None:
    return dashboard.contacts.get(normalized(call.path["phone_number"]) or "")


def _check(dashboard: Dashboard, body: dict[str, Any]) -> None:
    """Raises Refusal for ids the dashboard does not have (vendor for PATCH, third for the others)."""
    for what, given, known in (
        ("group", body.get("groups"), dashboard.groups),
        ("tag", body.get("contact_tags"), dashboard.tags),
        ("custom field", [entry["id"] for entry in body.get("custom_fields") or []], dashboard.fields),
    ):
        if unknown := [key for key in given or [] if key not in known]:
            raise Refusal(f"The {what} id {unknown[0]} is not valid.")


def _set(state: State, dashboard: Dashboard, phone: str, body: dict[str, Any]) -> Contact:
    contact = dashboard.contacts.get(phone)
    is_new = contact is None
    if contact is None:
        contact = state.new_contact(dashboard, phone)
    for name in _PLAIN:
        # open: what null does to a plain field; here it keeps, as a key left out does
        if body.get(name) is not None:
            setattr(contact, name, body[name])
    # live-test: a key left out keeps tags and custom fields, [] clears them. vendor: null keeps as well.
    if (tags := body.get("contact_tags")) is not None:
        contact.tags = list(dict.fromkeys(tags))
    if (entries := body.get("custom_fields")) is not None:
        # open: whether the fields that are not named stay; here they do, and [] clears all
        values = {entry["id"]: entry.get("value") for entry in entries}
        contact.fields = contact.fields | values if entries else {}
    if (groups := body.get("groups")) is not None:
        state.set_groups(dashboard, contact, groups)  # open
    (contact_created if is_new else contact_updated)(state, dashboard, contact)
    return contact
