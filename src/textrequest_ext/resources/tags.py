"""Colored labels for contacts."""

from textrequest_api.api.tags import tags_create, tags_delete, tags_get, tags_list, tags_update
from textrequest_ext._operations.descriptors import ClientT_co, Resource, call, paged


class Tags(Resource[ClientT_co]):
    """Colored labels for contacts."""

    list = paged(tags_list.operation)
    """The tags of a dashboard."""
    get = call(tags_get.operation)
    """One tag by id, or None."""
    create = call(tags_create.operation)
    """Create a tag. The color has the form #1EB1C4."""
    update = call(tags_update.operation)
    """Change a tag's name and color."""
    delete = call(tags_delete.operation)
    """Delete a tag and remove it from all contacts."""
