"""Conversations: listed, archived, brought back."""

from __future__ import annotations

from typing import Any

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, Refusal, page
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.models import Contact
from textrequest_ext.sandbox.phones import normalized
from textrequest_ext.sandbox.state import State


@answers("Conversations_list")
def list_conversations(state: State, call: Call) -> Answer:
    """The latest first (third)."""
    query = call.query
    wanted = [
        contact
        for contact in state.dashboard(call.path["dashboard_id"]).contacts.values()
        if _matches(contact, query)
    ]
    if not wanted:
        return Answer(NO_CONTENT)
    wanted.sort(key=lambda contact: _last(contact).moment, reverse=True)
    return page(wanted, query, _answer)


def _answer(contact: Contact) -> dict[str, Any]:
    return {"phone_number": contact.phone, "last_message": _last(contact).answer()}


def _last(contact: Contact) -> Any:
    return contact.messages.last()


def _matches(contact: Contact, query: dict[str, Any]) -> bool:
    if not len(contact.messages):
        return False
    if contact.is_archived and not query.get("include_archived"):
        return False
    if contact.is_resolved and query.get("show_unresolved_only"):
        return False
    if (tags := query.get("tags")) and not set(tags) & set(contact.tags):
        return False
    search = query.get("search", "").lower()
    return search in contact.phone or search in (contact.display_name or "").lower()


@answers("Conversations_archive")
def archive(state: State, call: Call) -> Answer:
    return _set_archived(state, call, True)


@answers("Conversations_unarchive")
def unarchive(state: State, call: Call) -> Answer:
    return _set_archived(state, call, False)


def _set_archived(state: State, call: Call, archived: bool) -> Answer:
    dashboard = state.dashboard(call.path["dashboard_id"])
    contact = dashboard.contacts.get(normalized(call.path["phone_number"]) or "")
    if contact is None:
        raise Refusal("The phone number is not valid.")  # open: the answer to a number without a contact
    contact.is_archived = archived
    return Answer()
