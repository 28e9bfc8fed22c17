"""The people a dashboard texts with, found by phone number."""

from __future__ import annotations

import copy
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
from textrequest_ext.arguments import to_phone_number
from textrequest_ext.operations import ClientT_co, RequestOptions, Resource, arranged, call, paged


def _bulk_update(
    dashboard_id: int, body: Sequence[UpdateContactRequest], **options: Unpack[RequestOptions]
) -> dict[str, Any]:
    """Make or change many contacts at once; answers the contacts, as a plain list.

    body: one request a contact, found by its phone number of 10 or 11 digits, punctuation allowed.
    For tags and custom fields, what is left out stays and [] clears. Raises PhoneNumberError.
    """
    contacts = []
    for at, contact in enumerate(body):
        contacts.append(copy.copy(contact))
        contacts[at].phone_number = to_phone_number(f"body[{at}].phone_number", contact.phone_number)
    return {"dashboard_id": dashboard_id, "body": contacts, **options}


class Contacts(Resource[ClientT_co]):
    """The people a dashboard texts with, found by phone number."""

    list = paged(contacts_list.operation)
    """The contacts of a dashboard that match the filters."""
    get = call(contacts_get.operation)
    """One contact by phone number, or None."""
    upsert = call(contacts_upsert.operation)
    """Make a contact or change the one with this number. What is left out stays; [] clears tags and custom fields."""
    update = call(contacts_update.operation)
    """Add or remove one group or one tag, or set one custom field."""
    delete = call(contacts_delete.operation)
    """Delete a contact; one with message history cannot be deleted (BadRequestError)."""
    bulk_update = call(arranged(contacts_bulk_update.operation, _bulk_update))
    """Make or change many contacts at once; answers a plain list."""
