"""Additional fields of the contacts of a dashboard."""

from textrequest_api.api.custom_fields import (
    custom_fields_create,
    custom_fields_delete,
    custom_fields_get,
    custom_fields_list,
    custom_fields_update,
)
from textrequest_ext._operations.descriptors import ClientT_co, Resource, call


class CustomFields(Resource[ClientT_co]):
    """Additional fields of the contacts of a dashboard."""

    list = call(custom_fields_list.operation)
    """The custom fields of a dashboard, as a list; the endpoint is not paginated."""
    get = call(custom_fields_get.operation)
    """One custom field by id, or None."""
    create = call(custom_fields_create.operation)
    """Create a custom field."""
    update = call(custom_fields_update.operation)
    """Rename a custom field."""
    delete = call(custom_fields_delete.operation)
    """Delete a custom field and its values."""
