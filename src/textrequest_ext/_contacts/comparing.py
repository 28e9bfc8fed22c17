"""Whether a contact of the service differs from an item of the input."""

from __future__ import annotations

from typing import Any

from textrequest_api._encoding import fields_of
from textrequest_api.models.contact import Contact
from textrequest_api.models.update_contact_request import UpdateContactRequest
from textrequest_api.types import UNSET


def differs(request: UpdateContactRequest, existing: Contact) -> bool:
    """Whether the request would change the contact. Omitted fields and None change nothing."""
    for one in fields_of(UpdateContactRequest):
        value = getattr(request, one.attribute)
        if value is UNSET or value is None or one.attribute == "phone_number":
            continue
        if not _same(one.attribute, value, getattr(existing, one.attribute)):
            return True
    return False


def _same(name: str, value: Any, existing: Any) -> bool:
    if name == "custom_fields" and value:
        # Only the fields of the request are changed.
        current = {entry.id: entry.value or None for entry in existing or ()}
        return all(current.get(entry.id) == (entry.value or None) for entry in value)
    if isinstance(value, list):
        return sorted(value, key=str) == sorted(existing or (), key=str)
    return bool(value == existing) or (not value and not existing)
