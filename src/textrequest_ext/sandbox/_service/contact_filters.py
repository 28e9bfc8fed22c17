"""The filters of the contact list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.models import Contact
from textrequest_ext.sandbox._account.state import State
from textrequest_ext.sandbox._account.timestamps import parse_local

from .requests import Request

Predicate = Callable[[Contact], bool]
_MAX_CUSTOM_FIELDS = 3


def contact_filter(state: State, request: Request) -> Predicate:
    """A function that says whether a contact passes all filters. Raises ServiceError."""
    predicates = [
        *_boolean_filters(request),
        *_time_filters(state, request),
        *_text_filters(request),
        *_custom_field_filters(request),
    ]
    return lambda contact: all(predicate(contact) for predicate in predicates)


def _boolean_filters(request: Request) -> list[Predicate]:
    properties: dict[str, Predicate] = {
        "is_resolved": lambda contact: contact.is_resolved,
        "has_message_history": lambda contact: len(contact.messages) > 0,
        "is_blocked": lambda contact: contact.is_blocked,
        "is_archived": lambda contact: contact.is_archived,
        "is_suppressed": lambda contact: contact.is_suppressed,
        "has_opted_out": lambda contact: contact.opted_out_at is not None,
    }

    def equals(get: Predicate, value: bool) -> Predicate:
        return lambda contact: get(contact) is value

    return [equals(get, request.query[name]) for name, get in properties.items() if name in request.query]


def _time_filters(state: State, request: Request) -> list[Predicate]:
    def parse_in_local_time(text: str) -> datetime:
        return parse_local(text, state.local_time)

    properties: dict[str, Callable[[Contact], datetime | None]] = {
        "last_message_timestamp_{}_utc": lambda contact: contact.last_contact_at,
        "contact_created_{}": lambda contact: contact.created_at,
        "last_message_sent_{}": lambda contact: contact.last_sent_at,  # vendor: local time
        "last_message_received_{}": lambda contact: contact.last_received_at,  # vendor: local time
    }

    def compares(get: Callable[[Contact], datetime | None], bound: datetime, is_after: bool) -> Predicate:
        def predicate(contact: Contact) -> bool:
            timestamp = get(contact)
            if timestamp is None:
                return False
            # open: whether the bound is inclusive; here it is
            return timestamp >= bound if is_after else timestamp <= bound

        return predicate

    predicates: list[Predicate] = []
    for pattern, get in properties.items():
        is_local = pattern.startswith("last_message_") and not pattern.endswith("_utc")
        for side in ("before", "after"):
            name = pattern.format(side)
            bound = request.timestamp(name, parse_in_local_time) if is_local else request.timestamp(name)
            if bound is not None:
                predicates.append(compares(get, bound, side == "after"))
    return predicates


def _text_filters(request: Request) -> list[Predicate]:
    query = request.query
    predicates: list[Predicate] = []
    if prefix := query.get("contact_phone_number"):
        prefix = prefix.removeprefix("+")
        predicates.append(lambda contact: contact.phone.startswith(prefix))  # vendor: matches a prefix
    if name := query.get("display_name"):
        # third: the filter exists; open: whether it matches a part of the name
        predicates.append(lambda contact: name.lower() in (contact.display_name or "").lower())
    if tags := set(query.get("tags", ())):
        predicates.append(lambda contact: not tags.isdisjoint(contact.tags))  # open: any or all of them
    if groups := set(query.get("groups", ())):
        predicates.append(lambda contact: not groups.isdisjoint(contact.groups))
    return predicates


def _custom_field_filters(request: Request) -> list[Predicate]:
    def equals(field_id: str, value: str) -> Predicate:
        return lambda contact: contact.custom_fields.get(field_id) == value

    predicates: list[Predicate] = []
    for number in range(1, _MAX_CUSTOM_FIELDS + 1):
        field_id = request.query.get(f"custom_field_id_{number}")
        value = request.query.get(f"custom_field_value_{number}")
        if (field_id is None) != (value is None):
            # The service needs both; open: whether it refuses or ignores one alone.
            message = f"custom_field_id_{number} and custom_field_value_{number} must be used together."
            raise ServiceError(message)
        if field_id is not None and value is not None:
            predicates.append(equals(field_id, value))
    return predicates
