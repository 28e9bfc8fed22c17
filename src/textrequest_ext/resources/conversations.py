"""The message threads of a dashboard."""

from textrequest_api.api.conversations import (
    conversations_archive,
    conversations_list,
    conversations_unarchive,
)
from textrequest_ext._operations.descriptors import ClientT_co, Resource, call, paged


class Conversations(Resource[ClientT_co]):
    """The message threads of a dashboard."""

    list = paged(conversations_list.operation)
    """The conversations of a dashboard with their last messages."""
    archive = call(conversations_archive.operation)
    """Archive a conversation until the next message in it."""
    unarchive = call(conversations_unarchive.operation)
    """Restore an archived conversation."""
