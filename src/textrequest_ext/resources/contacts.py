"""The people a dashboard texts with, found by phone number."""

from textrequest_api.api.contacts import (
    contacts_bulk_update,
    contacts_delete,
    contacts_get,
    contacts_list,
    contacts_update,
    contacts_upsert,
)
from textrequest_ext.operations import ClientT_co, Resource, call, paged


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
    bulk_update = call(contacts_bulk_update.operation)
    """Make or change many contacts at once; answers a plain list."""
