"""Keywords that people text to a dashboard to join a group."""

from textrequest_api.api.keywords import (
    keywords_create,
    keywords_delete,
    keywords_get,
    keywords_list,
    keywords_update,
)
from textrequest_ext._operations.descriptors import ClientT_co, Resource, call, paged


class Keywords(Resource[ClientT_co]):
    """Keywords that people text to a dashboard to join a group."""

    list = paged(keywords_list.operation)
    """The keywords of a dashboard."""
    get = call(keywords_get.operation)
    """One keyword by id, or None."""
    create = call(keywords_create.operation)
    """Create a keyword."""
    update = call(keywords_update.operation)
    """Change a keyword and its reply."""
    delete = call(keywords_delete.operation)
    """Delete a keyword."""
