"""The resources of a client: one module each, imported with the first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

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


class Resources:
    """The resources as attributes. `Self` passes the type of the client on to theirs."""

    def _expect_call(self) -> None:
        """Begin what a call needs and another thread can do."""

    @property
    def campaigns(self) -> Campaigns[Self]:
        """Campaigns that request reviews."""
        self._expect_call()
        from textrequest_ext.resources.campaigns import Campaigns

        return Campaigns(self)

    @property
    def contacts(self) -> Contacts[Self]:
        """The people a dashboard exchanges texts with, identified by phone number."""
        self._expect_call()
        from textrequest_ext.resources.contacts import Contacts

        return Contacts(self)

    @property
    def conversations(self) -> Conversations[Self]:
        """The message threads of a dashboard."""
        self._expect_call()
        from textrequest_ext.resources.conversations import Conversations

        return Conversations(self)

    @property
    def custom_fields(self) -> CustomFields[Self]:
        """Additional fields of the contacts of a dashboard."""
        self._expect_call()
        from textrequest_ext.resources.custom_fields import CustomFields

        return CustomFields(self)

    @property
    def dashboards(self) -> Dashboards[Self]:
        """Dashboards: each is one phone number with its own contacts and messages."""
        self._expect_call()
        from textrequest_ext.resources.dashboards import Dashboards

        return Dashboards(self)

    @property
    def groups(self) -> Groups[Self]:
        """Groups of contacts that a dashboard can text together."""
        self._expect_call()
        from textrequest_ext.resources.groups import Groups

        return Groups(self)

    @property
    def keywords(self) -> Keywords[Self]:
        """Keywords that people text to a dashboard to join a group."""
        self._expect_call()
        from textrequest_ext.resources.keywords import Keywords

        return Keywords(self)

    @property
    def messages(self) -> Messages[Self]:
        """Messages: sending, listing, media and scheduled messages."""
        self._expect_call()
        from textrequest_ext.resources.messages import Messages

        return Messages(self)

    @property
    def payments(self) -> Payments[Self]:
        """Payment requests, sent by text."""
        self._expect_call()
        from textrequest_ext.resources.payments import Payments

        return Payments(self)

    @property
    def reviews(self) -> Reviews[Self]:
        """Customer reviews."""
        self._expect_call()
        from textrequest_ext.resources.reviews import Reviews

        return Reviews(self)

    @property
    def tags(self) -> Tags[Self]:
        """Colored labels for contacts."""
        self._expect_call()
        from textrequest_ext.resources.tags import Tags

        return Tags(self)

    @property
    def users(self) -> Users[Self]:
        """Users of the account, and their permissions for dashboards."""
        self._expect_call()
        from textrequest_ext.resources.users import Users

        return Users(self)

    @property
    def webhooks(self) -> Webhooks[Self]:
        """Webhooks: URLs that the service calls when something happens on a dashboard."""
        self._expect_call()
        from textrequest_ext.resources.webhooks import Webhooks

        return Webhooks(self)
