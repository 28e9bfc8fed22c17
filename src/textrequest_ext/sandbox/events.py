"""What the service tells others: the payload of each event, each in its own casing (vendor)."""

from __future__ import annotations

import mimetypes
from typing import Any

from .models import Contact, Dashboard, Message, Payment
from .state import ACCOUNT_ID, State
from .times import zoned

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


def tell(
    state: State, dashboard: Dashboard, event: str, payload: dict[str, Any], also: str | None = None
) -> None:
    """Posts the payload to the callback of the message, if it has one, and to the hooks of the event."""
    if also:
        state.outbox.post(also, payload, event=event, schema=_SCHEMAS[event])
    for hook in dashboard.hooks.values():
        if hook.event == event and hook.is_connected:
            state.outbox.post(hook.target_url, payload, event=event, schema=_SCHEMAS[event], hook=hook)


def message_event(state: State, dashboard: Dashboard, contact: Contact, message: Message) -> None:
    """msg_sent or msg_received. The id in it is the conversation's, not the message's (vendor)."""
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
            "date": zoned(message.moment),
            "consumerPhoneNumber": contact.phone,
            "messageDirection": message.direction,
            "message": message.body,
            "numSegments": message.segments,
            "status": "unclaimed",
            "claimedBy": None,
            "consumerFriendlyName": contact.display_name,
            "mmsAttachments": [{"mimeType": _type_of(state, url), "url": url} for url in message.media],
        },
    }
    tell(state, dashboard, "msg_sent" if message.direction == "S" else "msg_received", payload)


def contact_created(state: State, dashboard: Dashboard, contact: Contact) -> None:
    payload = {
        "ContactId": contact.id,
        "LocationPhoneNumber": dashboard.phone,
        "ContactPhoneNumber": contact.phone,
        "ContactFriendlyName": contact.display_name,
    }
    tell(state, dashboard, "contact_created", payload)


def contact_updated(state: State, dashboard: Dashboard, contact: Contact) -> None:
    tell(state, dashboard, "contact_updated", contact.profile())


def status_updated(state: State, dashboard: Dashboard, message: Message) -> None:
    """The payload carries no phone number (live). Newer documents spell error_code errorCode (vendor)."""
    payload = {"message_id": message.id, "status": message.status, "error_code": message.error}
    tell(state, dashboard, "msg_status_updated", payload, also=message.status_callback)


def location_received(
    state: State,
    dashboard: Dashboard,
    message: Message,
    latitude: float,
    longitude: float,
    address: str | None,
) -> None:
    """The document's example has latitude and longitude swapped (vendor); each is under its name here."""
    payload = {
        "MessageId": message.id,
        "PhoneNumber": message.customer_phone,
        "DashboardId": dashboard.id,
        "Longitude": longitude,
        "Latitude": latitude,
        "FormattedAddress": address,
    }
    tell(state, dashboard, "location_received", payload, also=message.location_callback)


def payment_updated(state: State, dashboard: Dashboard, payment: Payment) -> None:
    payload = {"payment_id": payment.id, "status": payment.status, "reference_id": payment.reference}
    tell(state, dashboard, "payment_status_updated", payload)


def _type_of(state: State, url: str) -> str | None:
    return state.media.get(url) or mimetypes.guess_type(url)[0]
