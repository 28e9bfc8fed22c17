"""Everything the account holds, and how it is found. One lock guards it; whoever reads or writes takes it."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Protocol

from .answers import Refusal
from .deliveries import Deliveries, Ending
from .models import Contact, Dashboard, Hook, Message
from .phones import normalized

Clock = Callable[[], datetime]
# third: the vendor is at home in Eastern time; which zone its local-time filters mean is open.
EASTERN = timezone(timedelta(hours=-5), "Eastern")
ACCOUNT_ID = 208
_FIRST_IDS = {"dashboard": 350, "contact": 5100, "group": 18, "keyword": 64, "user": 77, "payment": 9034}


def now() -> datetime:
    """The moment it is, in UTC."""
    return datetime.now(UTC)


class Outbox(Protocol):
    """Takes what is to be posted to somebody's address."""

    def post(
        self, url: str, payload: dict[str, Any], *, event: str, schema: str, hook: Hook | None = None
    ) -> None: ...


class State:
    """One account, empty at first.

    seed: makes ids and the endings of messages repeat. clock: gives the time, aware. local_time: the
    zone of the filters that read local time.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        seed: int = 0,
        clock: Clock = now,
        local_time: tzinfo = EASTERN,
        ending: Ending | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.outbox = outbox
        self.clock = clock
        self.local_time = local_time
        self.random = random.Random(seed)  # noqa: S311 - ids that repeat, not secrets
        self.deliveries = Deliveries(seed, ending)
        self.dashboards: dict[int, Dashboard] = {}
        self.users: dict[int, dict[str, Any]] = {}
        self.messages: dict[str, Message] = {}
        self.waiting: list[tuple[Message, Ending]] = []
        self.media: dict[str, str] = {}
        self._ids = dict(_FIRST_IDS)

    def next_id(self, kind: str) -> int:
        """The next whole number of a kind; kinds do not share numbers."""
        number = self._ids.get(kind, 1)
        self._ids[kind] = number + 1
        return number

    def guid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def dashboard(self, dashboard_id: int) -> Dashboard:
        """The dashboard. Raises Refusal: an id the account does not have is a 400 (vendor)."""
        dashboard = self.dashboards.get(dashboard_id)
        if dashboard is None:
            raise Refusal("The dashboard id is not valid.")
        return dashboard

    def dashboard_of(self, phone: str) -> Dashboard | None:
        """The dashboard with this number of 11 digits, if there is one."""
        return next((dashboard for dashboard in self.dashboards.values() if dashboard.phone == phone), None)

    def add_dashboard(self, name: str, phone: str) -> Dashboard:
        dashboard = Dashboard(self.next_id("dashboard"), name, phone)
        self.dashboards[dashboard.id] = dashboard
        return dashboard

    def remove_dashboard(self, dashboard: Dashboard) -> None:
        for message in dashboard.messages:
            self.messages.pop(message.id, None)
        del self.dashboards[dashboard.id]

    def new_contact(self, dashboard: Dashboard, phone: str, created: datetime | None = None) -> Contact:
        """Adds a contact, telling nobody."""
        thread = f"{self.random.getrandbits(64):016x}"
        contact = Contact(self.next_id("contact"), phone, thread, created or self.clock())
        dashboard.contacts[phone] = contact
        return contact

    def record(self, dashboard: Dashboard, contact: Contact, message: Message) -> None:
        """Puts a message where it will be listed, and counts it, telling nobody."""
        previous = contact.messages.last()
        self.messages[message.id] = message
        for timeline in (contact.messages, dashboard.messages):
            timeline.add(message)
        if message.direction == "S":
            dashboard.sent.add(message)
            contact.total_sent += 1
            contact.last_sent = message.moment
            contact.first_contact = contact.first_contact or message.moment
        else:
            dashboard.received.add(message)
            contact.total_received += 1
            contact.last_received = message.moment
            contact.responses += previous is not None and previous.direction == "S"

    def set_groups(self, dashboard: Dashboard, contact: Contact, ids: list[int]) -> None:
        """Makes the contact a member of these groups and no others."""
        for group_id in contact.groups:
            dashboard.groups[group_id].members.discard(contact.phone)
        contact.groups = list(dict.fromkeys(ids))
        for group_id in contact.groups:
            dashboard.groups[group_id].members.add(contact.phone)


def phone_or_refusal(text: str, name: str = "phone number") -> str:
    """The number as 11 digits. Raises Refusal."""
    phone = normalized(text)
    if phone is None:
        raise Refusal(f"The {name} is not valid.")
    return phone
