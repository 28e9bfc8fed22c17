"""The objects of an account. `to_dict()` of each is the JSON object in the service's responses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from textrequest_ext.sandbox._json import EncodedObject

from .timeline import Timeline
from .timestamps import format_naive


@dataclass(slots=True, eq=False, kw_only=True)
class Message:
    """A message, sent (direction S) or received (R).

    Change it through its methods only: they discard the cached JSON.
    """

    id: str
    dashboard_id: int
    dashboard_phone: str
    customer_phone: str
    body: str
    direction: str
    timestamp: datetime
    segment_count: int = 1
    sender_name: str | None = None
    status: str | None = None
    error_code: str | None = None
    media: list[str] = field(default_factory=list)
    status_callback: str | None = None
    location_callback: str | None = None
    requests_location: bool = False
    is_redacted: bool = False
    _contact_item: EncodedObject | None = None
    _dashboard_item: EncodedObject | None = None

    def set_status(self, status: str | None, error_code: str | None = None) -> None:
        self.status, self.error_code = status, error_code
        self._contact_item = self._dashboard_item = None

    def set_redacted(self, is_redacted: bool) -> None:
        self.is_redacted = is_redacted
        self._contact_item = self._dashboard_item = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "message_id": self.id,
            # The service hides a redacted body (live-test); open: what it returns instead.
            "body": None if self.is_redacted else self.body,
            "message_direction": self.direction,
            "response_by_username": self.sender_name,  # live: null if no user is named
            "message_timestamp_utc": format_naive(self.timestamp),
            "delivery_status": self.status,  # live: null for received messages
            "delivery_error": self.error_code,
            "mms_media": self.media,
        }

    def contact_item(self) -> EncodedObject:
        """The item in the list of messages with one contact."""
        if self._contact_item is None:
            self._contact_item = EncodedObject.from_payload(self.to_dict())
        return self._contact_item

    def dashboard_item(self) -> EncodedObject:
        """The item in the list of a dashboard's messages."""
        if self._dashboard_item is None:
            self._dashboard_item = EncodedObject.from_payload(
                {
                    **self.to_dict(),
                    "dashboard_phone": self.dashboard_phone,
                    "customer_phone": self.customer_phone,
                    "segments_count": self.segment_count,
                    "customer_friendly_name": None,  # live: null
                }
            )
        return self._dashboard_item


@dataclass(slots=True, eq=False)
class Contact:
    """A contact of a dashboard, identified by phone number."""

    id: int
    phone: str
    thread_id: str
    created_at: datetime
    first_name: str | None = None
    last_name: str | None = None
    display_name: str | None = None
    is_suppressed: bool = False
    is_archived: bool = False
    is_blocked: bool = False
    is_resolved: bool = False
    suppressed_reason: str | None = None
    note: str | None = None
    groups: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    custom_fields: dict[str, str | None] = field(default_factory=dict)
    opted_out_at: datetime | None = None
    first_contact_at: datetime | None = None
    last_sent_at: datetime | None = None
    last_received_at: datetime | None = None
    total_sent: int = 0
    total_received: int = 0
    response_count: int = 0
    messages: Timeline[Message] = field(default_factory=Timeline)

    @property
    def last_contact_at(self) -> datetime | None:
        timestamps = [timestamp for timestamp in (self.last_sent_at, self.last_received_at) if timestamp]
        return max(timestamps, default=None)

    def profile(self) -> dict[str, Any]:
        """The fields that are also the payload of the webhook event contact_updated."""
        return {
            "phone_number": self.phone,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "display_name": self.display_name,
            "is_suppressed": self.is_suppressed,
            "is_archived": self.is_archived,
            "is_blocked": self.is_blocked,
            "suppressed_reason": self.suppressed_reason,
            "note": self.note,
            "groups": list(self.groups),
            "contact_tags": list(self.tags),
            "custom_fields": [{"id": key, "value": value} for key, value in self.custom_fields.items()],
            "is_resolved": self.is_resolved,
            "first_contact_utc": format_naive(self.first_contact_at),
            "opted_out_utc": format_naive(self.opted_out_at),
        }

    def to_dict(self) -> dict[str, Any]:
        last_message = self.messages.last()
        return {
            **self.profile(),
            "last_msg_sent_utc": format_naive(self.last_sent_at),
            "last_msg_received_utc": format_naive(self.last_received_at),
            "total_msgs_sent": self.total_sent,
            "total_msgs_received": self.total_received,
            "response_count": self.response_count,
            "date_created_utc": format_naive(self.created_at),
            "last_contact_date_utc": format_naive(self.last_contact_at),
            "thread_id": self.thread_id,  # live, undocumented
            "last_message": last_message.to_dict() if last_message else None,
        }


