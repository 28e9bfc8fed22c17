"""The resources of a client: one module each, imported with the first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from textrequest_ext.resources.campaigns import Campaigns
    from textrequest_ext.resources.contacts import Contacts
    from textrequest_ext.resources.conversations import Conversations
    from textrequest_ext.resources.custom_fields import CustomFields
    from textrequest_ext.resources.dashboards import Dashboards
    from textrequest_ext.resources.groups import Groups
    from textrequest_ext.resources.keywords import Keywords
    from textrequest_ext.resources.messages import Messages
    from textrequest_ext.resources.payments import Payments
    from textrequest_ext.resources.reviews import Reviews
    from textrequest_ext.resources.tags import Tags
    from textrequest_ext.resources.users import Users
    from textrequest_ext.resources.webhooks import Webhooks


def _resource(module: str, name: str) -> Any:
    """A read-only attribute with a resource, whose module is imported with the first use."""

    def resource(client: Resources) -> Any:
        client._expect_call()
        return getattr(import_module(f"{__name__}.{module}"), name)(client)

    return property(resource)


class Resources:
    """The resources as attributes. `Self` passes the type of the client on to theirs."""

    def _expect_call(self) -> None:
        """Begin what a call needs and another thread can do."""

    campaigns: Campaigns[Self] = _resource("campaigns", "Campaigns")
    """Campaigns that request reviews."""
    contacts: Contacts[Self] = _resource("contacts", "Contacts")
    """The people a dashboard exchanges texts with, identified by phone number."""
    conversations: Conversations[Self] = _resource("conversations", "Conversations")
    """The message threads of a dashboard."""
    custom_fields: CustomFields[Self] = _resource("custom_fields", "CustomFields")
    """Additional fields of the contacts of a dashboard."""
    dashboards: Dashboards[Self] = _resource("dashboards", "Dashboards")
    """Dashboards: each is one phone number with its own contacts and messages."""
    groups: Groups[Self] = _resource("groups", "Groups")
    """Groups of contacts that a dashboard can text together."""
    keywords: Keywords[Self] = _resource("keywords", "Keywords")
    """Keywords that people text to a dashboard to join a group."""
    messages: Messages[Self] = _resource("messages", "Messages")
    """Messages: sending, listing, media and scheduled messages."""
    payments: Payments[Self] = _resource("payments", "Payments")
    """Payment requests, sent by text."""
    reviews: Reviews[Self] = _resource("reviews", "Reviews")
    """Customer reviews."""
    tags: Tags[Self] = _resource("tags", "Tags")
    """Colored labels for contacts."""
    users: Users[Self] = _resource("users", "Users")
    """Users of the account, and their permissions for dashboards."""
    webhooks: Webhooks[Self] = _resource("webhooks", "Webhooks")
    """Webhooks: URLs that the service calls when something happens on a dashboard."""
