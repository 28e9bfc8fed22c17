"""Groups of contacts that a dashboard can text together."""

from textrequest_api.api.groups import groups_create, groups_delete, groups_get, groups_list, groups_update
from textrequest_ext._operations.descriptors import ClientT_co, Resource, call, paged


class Groups(Resource[ClientT_co]):
    """Groups of contacts that a dashboard can text together."""

    list = paged(groups_list.operation)
    """The groups of a dashboard."""
    get = call(groups_get.operation)
    """One group by id, or None."""
    create = call(groups_create.operation)
    """Create a group."""
    update = call(groups_update.operation)
    """Change a group's name and notes."""
    delete = call(groups_delete.operation)
    """Delete a group. Its contacts are kept."""