@dataclass(slots=True, eq=False)
class Group:
    """A group of contacts. members: their phone numbers."""

    id: int
    name: str
    notes: str | None = None
    is_keyword: bool = False
    members: set[str] = field(default_factory=set)
    last_message_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "group_member_count": len(self.members),
            "is_keyword": self.is_keyword,
            "name": self.name,
            "notes": self.notes,
            "last_message_sent_utc": format_naive(self.last_message_at),
        }


@dataclass(slots=True, eq=False)
class Webhook:
    """A registered webhook. failures: failed deliveries in a row."""

    id: int
    dashboard_id: int
    target_url: str
    event: str
    http_verb: str
    is_connected: bool = True
    failures: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "target_url": self.target_url,
            "event": self.event,
            "dashboard_id": self.dashboard_id,
            "httpVerb": self.http_verb,  # vendor: http_verb in requests
            "is_user_defined": False,
            "is_connected": self.is_connected,
        }


@dataclass(slots=True, eq=False, kw_only=True)
class Payment:
    """A request for a payment, sent to a contact."""

    id: int
    description: str
    customer_phone: str
    recipient: str | None
    amount: float
    reference_number: str | None
    requested_at: datetime
    status: str = "Sent"
    transaction_status: str = "Unknown"
    reminder_sent: bool = False

    @property
    def is_open(self) -> bool:
        return self.status in {"Sent", "PastDue"}

    def to_dict(self) -> dict[str, Any]:
        return {
            "description": self.description,
            "payment_id": self.id,
            "request_date": format_naive(self.requested_at),
            "recipient": self.recipient,
            "customer_phone": self.customer_phone,
            "amount_requested": self.amount,
            "is_past_due": self.status == "PastDue",
            "reminder_was_sent": self.reminder_sent,
            "transaction_status": self.transaction_status,
            "textrequest_payment_status": self.status,
            "reference_number": self.reference_number,
        }


@dataclass(slots=True, eq=False)
class Dashboard:
    """One phone number of the account, with everything that belongs to it.

    Tags, custom fields, keywords, reviews, campaigns and scheduled messages are stored as the JSON
    objects of the responses, because no rule needs more of them.
    """

    id: int
    name: str
    phone: str
    payments_enabled: bool = False
    contacts: dict[str, Contact] = field(default_factory=dict)
    messages: Timeline[Message] = field(default_factory=Timeline)
    sent_messages: Timeline[Message] = field(default_factory=Timeline)
    received_messages: Timeline[Message] = field(default_factory=Timeline)
    groups: dict[int, Group] = field(default_factory=dict)
    tags: dict[str, dict[str, Any]] = field(default_factory=dict)
    custom_fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    keywords: dict[int, dict[str, Any]] = field(default_factory=dict)
    payments: dict[int, Payment] = field(default_factory=dict)
    webhooks: dict[int, Webhook] = field(default_factory=dict)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    campaigns: dict[int, dict[str, Any]] = field(default_factory=dict)
    scheduled_messages: dict[str, dict[str, Any]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        # live: timeZoneId is undocumented and usually null.
        return {"id": self.id, "name": self.name, "phone": self.phone, "timeZoneId": None}
