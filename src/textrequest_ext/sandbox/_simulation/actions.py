"""The actions of contacts and carriers, which a program cannot cause through the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from textrequest_ext.sandbox._account import messaging, payments
from textrequest_ext.sandbox._account.delivery_outcomes import DeliveryOutcome, Outcome
from textrequest_ext.sandbox._account.events import send_location_received
from textrequest_ext.sandbox._account.models import Dashboard, Message
from textrequest_ext.sandbox._account.state import State
from textrequest_ext.sandbox._account.timestamps import format_naive
from textrequest_ext.sandbox._callbacks import Callback, CallbackQueue
from textrequest_ext.sandbox._contract import ContractError, load_contract
from textrequest_ext.sandbox._service.service import Service

from .arguments import (
    require_number_within,
    require_optional_text,
    require_phone_number,
    require_text,
    require_timeout,
    require_timestamp,
    require_urls,
)

_STATUSES = ("accepted", "queued", "sending", "sent", "delivered", "error", "failed", "undelivered")
_REVIEW_FIELDS = (
    "platform",
    "review_date_utc",
    "review_message",
    "reviewer_name",
    "star_rating",
    "is_positive_recommendation",
    "resopnse_message",
    "response_utc",
    "campaign_id",
    "campaign_name",
)


@runtime_checkable
class HasMessageId(Protocol):
    """Anything with a `message_id`: the result of a send, a message of a list."""

    @property
    def message_id(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class ReceivedText:
    """A message that a contact sent to a dashboard.

    message_id: its id, as in the lists of the API. dashboard_id: the dashboard that received it. from_: the
    contact's number, 11 digits. body: the text.
    """

    message_id: str
    dashboard_id: int
    from_: str
    body: str


class Actions:
    """What contacts and carriers do. All methods are thread-safe.

    An invalid number, id or status raises ValueError; its message names the argument.
    """

    def __init__(self, service: Service, callbacks: CallbackQueue) -> None:
        self._service = service
        self._callbacks = callbacks

    @property
    def state(self) -> State:
        """The data of the account. Hold `state.lock` to read several values consistently."""
        return self._service.state

    def add_dashboard(self, name: str = "Front desk", phone: str | None = None) -> Dashboard:
        """Adds a dashboard with payments enabled. Returns it, with `.id`, `.name` and `.phone`.

        phone: 10 or 11 digits; by default an unused number. Raises ValueError if it is not valid or taken.
        """
        require_text("name", name)
        with self.state.lock:
            taken = {dashboard.phone for dashboard in self.state.dashboards.values()}
            unused = (
                number
                for number in (f"1555555{last:04}" for last in range(199, 99, -1))
                if number not in taken
            )
            number = next(unused) if phone is None else require_phone_number("phone", phone)
            if number in taken:
                raise ValueError(f"phone: a dashboard with the number {number} exists already")
            dashboard = self.state.add_dashboard(name, number)
            dashboard.payments_enabled = True
            return dashboard

    def receive_text(
        self, dashboard_id: int, from_: str, body: str, *, media: Sequence[str] = ()
    ) -> ReceivedText:
        """A contact sends a message to a dashboard. Returns the message.

        from_: the contact's number, 10 or 11 digits. body: the text. media: URLs.

        STOP opts the contact out and archives the conversation. A keyword adds the contact to its group.
        Raises ValueError for an unknown dashboard, or an argument that is not valid.
        """
        with self.state.lock:
            dashboard = self._dashboard(dashboard_id)
            phone = require_phone_number("from_", from_)
            require_text("body", body)
            urls = require_urls("media", media)
            message = messaging.receive_message(self.state, dashboard, phone, body, urls)
            return ReceivedText(message.id, dashboard.id, phone, body)

    def share_location(
        self, message: str | HasMessageId, latitude: float, longitude: float, *, address: str | None = None
    ) -> None:
        """The recipient of a location request shares a location.

        message: the id of the request, or anything with a `message_id`. latitude, longitude: degrees; north
        and east are positive. address: part of the callback; None by default.

        Raises ValueError if the message does not request a location, or a coordinate is out of range.
        """
        latitude = require_number_within("latitude", latitude, 90)
        longitude = require_number_within("longitude", longitude, 180)
        require_optional_text("address", address)
        with self.state.lock:
            found = self._message(message)
            if not found.requests_location:
                raise ValueError(f"message: {found.id} does not request a location")
            dashboard = self._dashboard(found.dashboard_id)
            send_location_received(self.state, dashboard, found, latitude, longitude, address)

    def pay(self, payment_id: int) -> None:
        """The contact pays through the link of a payment. Raises ValueError if there is no open one with this id."""
        with self.state.lock:
            for dashboard in self.state.dashboards.values():
                payment = dashboard.payments.get(payment_id) if isinstance(payment_id, int) else None
                if payment is not None:
                    if not payment.is_open:
                        raise ValueError(f"payment_id: payment {payment_id} is {payment.status}")
                    payments.pay(self.state, dashboard, payment)
                    return
        raise ValueError(f"payment_id: there is no payment {payment_id}")

    def set_delivery(
        self, outcome: Outcome | None, *, to: str | None = None, error: str | None = None
    ) -> None:
        """Sets the delivery outcome of future messages.

        outcome: `delivered`, `undelivered`, `nothing` (the status stays `sent`), or None to remove the
        setting. to: the number it is for; by default all numbers without a setting of their own. error: the
        error code of undelivered messages, 2001 by default. Raises ValueError for an unknown outcome.
        """
        require_optional_text("error", error)
        setting = None if outcome is None else DeliveryOutcome(outcome, error)
        with self.state.lock:
            self.state.delivery_outcomes.set(setting, None if to is None else require_phone_number("to", to))

    def hold_deliveries(self) -> None:
        """Keeps the status of sent messages at `sending` until release_deliveries()."""
        with self.state.lock:
            self.state.deliveries_are_held = True

    def release_deliveries(self) -> None:
        """Delivers the held messages, and later messages immediately again."""
        with self.state.lock:
            self.state.deliveries_are_held = False
            messaging.deliver_held_messages(self.state)

    def update_status(self, message: str | HasMessageId, status: str, *, error: str | None = None) -> None:
        """Sets the delivery status of a sent message, as a carrier does, and sends its callbacks.

        message: its id, or anything with a `message_id`. status: one of the contract. error: the error code.

        Raises ValueError for an unknown status, and for a message that was received.
        """
        if status not in _STATUSES:
            raise ValueError(f"status: {status!r} is not one of {', '.join(_STATUSES)}")
        require_optional_text("error", error)
        with self.state.lock:
            found = self._message(message)
            if found.direction != "S":
                raise ValueError(f"message: {found.id} was received and has no delivery status")
            messaging.set_delivery_status(self.state, found, status, error)

    def add_scheduled_message(self, dashboard_id: int, **fields: Any) -> str:
        """Adds a scheduled message. Returns its id.

        fields: any, because the vendor publishes none. `schedule_date_utc` is an ISO 8601 timestamp.
        Raises ValueError for an unknown dashboard or a timestamp that is not valid.
        """
        require_timestamp("schedule_date_utc", fields.get("schedule_date_utc"))
        with self.state.lock:
            dashboard = self._dashboard(dashboard_id)
            message_id = self.state.next_uuid()
            dashboard.scheduled_messages[message_id] = {"message_id": message_id, **fields}
            return message_id

    def add_review(self, dashboard_id: int, **fields: Any) -> int:
        """Adds a review. Returns its id.

        fields: those of the contract's schema `review`, by default null. Raises ValueError for any other.
        """
        with self.state.lock:
            dashboard = self._dashboard(dashboard_id)
            defaults: dict[str, Any] = dict.fromkeys(_REVIEW_FIELDS)
            review = {**defaults, "id": self.state.next_id("review"), "source": "organic", **fields}
            if unknown := fields.keys() - {*_REVIEW_FIELDS, "id", "source", "response_message"}:
                raise ValueError(f"{min(unknown)}: not a field of the contract's schema review")
            review["review_date_utc"] = review["review_date_utc"] or format_naive(self.state.clock())
            require_timestamp("review_date_utc", review["review_date_utc"])
            try:
                load_contract().check_schema("review", review)
            except ContractError as error:
                raise ValueError(str(error)) from None
            dashboard.reviews.append(review)
            return int(review["id"])

    def wait_for_callbacks(self, timeout: float = 10.0) -> list[Callback]:
        """Waits until all callbacks so far are sent. Returns all completed callbacks. Raises TimeoutError.

        timeout: in seconds.
        """
        if not self._callbacks.wait(require_timeout(timeout)):
            raise TimeoutError(f"callbacks are still pending after {timeout} seconds")
        return self._callbacks.completed

    def settle(self, timeout: float = 10.0) -> list[Callback]:
        """Delivers held messages, then waits like wait_for_callbacks(). timeout: in seconds."""
        with self.state.lock:
            messaging.deliver_held_messages(self.state)
        return self.wait_for_callbacks(timeout)

    @property
    def callbacks(self) -> list[Callback]:
        """The completed callbacks, in order."""
        return self._callbacks.completed

    def _dashboard(self, dashboard_id: int) -> Dashboard:
        dashboard = self.state.dashboards.get(dashboard_id) if isinstance(dashboard_id, int) else None
        if dashboard is None:
            existing = ", ".join(map(str, self.state.dashboards)) or "none"
            raise ValueError(f"dashboard_id: there is no dashboard {dashboard_id}; existing ids: {existing}")
        return dashboard

    def _message(self, message: str | HasMessageId) -> Message:
        message_id = message.message_id if isinstance(message, HasMessageId) else message
        found = self.state.messages.get(message_id) if isinstance(message_id, str) else None
        if found is None:
            raise ValueError(f"message: there is no message {message_id!r}")
        return found
