"""The routes, a file for each resource. Importing this package registers them all."""

from . import (
    contacts,
    conversations,
    dashboards,
    fields,
    groups,
    hooks,
    keywords,
    messages,
    payments,
    reviews,
    tags,
    users,
)

__all__ = [
    "contacts",
    "conversations",
    "dashboards",
    "fields",
    "groups",
    "hooks",
    "keywords",
    "messages",
    "payments",
    "reviews",
    "tags",
    "users",
]
