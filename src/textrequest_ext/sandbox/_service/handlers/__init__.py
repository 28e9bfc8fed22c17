"""The handlers, one module for each resource. Importing this package registers them."""

from . import (
    contacts,
    conversations,
    custom_fields,
    dashboards,
    groups,
    keywords,
    messages,
    payments,
    reviews,
    tags,
    users,
    webhooks,
)

__all__ = [
    "contacts",
    "conversations",
    "custom_fields",
    "dashboards",
    "groups",
    "keywords",
    "messages",
    "payments",
    "reviews",
    "tags",
    "users",
    "webhooks",
]
