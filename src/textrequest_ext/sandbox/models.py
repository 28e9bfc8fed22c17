"""What an account holds, each with the answer that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .answers import Rendered
from .timelines import Timeline
from .times import naive


@dataclass(slots=True, eq=False)
class Message:
    """A text, sent (S) or received (R). Change it through its methods: they forget the rendered rows."""

    id: str
    dashboard_id: int
    dashboard_phone: str
    customer_phone: str
    body: str
    direction: str
    moment: datetime
    segments: int = 1
    sender: str | None = None
    status: str | None = None
    error: str | None = None
    media: list[str] = field(default_factory=list)
    status_callback: str | None = None
    location_callback: str | None = None
    asks_location: bool = False
    redacted: bool = False
    _short: Rendered | None = None
    _long: Rendered | None = None

    def set_status(self, status: str | None, error: str | None = None) -> None:
        self.status, self.error = status, error
        self._short = self._long = None

    def set_redacted(self, redacted: bool) -> None:
        self.redacted = redacted
        self._short = self._long = None

    def answer(self) -> dict[str, Any]:
        return {
            "message_id": self.id,
            # open: what a redacted text reads as; it is hidden (live-test).
            "body": None if self.redacted else self.body,
            "message_direction": self.direction,
            "response_by_username": self.sender,  # live: null unless somebody is named
            "message_timestamp_utc": naive(self.moment),
            "delivery_status": self.status,  # live: null on messages received
            "delivery_error": self.error,
            "mms_media": self.media,
        }

    def short(self) -> Rendered:
        """As the messages with one contact show it."""
        if self._short is None:
            self._short = Rendered.of(self.answer())
        return self._short

    def long(self) -> Rendered:
        """As the messages of a dashboard show it."""
        if self._long is None:
            self._long = Rendered.of(
                {
                    **self.answer(),
                    "dashboard_phone": self.dashboard_phone,
                    "customer_phone": self.customer_phone,
                    "segments_count": self.segments,
                    "customer_friendly_name": None,  # live: null
                }
            )
        return self._long


@dataclass(slots=True, eq=False)
class Contact:
    """A person of a dashboard, known by phone number."""

    id: int
    phone: str
    thread_id: str
    created: datetime
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
    fields: dict[str, str | None] = field(default_factory=dict)
    opted_out: datetime | None = None
    first_contact: datetime | None = None
    last_sent: datetime | None = None
    last_received: datetime | None = None
    total_sent: int = 0
    total_received: int = 0
    responses: int = 0
    messages: Timeline = field(default_factory=Timeline)

    @property
    def last_contact(self) -> datetime | None:
        moments = [moment for moment in (self.last_sent, self.last_received) if moment]
        return max(moments, default=None)

    def profile(self) -> dict[str, Any]:
        """The fields that the webhook contact_updated carries as well."""
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
            "custom_fields": [{"id": key, "value": value} for key, value in self.fields.items()],
            "is_resolved": self.is_resolved,
            "first_contact_utc": naive(self.first_contact),
            "opted_out_utc": naive(self.opted_out),
        }

    def answer(self) -> dict[str, Any]:
        last = self.messages.last()
        return {
            **self.profile(),
            "last_msg_sent_utc": naive(self.last_sent),
            "last_msg_received_utc": naive(self.last_received),
            "total_msgs_sent": self.total_sent,
            "total_msgs_received": self.total_received,
            "response_count": self.responses,
            "date_created_utc": naive(self.created),
            "last_contact_date_utc": naive(self.last_contact),
            "thread_id": self.thread_id,  # live, undocumented
            "last_message": last.answer() if last else None,
        }


@dataclass(slots=True, eq=False)
class Group:
    id: int
    name: str
    notes: str | None = None
    is_keyword: bool = False
    members: set[str] = field(default_factory=set)
    last_message: datetime | None = None

    def answer(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "group_member_count": len(self.members),
            "is_keyword": self.is_keyword,
            "name": self.name,
            "notes": self.notes,
            "last_message_sent_utc": naive(self.last_message),
        }


@dataclass(slots=True, eq=False)
class Hook:
    id: int
    dashboard_id: int
    target_url: str
    event: str
    verb: str
    is_connected: bool = True
    failures: int = 0

    def answer(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "target_url": self.target_url,
            "event": self.event,
            "dashboard_id": self.dashboard_id,
            "httpVerb": self.verb,  # vendor: http_verb in requests
            "is_user_defined": False,
            "is_connected": self.is_connected,
        }


@dataclass(slots=True, eq=False)
class Payment:
    id: int
    description: str
    customer_phone: str
    recipient: str | None
    amount: float
    reference: str | None
    requested: datetime
    status: str = "Sent"
    transaction: str = "Unknown"
    reminded: bool = False

    @property
    def is_open(self) -> bool:
        return self.status in {"Sent", "PastDue"}

    def answer(self) -> dict[str, Any]:
        return {
            "description": self.description,
            "payment_id": self.id,
            "request_date": naive(self.requested),
            "recipient": self.recipient,
            "customer_phone": self.customer_phone,
            "amount_requested": self.amount,
            "is_past_due": self.status == "PastDue",
            "reminder_was_sent": self.reminded,
            "transaction_status": self.transaction,
            "textrequest_payment_status": self.status,
            "reference_number": self.reference,
        }


@dataclass(slots=True, eq=False)
class Dashboard:
    """One phone number of the account, with all that belongs to it.

    Things nobody has to look into (tags, fields, keywords, reviews, campaigns, scheduled messages) are
    kept as the answers that show them.
    """

    id: int
    name: str
    phone: str
    payments_on: bool = False
    contacts: dict[str, Contact] = field(default_factory=dict)
    messages: Timeline = field(default_factory=Timeline)
    sent: Timeline = field(default_factory=Timeline)
    received: Timeline = field(default_factory=Timeline)
    groups: dict[int, Group] = field(default_factory=dict)
    tags: dict[str, dict[str, Any]] = field(default_factory=dict)
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    keywords: dict[int, dict[str, Any]] = field(default_factory=dict)
    payments: dict[int, Payment] = field(default_factory=dict)
    hooks: dict[int, Hook] = field(default_factory=dict)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    campaigns: dict[int, dict[str, Any]] = field(default_factory=dict)
    scheduled: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self) -> dict[str, Any]:
        # timeZoneId is live, undocumented and null as a rule.
        return {"id": self.id, "name": self.name, "phone": self.phone, "timeZoneId": None}
