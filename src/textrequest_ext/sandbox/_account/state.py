"""All data of the simulated account. One lock guards it; hold the lock to read or write."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Protocol

from .delivery_outcomes import DeliveryOutcome, DeliveryOutcomes
from .errors import ServiceError
from .models import Contact, Dashboard, Message, Webhook
from .phone_numbers import normalize

Clock = Callable[[], datetime]
# third: the vendor is based in Eastern time; open: which zone its local-time filters use.
EASTERN = timezone(timedelta(hours=-5), "Eastern")
ACCOUNT_ID = 208
_FIRST_IDS = {"dashboard": 350, "contact": 5100, "group": 18, "keyword": 64, "user": 77, "payment": 9034}


def utc_now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)


class CallbackSender(Protocol):
    """Sends callbacks to the URLs of webhooks and messages."""

    def send(
        self, url: str, payload: dict[str, Any], *, event: str, schema: str, webhook: Webhook | None = None
    ) -> None: ...


class State:
    """One account, initially empty.

    callbacks: sends the account's callbacks. seed: determines ids and delivery outcomes. clock: returns the
    current time, timezone-aware. local_time: the zone of the filters that use local time. outcome: the
    default delivery outcome.
    """

    def __init__(
        self,
        *,
        callbacks: CallbackSender,
        seed: int = 0,
        clock: Clock = utc_now,
        local_time: tzinfo = EASTERN,
        outcome: DeliveryOutcome | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.callbacks = callbacks
        self.clock = clock
        self.local_time = local_time
        self.random = random.Random(seed)  # noqa: S311 - reproducible ids, not secrets
        self.delivery_outcomes = DeliveryOutcomes(seed, outcome)
        self.deliveries_are_held = False
        self.held_deliveries: list[tuple[Message, DeliveryOutcome]] = []
        self.dashboards: dict[int, Dashboard] = {}
        self.users: dict[int, dict[str, Any]] = {}
        self.messages: dict[str, Message] = {}
        self.media: dict[str, str] = {}
        self._ids = dict(_FIRST_IDS)

    def next_id(self, kind: str) -> int:
        """The next integer id of a kind of object."""
        number = self._ids.get(kind, 1)
        self._ids[kind] = number + 1
        return number

    def next_uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def dashboard(self, dashboard_id: int) -> Dashboard:
        """The dashboard with this id. Raises ServiceError: an unknown id is a 400 (vendor)."""
        dashboard = self.dashboards.get(dashboard_id)
        if dashboard is None:
            raise ServiceError("The dashboard id is not valid.")
        return dashboard

    def dashboard_with_phone(self, phone: str) -> Dashboard | None:
        """The dashboard with this number of 11 digits, or None."""
        return next((dashboard for dashboard in self.dashboards.values() if dashboard.phone == phone), None)

    def add_dashboard(self, name: str, phone: str) -> Dashboard:
        dashboard = Dashboard(self.next_id("dashboard"), name, phone)
        self.dashboards[dashboard.id] = dashboard
        return dashboard

    def delete_dashboard(self, dashboard: Dashboard) -> None:
        for message in dashboard.messages:
            self.messages.pop(message.id, None)
        del self.dashboards[dashboard.id]

    def add_contact(self, dashboard: Dashboard, phone: str, created_at: datetime | None = None) -> Contact:
        """Adds a contact without a callback."""
        thread_id = f"{self.random.getrandbits(64):016x}"
        contact = Contact(self.next_id("contact"), phone, thread_id, created_at or self.clock())
        dashboard.contacts[phone] = contact
        return contact

    def add_message(self, dashboard: Dashboard, contact: Contact, message: Message) -> None:
        """Stores a message and updates the contact's counters, without a callback."""
        previous = contact.messages.last()
        self.messages[message.id] = message
        for timeline in (contact.messages, dashboard.messages):
            timeline.add(message)
        if message.direction == "S":
            dashboard.sent_messages.add(message)
            contact.total_sent += 1
            contact.last_sent_at = message.timestamp
            contact.first_contact_at = contact.first_contact_at or message.timestamp
        else:
            dashboard.received_messages.add(message)
            contact.total_received += 1
            contact.last_received_at = message.timestamp
            contact.response_count += previous is not None and previous.direction == "S"

    def set_groups(self, dashboard: Dashboard, contact: Contact, group_ids: list[int]) -> None:
        """Makes the contact a member of exactly these groups."""
        for group_id in contact.groups:
            dashboard.groups[group_id].members.discard(contact.phone)
        contact.groups = list(dict.fromkeys(group_ids))
        for group_id in contact.groups:
            dashboard.groups[group_id].members.add(contact.phone)


def require_phone_number(text: str, name: str = "phone number") -> str:
    """The number as 11 digits. Raises ServiceError if it is not valid."""
    phone = normalize(text)
    if phone is None:
        raise ServiceError(f"The {name} is not valid.")
    return phone
