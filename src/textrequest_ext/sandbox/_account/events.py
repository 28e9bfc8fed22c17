"""Webhook events: builds the payload of each event, in the event's own casing (vendor), and sends it."""

from __future__ import annotations

import mimetypes
from typing import Any

from .models import Contact, Dashboard, Message, Payment
from .state import ACCOUNT_ID, State
from .timestamps import format_zoned

EVENTS = (
    "msg_sent",
    "msg_received",
    "contact_created",
    "msg_status_updated",
    "location_received",
    "payment_status_updated",
    "contact_updated",
)
_SCHEMAS = {
    "msg_sent": "webhook_payload_msg",
    "msg_received": "webhook_payload_msg",
    "contact_created": "webhook_payload_contact_created",
    "contact_updated": "webhook_payload_contact_updated",
    "msg_status_updated": "webhook_payload_message_status",
    "location_received": "webhook_payload_location_callback",
    "payment_status_updated": "webhook_payload_payment",
}


def send_message_event(state: State, dashboard: Dashboard, contact: Contact, message: Message) -> None:
    """Sends msg_sent or msg_received. `conversation.id` is not the message's id (vendor)."""
    payload = {
        "messageUniqueIdentifier": message.id,
        "account": {"id": ACCOUNT_ID, "externalAccountId": None},
        "yourPhoneNumber": {
            "description": dashboard.name,
            "id": dashboard.id,
            "externalPhoneId": None,
            "phoneNumber": dashboard.phone,
        },
        "conversation": {
            "id": contact.id,
            "date": format_zoned(message.timestamp),
            "consumerPhoneNumber": contact.phone,
            "messageDirection": message.direction,
            "message": message.body,
            "numSegments": message.segment_count,
            "status": "unclaimed",
            "claimedBy": None,
            "consumerFriendlyName": contact.display_name,
            "mmsAttachments": [{"mimeType": _media_type(state, url), "url": url} for url in message.media],
        },
    }
    _send(state, dashboard, "msg_sent" if message.direction == "S" else "msg_received", payload)


def send_contact_created(state: State, dashboard: Dashboard, contact: Contact) -> None:
    payload = {
        "ContactId": contact.id,
        "LocationPhoneNumber": dashboard.phone,
        "ContactPhoneNumber": contact.phone,
        "ContactFriendlyName": contact.display_name,
    }
    _send(state, dashboard, "contact_created", payload)


def send_contact_updated(state: State, dashboard: Dashboard, contact: Contact) -> None:
    _send(state, dashboard, "contact_updated", contact.profile())


def send_status_updated(state: State, dashboard: Dashboard, message: Message) -> None:
    """The payload has no phone number (live). Newer documents spell error_code as errorCode (vendor)."""
    payload = {"message_id": message.id, "status": message.status, "error_code": message.error_code}
    _send(state, dashboard, "msg_status_updated", payload, message_callback=message.status_callback)


def send_location_received(
    state: State,
    dashboard: Dashboard,
    message: Message,
    latitude: float,
    longitude: float,
    address: str | None,
) -> None:
    """The example in the vendor's document swaps latitude and longitude; this payload does not."""
    payload = {
        "MessageId": message.id,
        "PhoneNumber": message.customer_phone,
        "DashboardId": dashboard.id,
        "Longitude": longitude,
        "Latitude": latitude,
        "FormattedAddress": address,
    }
    _send(state, dashboard, "location_received", payload, message_callback=message.location_callback)


def send_payment_updated(state: State, dashboard: Dashboard, payment: Payment) -> None:
    payload = {"payment_id": payment.id, "status": payment.status, "reference_id": payment.reference_number}
    _send(state, dashboard, "payment_status_updated", payload)


def _send(
    state: State,
    dashboard: Dashboard,
    event: str,
    payload: dict[str, Any],
    *,
    message_callback: str | None = None,
) -> None:
    """Sends the payload to the message's callback URL, if it has one, and to the event's webhooks."""
    schema = _SCHEMAS[event]
    if message_callback:
        state.callbacks.send(message_callback, payload, event=event, schema=schema)
    for webhook in dashboard.webhooks.values():
        if webhook.event == event and webhook.is_connected:
            state.callbacks.send(webhook.target_url, payload, event=event, schema=schema, webhook=webhook)


def _media_type(state: State, url: str) -> str | None:
    return state.media.get(url) or mimetypes.guess_type(url)[0]
