"""The people a dashboard exchanges texts with, identified by phone number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from textrequest_api.api.contacts import (
    contacts_bulk_update,
    contacts_delete,
    contacts_get,
    contacts_list,
    contacts_update,
    contacts_upsert,
)
from textrequest_api.models.update_contact_request import UpdateContactRequest
from textrequest_ext._operations.descriptors import ClientT_co, RequestOptions, Resource, adapted, call, paged


def _bulk_update(
    dashboard_id: int, body: Sequence[UpdateContactRequest], **options: Unpack[RequestOptions]
) -> dict[str, Any]:
    """Create or change many contacts in one request. Returns the contacts as a list.

    body: one UpdateContactRequest per contact; its phone number identifies the contact (10 or 11
    digits, punctuation allowed). Omitted tags and custom fields are kept, [] removes all of them.
    Raises PhoneNumberError, with the index of the contact.
    """
    return {"dashboard_id": dashboard_id, "body": body, **options}


class Contacts(Resource[ClientT_co]):
    """The people a dashboard exchanges texts with, identified by phone number."""

    list = paged(contacts_list.operation)
    """The contacts of a dashboard that match the filters."""
    get = call(contacts_get.operation)
    """One contact by phone number, or None."""
    upsert = call(contacts_upsert.operation)
    """Create or change a contact. Omitted fields are kept; [] removes all tags or custom fields."""
    update = call(contacts_update.operation)
    """Add or remove one group or one tag, or set one custom field."""
    delete = call(contacts_delete.operation)
    """Delete a contact. Raises BadRequestError if the contact has a message history."""
    bulk_update = call(adapted(contacts_bulk_update.operation, _bulk_update))
    """Create or change many contacts in one request."""
