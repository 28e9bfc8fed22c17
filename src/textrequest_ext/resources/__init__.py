"""The resources of a client, one module each, imported when one is first used."""

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
    """The resources as attributes; `Self` hands the kind of client on to their types."""

    @property
    def campaigns(self) -> Campaigns[Self]:
        """Campaigns that ask for reviews."""
        from textrequest_ext.resources.campaigns import Campaigns

        return Campaigns(self)

    @property
    def contacts(self) -> Contacts[Self]:
        """The people a dashboard texts with, found by phone number."""
        from textrequest_ext.resources.contacts import Contacts

        return Contacts(self)

    @property
    def conversations(self) -> Conversations[Self]:
        """The message threads of a dashboard."""
        from textrequest_ext.resources.conversations import Conversations

        return Conversations(self)

    @property
    def custom_fields(self) -> CustomFields[Self]:
        """Extra fields that the contacts of a dashboard can hold."""
        from textrequest_ext.resources.custom_fields import CustomFields

        return CustomFields(self)

    @property
    def dashboards(self) -> Dashboards[Self]:
        """The account's dashboards: one texting phone number each, with its own contacts and messages."""
        from textrequest_ext.resources.dashboards import Dashboards

        return Dashboards(self)

    @property
    def groups(self) -> Groups[Self]:
        """Lists of contacts that a dashboard can text together."""
        from textrequest_ext.resources.groups import Groups

        return Groups(self)

    @property
    def keywords(self) -> Keywords[Self]:
        """Words that people text to a dashboard to enroll in a group."""
        from textrequest_ext.resources.keywords import Keywords

        return Keywords(self)

    @property
    def messages(self) -> Messages[Self]:
        """Texts: sending, reading, media, and what is scheduled."""
        from textrequest_ext.resources.messages import Messages

        return Messages(self)

    @property
    def payments(self) -> Payments[Self]:
        """Requests for money, sent by text."""
        from textrequest_ext.resources.payments import Payments

        return Payments(self)

    @property
    def reviews(self) -> Reviews[Self]:
        """Customer reviews."""
        from textrequest_ext.resources.reviews import Reviews

        return Reviews(self)

    @property
    def tags(self) -> Tags[Self]:
        """Colored labels that can be put on contacts."""
        from textrequest_ext.resources.tags import Tags

        return Tags(self)

    @property
    def users(self) -> Users[Self]:
        """Who can sign in to the account, and to which dashboards."""
        from textrequest_ext.resources.users import Users

        return Users(self)

    @property
    def webhooks(self) -> Webhooks[Self]:
        """Addresses that the service calls when something happens on a dashboard."""
        from textrequest_ext.resources.webhooks import Webhooks

        return Webhooks(self)
