"""The people a dashboard exchanges texts with, identified by phone number."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from textrequest_api._arguments import check_names
from textrequest_api.api.contacts import (
    contacts_bulk_update,
    contacts_delete,
    contacts_get,
    contacts_list,
    contacts_update,
    contacts_upsert,
)
from textrequest_api.models.contact import Contact
from textrequest_api.models.update_contact_request import UpdateContactRequest
from textrequest_api.types import UNSET, Unset
from textrequest_ext._operations.clients import AnyAsyncClient, AnyBlockingClient
from textrequest_ext._operations.descriptors import ClientT_co, Resource, adapted, call, paged

if TYPE_CHECKING:
    import httpx

    from textrequest_api.typed_dicts import UpdateContactRequestDict
    from textrequest_ext._contacts.runs import AsyncContactSync, ContactSync

    ContactLike = UpdateContactRequestDict | Mapping[str, Any] | UpdateContactRequest | Contact


def _bulk_update(
    dashboard_id: int,
    body: Sequence[UpdateContactRequest | UpdateContactRequestDict],
    *,
    extra_query: Mapping[str, Any] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    timeout: httpx.Timeout | float | Unset | None = UNSET,
) -> dict[str, Any]:
    """Create or change many contacts in one request. Returns the contacts as a list.

    body: one UpdateContactRequest per contact, or a dict of its fields; the phone number identifies the
    contact (10 or 11 digits, punctuation allowed). Omitted tags and custom fields are kept, [] removes all
    of them. extra_query: query parameters that the contract does not define. extra_headers: headers of
    this request. timeout: seconds, or an httpx.Timeout, instead of the client's; None disables it.

    Raises PhoneNumberError, with the index of the contact.
    """
    return {
        "dashboard_id": dashboard_id,
        "body": body,
        "extra_query": extra_query,
        "extra_headers": extra_headers,
        "timeout": timeout,
    }


class Contacts(Resource[ClientT_co]):
    """The people a dashboard exchanges texts with, identified by phone number."""

    list = paged(contacts_list.operation)
    """The contacts of a dashboard that match the filters."""
    get = call(contacts_get.operation)
    """One contact by phone number, or None."""
    upsert = call(contacts_upsert.operation)
    """Create or change a contact. Omitted fields are kept; [] removes all tags or custom fields."""
    update = call(contacts_update.operation)
    """Add or remove one group or one tag, or set one custom field."""
    delete = call(contacts_delete.operation)
    """Delete a contact. Raises BadRequestError if the contact has a message history."""
    bulk_update = call(adapted(contacts_bulk_update.operation, _bulk_update))
    """Create or change many contacts in one request."""

    @overload
    def sync(
        self: Resource[AnyBlockingClient],
        dashboard_id: int,
        contacts: Iterable[ContactLike],
        *,
        start: int = 0,
        chunk_size: int = 100,
        compare: bool = False,
        phone_parser: Callable[[Any], str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        timeout: httpx.Timeout | float | Unset | None = UNSET,
    ) -> ContactSync: ...
    @overload
    def sync(
        self: Resource[AnyAsyncClient],
        dashboard_id: int,
        contacts: Iterable[ContactLike] | AsyncIterable[ContactLike],
        *,
        start: int = 0,
        chunk_size: int = 100,
        compare: bool = False,
        phone_parser: Callable[[Any], str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        timeout: httpx.Timeout | float | Unset | None = UNSET,
    ) -> AsyncContactSync: ...
    @check_names
    def sync(self, dashboard_id: int, contacts: Any, **options: Any) -> Any:
        """Create or change many contacts, in chunks. Returns an iterator of one ContactResult for each.

        contacts: mappings with the fields of UpdateContactRequest, or models, read as they are needed; the
        async client also takes an async iterable. Omitted fields are kept. A contact that is not valid gets
        a result with the reason, and the others are sent. Nothing is sent before the first result is read.

        start: how many items of the input to pass over, the `position` of an earlier run. chunk_size:
        contacts in one request, 1 to 1000; the service documents no limit. compare: read each contact
        first, with one request each: contacts without a difference are not sent, and the outcome is exact.
        phone_parser: function that takes the phone number of an item and returns 10 or 11 digits or raises
        PhoneNumberError, such as parse_phone_number. extra_query, extra_headers, timeout: of each request.
        docs/contacts.md describes them, and how to resume.

        An opt-out is never undone: is_suppressed and is_blocked are only sent as True, suppressed_reason
        only with is_suppressed, and an item with opted_out_utc is skipped.

        Raises InvalidArgumentError for invalid options. The iterator raises APIConnectionError,
        APIStatusError and what the iterable raises; after an error it can be continued.
        """
        from textrequest_ext._contacts.runs import sync

        return sync(self._client, dashboard_id, contacts, **options)
