"""What a delivery says: one class an event, its attributes flat and all in one casing.

No payload names its event, and every value may be missing: every attribute may be None.
"""
# ruff: noqa: RUF009 - _at() is a dataclass field

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from types import NoneType
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, get_args

from textrequest_ext.errors import PayloadError, UnexpectedArgumentError
from textrequest_ext.webhooks.signature import Body, as_bytes

if TYPE_CHECKING:
    from datetime import datetime

    from textrequest_api import models


def _at(*paths: str, empty: Callable[[], Any] = NoneType, shown: bool = True) -> Any:
    """A value of the payload: the first of the paths that leads to one; without a path, its namesake."""
    return field(default_factory=empty, repr=shown, metadata={"paths": paths})


@dataclass(frozen=True, kw_only=True)
class _Event:
    raw: dict[str, Any] = field(repr=False)
    """The JSON object as it came in."""


@dataclass(frozen=True, kw_only=True)
class _Message(_Event):
    payload: models.WebhookPayloadMsg = field(repr=False)
    message_id: str | None = _at("message_unique_identifier")
    account_id: int | None = _at("account.id")
    dashboard_id: int | None = _at("your_phone_number.id")
    dashboard_name: str | None = _at("your_phone_number.description")
    dashboard_phone_number: str | None = _at("your_phone_number.phone_number")
    conversation_id: int | None = _at("conversation.id")
    phone_number: str | None = _at("conversation.consumer_phone_number")
    display_name: str | None = _at("conversation.consumer_friendly_name")
    direction: str | None = _at("conversation.message_direction")
    body: str | None = _at("conversation.message")
    occurred_at: datetime | None = _at("conversation.date")
    segments: int | None = _at("conversation.num_segments")
    media: list[models.WebhookPayloadMessageMmsAttachmentsItem] = _at(
        "conversation.mms_attachments", empty=list
    )


@dataclass(frozen=True, kw_only=True)
class MessageSent(_Message):
    """A dashboard sent a message. phone_number is the contact's; occurred_at is when the message was
    queued, in UTC; segments is how many the text takes; media is empty where there are none."""

    event: ClassVar[str] = "msg_sent"


@dataclass(frozen=True, kw_only=True)
class MessageReceived(_Message):
    """A contact sent a message. The attributes are those of MessageSent."""

    event: ClassVar[str] = "msg_received"


@dataclass(frozen=True, kw_only=True)
class ContactCreated(_Event):
    """A dashboard has a new contact. phone_number is the contact's; the last three attributes are the
    same values under the payload's own names."""

    event: ClassVar[str] = "contact_created"
    payload: models.WebhookPayloadContactCreated = field(repr=False)
    contact_id: int | None = _at()
    phone_number: str | None = _at("contact_phone_number")
    display_name: str | None = _at("contact_friendly_name")
    dashboard_phone_number: str | None = _at("location_phone_number")
    contact_phone_number: str | None = _at(shown=False)
    contact_friendly_name: str | None = _at(shown=False)
    location_phone_number: str | None = _at(shown=False)


@dataclass(frozen=True, kw_only=True)
class ContactUpdated(_Event):
    """A contact was changed: the contact as it is now. Times are in UTC; groups and tags are ids."""

    event: ClassVar[str] = "contact_updated"
    payload: models.WebhookPayloadContactUpdated = field(repr=False)
    phone_number: str | None = _at()
    first_name: str | None = _at()
    last_name: str | None = _at()
    display_name: str | None = _at()
    is_suppressed: bool | None = _at()
    is_archived: bool | None = _at()
    is_blocked: bool | None = _at()
    is_resolved: bool | None = _at()
    suppressed_reason: str | None = _at()
    note: str | None = _at()
    groups: list[int] | None = _at()
    contact_tags: list[str] | None = _at()
    custom_fields: list[models.CustomFieldEntry] | None = _at()
    first_contact_utc: datetime | None = _at()
    opted_out_utc: datetime | None = _at()


@dataclass(frozen=True, kw_only=True)
class MessageStatusUpdated(_Event):
    """A message has reached a delivery state; a message's status_callback is sent the same.
    `textrequest_ext._delivery` tells what status and error_code mean. Both are open sets."""

    event: ClassVar[str] = "msg_status_updated"
    payload: models.WebhookPayloadMessageStatus = field(repr=False)
    message_id: str | None = _at()
    status: models.WebhookPayloadMessageStatusStatus | None = _at()
    error_code: str | None = _at("error_code", "errorCode")


