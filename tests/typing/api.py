"""Uses of the SDK for the type checkers; this file is never run.

mypy --strict and pyright must accept every line. Every `assert_type` is part of the public API: the
nightly job checks the previous release's copy of this file against new code, to find changes that break
the types of users.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, time
from typing import Any, assert_type

import httpx

from textrequest_api.api.contacts import contacts_get, contacts_list
from textrequest_api.client import AuthenticatedClient
from textrequest_api.models import (
    Campaign,
    Contact,
    Conversation,
    CustomField,
    Dashboard,
    DashboardMessage,
    Group,
    Keyword,
    Message,
    MmsMedia,
    Payment,
    PostMessageResponse,
    PostWebhookRequestEvent,
    Review,
    ScheduledMessage,
    Tag,
    UpdateContactRequest,
    User,
    Webhook,
)
from textrequest_api.typed_dicts import (
    CustomFieldEntryDict,
    PostGroupRequestDict,
    PostWebhookRequestDict,
    UpdateContactRequestDict,
)
from textrequest_ext import (
    LOCATION_REQUEST_TAG,
    APIStatusError,
    AsyncContactSync,
    AsyncPager,
    AsyncSendRun,
    AsyncTextRequest,
    ContactResult,
    ContactSync,
    Limits,
    OutgoingMessage,
    Page,
    Pager,
    RawResponse,
    Reconciliation,
    Replacement,
    RetryPolicy,
    Segments,
    SendOutcomeUnknownError,
    SendResult,
    SendRun,
    TextRequest,
    TextRequestError,
    has_location_tag,
    parse_model,
    parse_phone_number,
    segments,
    smart_text,
    webhooks,
    with_location_tag,
)


def blocking(client: TextRequest, since: datetime) -> None:
    assert_type(client.dashboards.list(), Pager[Dashboard])
    assert_type(client.dashboards.get(121), Dashboard)
    assert_type(client.with_raw_response.dashboards.get(121), RawResponse[Dashboard])
    assert_type(client.with_raw_response.contacts.get(121, "5555550123").parse(), Contact | None)
    assert_type(client.with_raw_response.dashboards.list(), Pager[Dashboard])
    assert_type(client.dashboards.available_numbers(area_code=423), list[str])
    assert_type(client.dashboards.delete(121), None)
    assert_type(client.conversations.list(121, tags=["a"], include_archived=True), Pager[Conversation])
    assert_type(client.conversations.archive(121, "5555550123"), None)
    assert_type(client.messages.list(121, start_date=since, sort="desc"), Pager[DashboardMessage])
    assert_type(client.messages.list_with_contact(121, "5555550123"), Pager[Message])
    assert_type(client.messages.send("5555550123", "5555550142", "Hello"), PostMessageResponse)
    assert_type(client.messages.send_to_contact(121, "5555550123", "Hello", sender_name="Ann"), Message)
    assert_type(
        client.messages.request_location(121, "5555550123", "Where?", callback="https://example.com"), Message
    )
    assert_type(client.messages.upload_media("photo.png"), MmsMedia)
    assert_type(client.messages.redact("id"), None)
    assert_type(client.messages.list_scheduled(121, recurring_only=True), Pager[ScheduledMessage])
    assert_type(client.messages.get_scheduled(121, "id"), ScheduledMessage | None)
    assert_type(client.messages.wait_for_delivery(121, "id", timeout=5), DashboardMessage | None)
    assert_type(client.contacts.list(121, groups=[1], custom_fields=[("id", "value")]), Pager[Contact])
    assert_type(client.contacts.get(121, "5555550123"), Contact | None)
    assert_type(
        client.contacts.upsert(121, "5555550123", first_name="Ann", contact_tags=[], note=None), Contact
    )
    requests = [UpdateContactRequest(phone_number="1")]
    assert_type(client.contacts.bulk_update(121, body=requests), list[Contact])
    assert_type(client.contacts.delete(121, "5555550123"), None)
    rows = [{"phone_number": "5555550123", "groups": [18]}]
    assert_type(client.contacts.sync(121, rows, start=3, chunk_size=50, compare=True), ContactSync)
    assert_type(next(client.contacts.sync(121, client.contacts.list(122))), ContactResult)
    assert_type(client.with_raw_response.contacts.sync(121, rows), ContactSync)
    client.messages.send("5555550123", "5555550142", "Hello", max_segments=2, smart=True)
    assert_type(segments("Hello"), Segments)
    assert_type(segments("Hello").ucs2_characters, tuple[str, ...])
    assert_type(smart_text("Hello").changes, tuple[Replacement, ...])
    assert_type(parse_model(Contact, {"phone_number": "15555550123"}), Contact)
    assert_type(parse_phone_number("555-555-0123 x4", drop_extension=True), str)
    assert_type(client.groups.list(121), Pager[Group])
    assert_type(client.groups.create(121, name="Employees"), Group)
    assert_type(client.tags.list(121), Pager[Tag])
    assert_type(client.tags.get(121, "id"), Tag | None)
    assert_type(client.custom_fields.list(121), list[CustomField])
    assert_type(client.keywords.update(121, 4, keyword_value="JOIN"), Keyword)
    assert_type(client.users.list(email="ann@example.com"), Pager[User])
    assert_type(client.payments.list(121, sort_type="amount"), Pager[Payment])
    assert_type(client.payments.set_enabled(121, active=True), None)
    assert_type(client.reviews.list(121), Pager[Review])
    assert_type(client.campaigns.get(121, 3), Campaign | None)
    assert_type(client.webhooks.event_types(), list[str])
    assert_type(
        client.webhooks.create(121, target_url="https://example.com", event=PostWebhookRequestEvent.MSG_SENT),
        Webhook,
    )
    assert_type(client.webhooks.create(121, target_url="https://example.com", event="msg_sent"), Webhook)
    assert_type(client.webhooks.reconnect(121, 7), None)
    assert_type(client.webhooks.ensure(121, target_url="https://example.com", event="msg_sent"), Webhook)


def raw_responses(client: TextRequest) -> None:
    raw = client.with_raw_response
    response = raw.messages.send("5555550123", "5555550142", "Hello", max_segments=1)
    assert_type(response, RawResponse[PostMessageResponse])
    assert_type(response.parse(), PostMessageResponse)
    assert_type(response.status_code, int)
    assert_type(response.headers, httpx.Headers)
    assert_type(response.content, bytes)
    assert_type(response.request_id, str | None)
    assert_type(response.elapsed, float)
    assert_type(response.attempts, int)
    assert_type(raw.messages.send_to_contact(121, "5555550142", "Hello").parse(), Message)
    assert_type(raw.messages.request_location(121, "5555550142", "Where?"), RawResponse[Message])
    assert_type(raw.messages.upload_media("photo.png"), RawResponse[MmsMedia])
    assert_type(raw.messages.redact("id"), RawResponse[None])
    assert_type(raw.contacts.bulk_update(121, []).parse(), list[Contact])
    assert_type(raw.call(contacts_get.operation, 121, "5555550123"), RawResponse[Contact | None])
    assert_type(raw.paginate(contacts_list.operation, 121), Pager[Contact])
    assert_type(raw.messages.send_many(121, []), SendRun)
    assert_type(raw.messages.wait_for_delivery(121, "id"), DashboardMessage | None)
    assert_type(raw.webhooks.ensure(121, target_url="https://example.com", event="msg_sent"), Webhook)
    for page in client.contacts.list(121).pages():
        assert_type(page.response.status_code, int)
        assert_type(page.response.request_id, str | None)
        assert_type(page.response.headers, httpx.Headers)


async def raw_responses_async(client: AsyncTextRequest) -> None:
    raw = client.with_raw_response
    response = await raw.messages.send("5555550123", "5555550142", "Hello")
    assert_type(response, RawResponse[PostMessageResponse])
    assert_type(response.parse(), PostMessageResponse)
    assert_type((await raw.messages.send_to_contact(121, "5555550142", "Hello")).parse(), Message)
    assert_type(await raw.messages.request_location(121, "5555550142", "Where?"), RawResponse[Message])
    assert_type(await raw.call(contacts_get.operation, 121, "5555550123"), RawResponse[Contact | None])
    assert_type(raw.paginate(contacts_list.operation, 121), AsyncPager[Contact])
    assert_type(raw.messages.send_many(121, []), AsyncSendRun)
    assert_type(await raw.messages.wait_for_delivery(121, "id"), DashboardMessage | None)
    async for page in client.contacts.list(121).pages():
        assert_type(page.response, RawResponse[Any])
        assert_type(page.response.attempts, int)


def dicts_and_open_values(client: TextRequest) -> None:
    contact: UpdateContactRequestDict = {"phone_number": "5555550123", "custom_fields": [{"id": "f1"}]}
    entries: list[CustomFieldEntryDict] = [{"id": "f1", "value": None}]
    webhook: PostWebhookRequestDict = {"target_url": "https://example.com", "event": "msg_sent"}
    group: PostGroupRequestDict = {"name": "Employees"}
    assert_type(client.contacts.bulk_update(121, [contact, UpdateContactRequest("1")]), list[Contact])
    assert_type(client.contacts.bulk_update(121, [{"phone_number": "1", "groups": [18]}]), list[Contact])
    assert_type(client.contacts.upsert(121, "5555550123", custom_fields=entries), Contact)
    assert_type(client.contacts.sync(121, [contact]), ContactSync)
    assert_type(client.users.update(3, permissions=[{"dashboard_id": 121, "role": "CSR"}]), User)
    assert_type(client.webhooks.create(121, **webhook), Webhook)
    assert_type(client.groups.create(121, **group), Group)
    # Values that the contract does not know yet.
    name = str(group["name"])
    client.messages.list(121, sort=name, message_direction="X")
    client.webhooks.create(121, target_url="https://example.com", event="payment_refunded")
    client.webhooks.ensure(121, target_url="https://example.com", event=name)
    webhooks.parse(b"", event=name)


async def asynchronous(client: AsyncTextRequest) -> None:
    assert_type(await client.dashboards.get(121), Dashboard)
    assert_type(await client.with_raw_response.dashboards.get(121), RawResponse[Dashboard])
    assert_type(client.with_raw_response.dashboards.list(), AsyncPager[Dashboard])
    assert_type(client.conversations.list(121), AsyncPager[Conversation])
    assert_type(client.messages.list(121), AsyncPager[DashboardMessage])
    assert_type(await client.messages.send("5555550123", "5555550142", "Hello"), PostMessageResponse)
    assert_type(await client.messages.wait_for_delivery(121, "id"), DashboardMessage | None)
    assert_type(await client.contacts.get(121, "5555550123"), Contact | None)
    assert_type(client.contacts.sync(121, client.contacts.list(122)), AsyncContactSync)
    assert_type(await anext(client.contacts.sync(121, [UpdateContactRequest("1")])), ContactResult)
    assert_type(client.groups.list(121), AsyncPager[Group])
    assert_type(await client.tags.get(121, "id"), Tag | None)
    assert_type(await client.custom_fields.list(121), list[CustomField])
    assert_type(await client.keywords.get(121, 4), Keyword | None)
    assert_type(await client.users.get(3), User | None)
    assert_type(await client.payments.cancel(121, 4), Payment)
    assert_type(client.reviews.list(121), AsyncPager[Review])
    assert_type(client.campaigns.list(121), AsyncPager[Campaign])
    assert_type(await client.webhooks.event_types(), list[str])


def pager(client: TextRequest) -> None:
    contacts = client.contacts.list(121)
    for contact in contacts.limit(10).starting_at(2).concurrent(4).unique("phone_number"):
        assert_type(contact, Contact)
        assert_type(contact.phone_number, str)
        assert_type(contact.first_name, str | None)
        assert_type(contact.last_msg_sent_utc, datetime | None)
    for page in contacts.pages():
        assert_type(page, Page[Contact])
        assert_type(page.items, list[Contact])
        assert_type(page.total, int | None)
    assert_type(contacts.first(), Contact | None)
    assert_type(contacts.collect(), list[Contact])
    assert_type(contacts.count(), int)
    assert_type(contacts.unique(lambda contact: contact.phone_number), Pager[Contact])
    assert_type(contacts.prefetch(False).concurrent(8).prefetch(), Pager[Contact])
    try:
        contacts.collect()
    except TextRequestError as error:
        assert_type(error.page, int | None)


async def async_pager(client: AsyncTextRequest) -> None:
    contacts = client.contacts.list(121)
    async for contact in contacts.limit(10).concurrent(4):
        assert_type(contact, Contact)
    async for page in contacts.pages():
        assert_type(page, Page[Contact])
    assert_type(contacts.prefetch(False), AsyncPager[Contact])
    assert_type(await contacts.first(), Contact | None)
    assert_type(await contacts.collect(), list[Contact])
    assert_type(await contacts.count(), int)


def any_operation(client: TextRequest) -> None:
    assert_type(client.call(contacts_get.operation, 121, "5555550123"), Contact | None)
    assert_type(client.paginate(contacts_list.operation, 121, display_name="Ann"), Pager[Contact])
    assert_type(client.low_level, AuthenticatedClient)
    assert_type(client.with_options(timeout=5, retries=0), TextRequest)
    assert_type(
        client.contacts.get(
            121, "5555550123", extra_query={"new": "1"}, extra_headers={"x": "y"}, timeout=3.0
        ),
        Contact | None,
    )


async def any_operation_async(client: AsyncTextRequest) -> None:
    assert_type(await client.call(contacts_get.operation, 121, "5555550123"), Contact | None)
    assert_type(client.paginate(contacts_list.operation, 121), AsyncPager[Contact])


def configuration() -> None:
    limits = Limits(requests_per_second=10, texts_per_second=0.5, redis_url="redis://localhost:6379/0")
    with TextRequest("key", timeout=5.0, retries=RetryPolicy(retries=4), limits=limits) as client:
        assert_type(client, TextRequest)
    TextRequest(retries=0, base_url="http://127.0.0.1:8000/api/v3")
    tag: str = LOCATION_REQUEST_TAG
    assert_type(with_location_tag(tag), str)
    assert_type(has_location_tag("Hello"), bool)
    assert_type(with_location_tag("Hello"), str)


def error_handling(client: TextRequest) -> Any:
    try:
        return client.messages.send("5555550123", "5555550142", "Hello")
    except SendOutcomeUnknownError:
        raise
    except APIStatusError as error:
        assert_type(error.status_code, int)
        assert_type(error.code, str | None)
        assert_type(error.retry_after, float | None)


def webhook_delivery(body: bytes, headers: dict[str, str]) -> None:
    event = webhooks.receive(body, headers, api_key="key", event="msg_received")
    if isinstance(event, webhooks.MessageReceived):
        assert_type(event.body, str | None)
        assert_type(event.raw, dict[str, Any])


def reliable_sending(client: TextRequest, messages: list[OutgoingMessage]) -> None:
    assert_type(
        client.messages.send("5555550123", "5555550142", "Hi", if_unknown="reconcile", settle=30),
        PostMessageResponse,
    )
    assert_type(client.messages.send_to_contact(121, "5555550142", "Hi", if_unknown="resend"), Message)
    try:
        client.messages.request_location(121, "5555550142", "Where are you?", if_unknown="raise")
    except SendOutcomeUnknownError as error:
        result: Reconciliation = error.reconcile(settle=30)
        assert_type(result.message, Message | None)
        assert_type(error.reconciliation, Reconciliation | None)
    run = client.messages.send_many(121, messages, journal="reminders.journal", hours=(time(9), time(20)))
    assert_type(run, SendRun)
    with run:
        for sent in run:
            assert_type(sent, SendResult)
            assert_type(sent.message, OutgoingMessage)
            assert_type(sent.response, Message | None)


async def reliable_sending_async(client: AsyncTextRequest, messages: AsyncIterator[OutgoingMessage]) -> None:
    assert_type(await client.messages.send_to_contact(121, "5555550142", "Hi", if_unknown="resend"), Message)
    try:
        await client.messages.send("5555550123", "5555550142", "Hi")
    except SendOutcomeUnknownError as error:
        assert_type(await error.reconcile(), Reconciliation)
    async with client.messages.send_many(121, messages, per_second=5, opted_out=["5555550123"]) as run:
        assert_type(run, AsyncSendRun)
        async for sent in run:
            assert_type(sent, SendResult)
