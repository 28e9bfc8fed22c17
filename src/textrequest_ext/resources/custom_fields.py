"""Extra fields that the contacts of a dashboard can hold."""

from textrequest_api.api.custom_fields import (
    custom_fields_create,
    custom_fields_delete,
    custom_fields_get,
    custom_fields_list,
    custom_fields_update,
)
from textrequest_ext.operations import ClientT_co, Resource, call


class CustomFields(Resource[ClientT_co]):
    """Extra fields that the contacts of a dashboard can hold."""

    list = call(custom_fields_list.operation)
    """The custom fields of a dashboard, as a plain list: this list has no pages."""
    get = call(custom_fields_get.operation)
    """One custom field by id, or None."""
    create = call(custom_fields_create.operation)
    """Make a custom field."""
    update = call(custom_fields_update.operation)
    """Rename a custom field."""
    delete = call(custom_fields_delete.operation)
    """Delete a custom field and its values."""
