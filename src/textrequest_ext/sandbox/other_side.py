"""The other side of the conversations: the people who are texted, and the carriers in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from . import texting
from .callbacks import Callback, Callbacks
from .deliveries import Ending, Outcome
from .events import location_received
from .models import Dashboard, Message
from .phones import normalized
from .routes.payments import pay
from .state import State
from .times import naive

_STATUSES = ("accepted", "queued", "sending", "sent", "delivered", "error", "failed", "undelivered")


@runtime_checkable
class HasMessageId(Protocol):
    """Anything with a `message_id`: the answer to a send, a message from a list."""

    @property
    def message_id(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class ReceivedText:
    """A text that a person has sent to a dashboard."""

    message_id: str
    dashboard_id: int
    from_: str
    body: str


class OtherSide:
    """What people and carriers do. Every method may be called from any thread.

    A number, an id or a status that cannot be raises ValueError, which names the argument.
    """

    state: State
    _callbacks: Callbacks

    def add_dashboard(self, name: str = "Front desk", phone: str | None = None) -> Dashboard:
        """Adds a dashboard with `.id`, `.name` and `.phone`, and payments turned on. phone: 10 or 11 digits."""
        with self.state.lock:
            taken = {dashboard.phone for dashboard in self.state.dashboards.values()}
            free = (
                number
                for number in (f"1555555{last:04}" for last in range(199, 99, -1))
                if number not in taken
            )
            number = next(free) if phone is None else _number("phone", phone)
            if number in taken:
                raise ValueError(f"phone: a dashboard with the number {number} exists already")
            dashboard = self.state.add_dashboard(name, number)
            dashboard.payments_on = True
            return dashboard

    def receive_text(
        self, dashboard_id: int, from_: str, body: str, *, media: Sequence[str] = ()
    ) -> ReceivedText:
        """A person texts a dashboard. from_: the person's number, 10 or 11 digits. media: URLs.

        STOP opts the person out and archives the conversation; a keyword of the dashboard enrolls.
        """
        with self.state.lock:
            dashboard = self._dashboard(dashboard_id)
            phone = _number("from_", from_)
            if not isinstance(body, str):
                raise ValueError(f"body: {body!r} is not text")
            message = texting.receive(self.state, dashboard, phone, body, list(media))
            return ReceivedText(message.id, dashboard.id, phone, body)

    def share_location(
        self, message: str | HasMessageId, latitude: float, longitude: float, *, address: str | None = None
    ) -> None:
        """The person who got a message that asks for a location shares it. Degrees, north and east positive.

        message: its id, or anything with a `message_id`.
        """
        for name, value, most in (("latitude", latitude, 90), ("longitude", longitude, 180)):
            if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
                raise ValueError(f"{name}: {value!r} is not a number between -{most} and {most}")
        with self.state.lock:
            found = self._message(message)
            if not found.asks_location:
                raise ValueError(f"message: {found.id} does not ask for a location")
            dashboard = self._dashboard(found.dashboard_id)
            location_received(self.state, dashboard, found, float(latitude), float(longitude), address)

    def pay(self, payment_id: int) -> None:
        """The person pays through the link of a payment."""
        with self.state.lock:
            for dashboard in self.state.dashboards.values():
                payment = dashboard.payments.get(payment_id)
                if payment is not None:
                    if not payment.is_open:
                        raise ValueError(f"payment_id: payment {payment_id} is {payment.status}")
                    pay(self.state, dashboard, payment)
                    return
        raise ValueError(f"payment_id: there is no payment {payment_id}")

    def set_delivery(
        self, outcome: Outcome | None, *, to: str | None = None, error: str | None = None
    ) -> None:
        """How messages end from now on, to one number or to all that have no setting of their own.

        outcome: `delivered`, `undelivered` (error: its code, 2001 by default), or `nothing`: they stay
        `sent`, without a receipt. None takes the setting back.
        """
        ending = None if outcome is None else Ending(outcome, error)
        with self.state.lock:
            self.state.deliveries.set(ending, None if to is None else _number("to", to))

    def hold_deliveries(self) -> None:
        """Messages stay `sending` until release_deliveries()."""
        with self.state.lock:
            self.state.deliveries.held = True

    def release_deliveries(self) -> None:
        """The messages that were held come to their ends, and later ones do so at once."""
        with self.state.lock:
            self.state.deliveries.held = False
            texting.release(self.state)

    def update_status(self, message: str | HasMessageId, status: str, *, error: str | None = None) -> None:
        """Sets the delivery status of a sent message, as a carrier's receipt does, and sends its callbacks."""
        if status not in _STATUSES:
            raise ValueError(f"status: {status!r} is none of {', '.join(_STATUSES)}")
        with self.state.lock:
            found = self._message(message)
            if found.direction != "S":
                raise ValueError(f"message: {found.id} was received; it has no delivery status")
            texting.set_status(self.state, found, status, error)

    def add_scheduled_message(self, dashboard_id: int, **fields: Any) -> str:
        """Adds a message that waits for its time; its id comes back. Its fields are free: none are published."""
        with self.state.lock:
            dashboard = self._dashboard(dashboard_id)
            key = self.state.guid()
            dashboard.scheduled[key] = {"message_id": key, **fields}
            return key

    def add_review(self, dashboard_id: int, **fields: Any) -> int:
        """Adds a review; its id comes back. fields: those of the contract's schema `review`, null if left out."""
        with self.state.lock:
            dashboard = self._dashboard(dashboard_id)
            blank: dict[str, Any] = dict.fromkeys(_REVIEW)
            review = {**blank, "id": self.state.next_id("review"), "source": "organic", **fields}
            review["review_date_utc"] = review["review_date_utc"] or naive(self.state.clock())
            dashboard.reviews.append(review)
            return int(review["id"])

    def wait_for_callbacks(self, timeout: float = 10.0) -> list[Callback]:
        """Waits until every callback so far was made, and returns all that were. Raises TimeoutError.

        timeout: in seconds.
        """
        if not self._callbacks.wait(timeout):
            raise TimeoutError(f"there were still callbacks to be made after {timeout} seconds")
        return self._callbacks.made

    def settle(self, timeout: float = 10.0) -> list[Callback]:
        """Brings everything to rest: held deliveries end, and callbacks are waited for as above."""
        with self.state.lock:
            texting.release(self.state)
        return self.wait_for_callbacks(timeout)

    @property
    def callbacks(self) -> list[Callback]:
        """The callbacks that were made so far, in order."""
        return self._callbacks.made

    def _dashboard(self, dashboard_id: int) -> Dashboard:
        dashboard = self.state.dashboards.get(dashboard_id)
        if dashboard is None:
            there = ", ".join(map(str, self.state.dashboards)) or "none yet"
            raise ValueError(f"dashboard_id: there is no dashboard {dashboard_id}; there are {there}")
        return dashboard

    def _message(self, message: str | HasMessageId) -> Message:
        message_id = message.message_id if isinstance(message, HasMessageId) else message
        found = self.state.messages.get(message_id) if isinstance(message_id, str) else None
        if found is None:
            raise ValueError(f"message: there is no message {message_id!r}")
        return found


_REVIEW = (
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


def _number(name: str, text: str) -> str:
    number = normalized(text) if isinstance(text, str) else None
    if number is None:
        raise ValueError(f"{name}: {text!r} is not a North American number of 10 or 11 digits")
    return number
