"""Conversations: list, archive and unarchive."""

from __future__ import annotations

from typing import Any

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.models import Contact, Message
from textrequest_ext.sandbox._account.phone_numbers import normalize
from textrequest_ext.sandbox._account.state import State
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import NO_CONTENT, Response, page_response


@handles("Conversations_list")
def list_conversations(state: State, request: Request) -> Response:
    """The most recent first (third)."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    conversations: list[tuple[Contact, Message]] = []
    for contact in dashboard.contacts.values():
        last_message = contact.messages.last()
        if last_message is not None and _matches(contact, request.query):
            conversations.append((contact, last_message))
    if not conversations:
        return Response(NO_CONTENT)
    conversations.sort(key=lambda conversation: conversation[1].timestamp, reverse=True)
    return page_response(conversations, request.query, _to_dict)


def _to_dict(conversation: tuple[Contact, Message]) -> dict[str, Any]:
    contact, last_message = conversation
    return {"phone_number": contact.phone, "last_message": last_message.to_dict()}


def _matches(contact: Contact, query: dict[str, Any]) -> bool:
    if contact.is_archived and not query.get("include_archived"):
        return False
    if contact.is_resolved and query.get("show_unresolved_only"):
        return False
    if (tags := query.get("tags")) and not set(tags) & set(contact.tags):
        return False
    search = query.get("search", "").lower()
    return search in contact.phone or search in (contact.display_name or "").lower()


@handles("Conversations_archive")
def archive(state: State, request: Request) -> Response:
    return _set_archived(state, request, True)


@handles("Conversations_unarchive")
def unarchive(state: State, request: Request) -> Response:
    return _set_archived(state, request, False)


def _set_archived(state: State, request: Request, is_archived: bool) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    contact = dashboard.contacts.get(normalize(request.path_parameters["phone_number"]) or "")
    if contact is None:
        raise ServiceError("The phone number is not valid.")  # open: the response for a missing contact
    contact.is_archived = is_archived
    return Response()