@dataclass(frozen=True, kw_only=True)
class LocationReceived(_Event):
    """A contact shared a place, in degrees as they were sent, with an approximate address. message_id
    is the message that asked. A message's location_callback is sent the same."""

    event: ClassVar[str] = "location_received"
    payload: models.WebhookPayloadLocationCallback = field(repr=False)
    message_id: str | None = _at()
    phone_number: str | None = _at()
    dashboard_id: int | None = _at()
    latitude: float | None = _at()
    longitude: float | None = _at()
    address: str | None = _at("formatted_address")
    formatted_address: str | None = _at(shown=False)

    @property
    def looks_swapped(self) -> bool:
        """Whether latitude and longitude are evidently in each other's place, as in an example of
        the vendor's document. Not repaired: with both within 90 degrees nobody could tell."""
        latitude, longitude = self.latitude, self.longitude
        return latitude is not None and longitude is not None and abs(longitude) <= 90 < abs(latitude) <= 180


@dataclass(frozen=True, kw_only=True)
class PaymentStatusUpdated(_Event):
    """A payment has another status, of an open set. reference_id is the number you gave the payment."""

    event: ClassVar[str] = "payment_status_updated"
    payload: models.WebhookPayloadPayment = field(repr=False)
    payment_id: int | None = _at()
    status: models.WebhookPayloadPaymentStatus | None = _at()
    reference_id: str | None = _at()


@dataclass(frozen=True, kw_only=True)
class UnknownEvent(_Event):
    """A delivery this version cannot read: a newer event, or an unexpected shape. `event` is the name
    parse was given or recognized, if any. Answer it with 200, or it counts as a failed delivery."""

    event: str | None = None
    payload: None = None


Event: TypeAlias = (
    MessageSent
    | MessageReceived
    | ContactCreated
    | ContactUpdated
    | MessageStatusUpdated
    | LocationReceived
    | PaymentStatusUpdated
    | UnknownEvent
)
_KNOWN: dict[str | None, Any] = {kind.event: kind for kind in get_args(Event) if kind is not UnknownEvent}
# Of each set one key must be there; the two message events are told apart by their direction.
_MARKS: dict[str, list[set[str]]] = {
    ContactCreated.event: [{"ContactId", "ContactPhoneNumber"}],
    ContactUpdated.event: [{"phone_number"}, {"is_suppressed", "is_archived", "is_blocked", "is_resolved"}],
    MessageStatusUpdated.event: [{"message_id"}, {"status"}],
    LocationReceived.event: [{"Latitude", "Longitude"}],
    PaymentStatusUpdated.event: [{"payment_id"}, {"status"}],
}


def parse(body: Body, *, event: str | None = None) -> Event:
    """What a delivery says. It does not look at who sent it: `verify` first, or use `receive`.

    body: the raw body. event: the name the hook was registered for, such as "msg_received"; best
    given, with one URL an event. Without it the event is recognized by its keys.

    An event that nobody knows yet, and a payload of unexpected shape, come back as UnknownEvent. Raises
    PayloadError for a body that is not a JSON object.
    """
    if event is not None and not isinstance(event, str):
        raise UnexpectedArgumentError("event", f"the name of an event as text, not {type(event).__name__}")
    content = as_bytes(body)
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        raw = None  # and raise later: this error holds the body
    if not isinstance(raw, dict):
        raise PayloadError("the body is not a JSON object")
    name = _recognize(raw) if event is None else event
    return _read(_KNOWN.get(name), raw) or UnknownEvent(event=name, raw=raw)


def _recognize(raw: dict[str, Any]) -> str | None:
    """The name of the event with such keys, unless they fit none or more than one."""
    conversation = raw.get("conversation")
    if isinstance(conversation, dict):
        by_direction = {"S": MessageSent.event, "R": MessageReceived.event}
        return by_direction.get(str(conversation.get("messageDirection")))
    names = [name for name, marks in _MARKS.items() if all(keys & raw.keys() for keys in marks)]
    return names[0] if len(names) == 1 else None


def _read(kind: Any, raw: dict[str, Any]) -> Any:
    """The event, or None for a payload that is not of its shape."""
    if kind is None:
        return None
    from textrequest_api import models

    attributes = [each for each in fields(kind) if each.metadata]
    model = kind.__dataclass_fields__["payload"].type.removeprefix("models.")
    try:
        payload = getattr(models, model).from_dict(raw)
        values = {each.name: _value(payload, each) for each in attributes}
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if raw and len(payload.additional_properties) == len(raw):
        return None
    return kind(
        raw=raw, payload=payload, **{name: value for name, value in values.items() if value is not None}
    )


def _value(payload: Any, attribute: Field[Any]) -> Any:
    """What the attribute's paths lead to, or None. A code that came as a number becomes text."""
    for path in attribute.metadata["paths"] or (attribute.name,):
        value = payload
        for step in path.split("."):
            value = getattr(value, step, None)
        if value is not None:
            return str(value) if attribute.name == "error_code" else value
    return None
