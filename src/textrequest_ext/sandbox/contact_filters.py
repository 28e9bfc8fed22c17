"""The filters of the list of contacts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from .answers import Refusal
from .calls import Call
from .models import Contact
from .times import read_local

if TYPE_CHECKING:
    from .state import State

Test = Callable[[Contact], bool]
_MOST_PAIRS = 3


def matcher(state: State, call: Call) -> Test:
    """Whether a contact passes every filter of the query. Raises Refusal for a filter that cannot be read."""
    tests = [*_flags(call), *_moments(state, call), *_texts(call), *_fields(call)]
    return lambda contact: all(test(contact) for test in tests)


def _flags(call: Call) -> list[Test]:
    read: dict[str, Test] = {
        "is_resolved": lambda contact: contact.is_resolved,
        "has_message_history": lambda contact: len(contact.messages) > 0,
        "is_blocked": lambda contact: contact.is_blocked,
        "is_archived": lambda contact: contact.is_archived,
        "is_suppressed": lambda contact: contact.is_suppressed,
        "has_opted_out": lambda contact: contact.opted_out is not None,
    }

    def test(get: Test, wanted: bool) -> Test:
        return lambda contact: get(contact) is wanted

    return [test(get, call.query[name]) for name, get in read.items() if name in call.query]


def _moments(state: State, call: Call) -> list[Test]:
    def local(text: str) -> datetime:
        return read_local(text, state.local_time)

    read: dict[str, Callable[[Contact], datetime | None]] = {
        "last_message_timestamp_{}_utc": lambda contact: contact.last_contact,
        "contact_created_{}": lambda contact: contact.created,
        "last_message_sent_{}": lambda contact: contact.last_sent,  # vendor: local time
        "last_message_received_{}": lambda contact: contact.last_received,  # vendor: local time
    }

    def test(get: Callable[[Contact], datetime | None], bound: datetime, is_after: bool) -> Test:
        def passes(contact: Contact) -> bool:
            moment = get(contact)
            if moment is None:
                return False
            # open: whether the bound itself counts; here it does
            return moment >= bound if is_after else moment <= bound

        return passes

    tests: list[Test] = []
    for pattern, get in read.items():
        reader = local if pattern.startswith("last_message_") and not pattern.endswith("_utc") else None
        for side in ("before", "after"):
            name = pattern.format(side)
            bound = call.moment(name, reader) if reader else call.moment(name)
            if bound is not None:
                tests.append(test(get, bound, side == "after"))
    return tests


def _texts(call: Call) -> list[Test]:
    query = call.query
    tests: list[Test] = []
    if prefix := query.get("contact_phone_number"):
        tests.append(lambda contact: contact.phone.startswith(prefix.removeprefix("+")))  # vendor: by prefix
    if name := query.get("display_name"):
        # third: the filter exists; open: whether it takes a part of the name
        tests.append(lambda contact: name.lower() in (contact.display_name or "").lower())
    if tags := set(query.get("tags", ())):
        tests.append(lambda contact: not tags.isdisjoint(contact.tags))  # open: any of them, or all
    if groups := set(query.get("groups", ())):
        tests.append(lambda contact: not groups.isdisjoint(contact.groups))
    return tests


def _fields(call: Call) -> list[Test]:
    def test(field_id: str, value: str) -> Test:
        return lambda contact: contact.fields.get(field_id) == value

    tests: list[Test] = []
    for number in range(1, _MOST_PAIRS + 1):
        field_id, value = (
            call.query.get(f"custom_field_id_{number}"),
            call.query.get(f"custom_field_value_{number}"),
        )
        if (field_id is None) != (value is None):
            # open: neither works without the other; whether half a pair is refused or ignored
            raise Refusal(f"custom_field_id_{number} and custom_field_value_{number} go together.")
        if field_id is not None and value is not None:
            tests.append(test(field_id, value))
    return tests
