"""Sending and receiving messages, and their effects: delivery status, opt-outs and keywords."""

from __future__ import annotations

from dataclasses import dataclass, field

from textrequest_ext import segments
from textrequest_ext.sandbox._contract import is_uri

from .delivery_outcomes import OPTED_OUT, DeliveryOutcome
from .errors import ServiceError
from .events import (
    send_contact_created,
    send_contact_updated,
    send_message_event,
    send_status_updated,
)
from .models import Contact, Dashboard, Message
from .state import State

LOCATION_REQUEST_TAG = "[LocationRequest]"  # vendor
MAX_ATTACHMENTS = 3  # vendor
_OPT_OUT_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"}
)  # STOP: vendor, the others: third
_OPT_IN_WORDS = frozenset({"START", "UNSTOP", "YES"})  # third


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """The parameters of a send request."""

    body: str
    sender_name: str | None = None
    status_callback: str | None = None
    location_callback: str | None = None
    requests_location: bool = False
    media: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Checks the rules that the contract's schema cannot express. Raises ServiceError."""
        if not self.body and not self.media:
            raise ServiceError("A body must be specified.")
        if self.location_callback and LOCATION_REQUEST_TAG not in self.body:
            # vendor: even with geolocation_requested
            raise ServiceError(f"A location_callback needs the tag {LOCATION_REQUEST_TAG} in the body.")
        if len(self.media) > MAX_ATTACHMENTS:
            raise ServiceError(f"A message can have at most {MAX_ATTACHMENTS} attachments.")
        if invalid := [url for url in self.media if not is_uri(url)]:
            # third; the contract demands it for one of the two routes
            raise ServiceError(f"mms_media: {invalid[0]!r} is not a URL.")


def find_or_add_contact(state: State, dashboard: Dashboard, phone: str) -> Contact:
    """The contact with this number. Adds it, with its event, if there is none."""
    contact = dashboard.contacts.get(phone)
    if contact is None:
        contact = state.add_contact(dashboard, phone)
        send_contact_created(state, dashboard, contact)
    return contact


def send_message(state: State, dashboard: Dashboard, contact: Contact, outgoing: OutgoingMessage) -> Message:
    """Sends a message that passed check(). Its status is `sending` until deliver_message() is called."""
    message_id = state.next_uuid()
    link = f"https://location.example.com/{message_id[:8]}"
    body = outgoing.body.replace(LOCATION_REQUEST_TAG, link)
    if outgoing.requests_location and LOCATION_REQUEST_TAG not in outgoing.body:
        body += f" Share your location: {link}"
    message = Message(
        id=message_id,
        dashboard_id=dashboard.id,
        dashboard_phone=dashboard.phone,
        customer_phone=contact.phone,
        body=body,
        direction="S",
        timestamp=state.clock(),
        segment_count=segments(body).segments,
        sender_name=outgoing.sender_name or "API",  # vendor: "API" without a sender_name
        status="sending",
        media=list(outgoing.media),
        status_callback=outgoing.status_callback,
        location_callback=outgoing.location_callback,
        requests_location=outgoing.requests_location or LOCATION_REQUEST_TAG in outgoing.body,
    )
    contact.is_archived = False  # vendor: any message unarchives the conversation
    state.add_message(dashboard, contact, message)
    for group_id in contact.groups:
        dashboard.groups[group_id].last_message_at = message.timestamp
    send_message_event(state, dashboard, contact, message)
    return message


def rejected_message(
    state: State, dashboard: Dashboard, contact: Contact, outgoing: OutgoingMessage
) -> Message:
    """The message in the response to a send to an opted-out contact. It is not stored (third)."""
    return Message(
        id="",
        dashboard_id=dashboard.id,
        dashboard_phone=dashboard.phone,
        customer_phone=contact.phone,
        body=outgoing.body,
        direction="S",
        timestamp=state.clock(),
        sender_name=outgoing.sender_name or "API",
        status="error",
        error_code=OPTED_OUT,
        media=list(outgoing.media),
    )


def deliver_message(state: State, message: Message) -> None:
    """Updates the message to its delivery outcome, or queues it while deliveries are held."""
    outcome = state.delivery_outcomes.next_for(message.customer_phone)
    if state.deliveries_are_held:
        state.held_deliveries.append((message, outcome))
    else:
        _apply_outcome(state, message, outcome)


def deliver_held_messages(state: State) -> None:
    """Updates the messages whose delivery was held to their outcomes."""
    held, state.held_deliveries = state.held_deliveries, []
    for message, outcome in held:
        _apply_outcome(state, message, outcome)


def _apply_outcome(state: State, message: Message, outcome: DeliveryOutcome) -> None:
    for status, error_code in outcome.status_updates():
        set_delivery_status(state, message, status, error_code)


def set_delivery_status(state: State, message: Message, status: str, error_code: str | None = None) -> None:
    """Sets the delivery status of a message and sends its status callbacks."""
    message.set_status(status, error_code)
    dashboard = state.dashboards.get(message.dashboard_id)
    if dashboard is not None:
        send_status_updated(state, dashboard, message)


def receive_message(state: State, dashboard: Dashboard, phone: str, body: str, media: list[str]) -> Message:
    """Stores a message from a contact.

    STOP opts the contact out and archives the conversation. A keyword adds the contact to its group.
    """
    contact = find_or_add_contact(state, dashboard, phone)
    message = Message(
        id=state.next_uuid(),
        dashboard_id=dashboard.id,
        dashboard_phone=dashboard.phone,
        customer_phone=phone,
        body=body,
        direction="R",
        timestamp=state.clock(),
        segment_count=segments(body).segments,
        media=media,
    )
    contact.is_archived = False
    contact.is_resolved = False  # third: a new message reopens the conversation
    state.add_message(dashboard, contact, message)
    send_message_event(state, dashboard, contact, message)
    word = body.strip().upper()
    if word in _OPT_OUT_WORDS:
        contact.opted_out_at = message.timestamp
        contact.is_archived = True
        send_contact_updated(state, dashboard, contact)  # open: whether an opt-out sends this event
    elif word in _OPT_IN_WORDS and contact.opted_out_at:
        contact.opted_out_at = None
        send_contact_updated(state, dashboard, contact)
    else:
        _apply_keyword(state, dashboard, contact, word)
    return message


def _apply_keyword(state: State, dashboard: Dashboard, contact: Contact, word: str) -> None:
    for keyword in dashboard.keywords.values():
        if keyword["keyword_value"].strip().upper() != word:
            continue
        if keyword["group_id"] in dashboard.groups and keyword["group_id"] not in contact.groups:
            state.set_groups(dashboard, contact, [*contact.groups, keyword["group_id"]])
            keyword["subscribers_count"] += 1
            send_contact_updated(state, dashboard, contact)
        if keyword["response"] and not contact.opted_out_at:
            reply = send_message(state, dashboard, contact, OutgoingMessage(keyword["response"]))
            deliver_message(state, reply)
        return
