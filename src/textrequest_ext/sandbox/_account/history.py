"""A reproducible history for a new sandbox. Phone numbers contain 555-01; hosts are example.com."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from textrequest_ext import segments

from .models import Contact, Dashboard, Group, Message, Payment
from .state import State
from .timestamps import format_naive, format_zoned

# The history ends at this time and does not use the clock, so that a seed always gives the same timestamps.
END = datetime(2026, 6, 30, 16, 0, tzinfo=UTC)
_AREA_CODES = [code for code in range(201, 990) if code % 100 != 11]
_NUMBERS_PER_AREA_CODE = 100
MAX_CONTACTS = (len(_AREA_CODES) - 1) * _NUMBERS_PER_AREA_CODE
_FIRST_NAMES = ("Odette", "Rafael", "Mina", "Tobias", "Ines", "Caleb", "Yara", "Hugo", "Priya", "Soren")
_LAST_NAMES = (
    "Marsh", "Lindqvist", "Okafor", "Reyes", "Brandt", "Haddad", "Novak", "Sato", "Ferris", "Quill"
)  # fmt: skip
_RECEIVED_BODIES = (
    "Is the counter open today?",
    "Running ten minutes late",
    "Can I move my appointment to Friday?",
    "Thanks, see you then",
    "What do I owe you?",
    "Perfect 👍",
)
_SENT_BODIES = (
    "Your order is ready. The counter is open until six",
    "We have you down for Friday at ten",
    "No problem, see you soon",
    "The estimate is in your mailbox",
    "Thank you for coming in today",
)


@dataclass(frozen=True, slots=True)
class HistorySize:
    """The number of dashboards, and of contacts and messages on each.

    Raises ValueError for an invalid number.
    """

    dashboards: int = 2
    contacts: int = 25
    messages: int = 250

    def __post_init__(self) -> None:
        for name in ("dashboards", "contacts", "messages"):
            size = getattr(self, name)
            if isinstance(size, bool) or not isinstance(size, int):
                raise ValueError(f"{name}: {size!r} is not a whole number")
            if size < 0:
                raise ValueError(f"{name}: {size} is negative")
        if self.dashboards > _NUMBERS_PER_AREA_CODE:
            raise ValueError(f"dashboards: {self.dashboards} is more than {_NUMBERS_PER_AREA_CODE}")
        if self.contacts > MAX_CONTACTS:
            raise ValueError(f"contacts: {self.contacts} is more than {MAX_CONTACTS}")
        if self.messages and not self.contacts:
            raise ValueError("messages: a history with messages needs at least one contact; contacts is 0")


def add_history(state: State, seed: int, size: HistorySize) -> None:
    """Adds the history to an empty state, without callbacks."""
    rng = random.Random(seed)  # noqa: S311 - a reproducible history, not secrets
    for index in range(size.dashboards):
        phone = f"1{_AREA_CODES[0]}55501{index:02}"
        dashboard = state.add_dashboard(f"Dashboard {index + 1}", phone)
        dashboard.payments_enabled = True
        _add_settings(state, dashboard)
        contacts = [_add_contact(state, rng, dashboard, index) for index in range(size.contacts)]
        _add_messages(state, rng, dashboard, contacts, size.messages)
        _add_payments(state, dashboard, contacts)
        _add_reviews(state, rng, dashboard)
        _add_scheduled_messages(state, dashboard)
    for index in range(3 if size.dashboards else 0):
        user_id = state.next_id("user")
        state.users[user_id] = {
            "id": user_id,
            "first_name": _FIRST_NAMES[index],
            "last_name": _LAST_NAMES[index],
            "is_administrator": index == 0,
            "email": f"{_FIRST_NAMES[index]}.{_LAST_NAMES[index]}@example.com".lower(),
            "external_user_id": None if index == 2 else f"crew-{index + 1:02}",
            "permissions": [{"dashboard_id": key, "role": "Manager"} for key in state.dashboards],
        }


def _add_settings(state: State, dashboard: Dashboard) -> None:
    """Adds tags, custom fields, groups and a keyword."""
    for name, color in (("Wholesale", "#2E8B57"), ("New", "#4682B4")):
        tag_id = state.next_uuid()
        dashboard.tags[tag_id] = {"id": tag_id, "tag_color": color, "tag": name}
    for name in ("Favorite flavor", "Email"):
        field_id = state.next_uuid()
        dashboard.custom_fields[field_id] = {"id": field_id, "name": name}
    for name in ("Spring fair visitors", "Regulars"):
        group = Group(state.next_id("group"), name)
        dashboard.groups[group.id] = group
    keyword_group = Group(state.next_id("group"), "HARVEST", is_keyword=True)
    dashboard.groups[keyword_group.id] = keyword_group
    keyword_id = state.next_id("keyword")
    dashboard.keywords[keyword_id] = {
        "id": keyword_id,
        "subscribers_count": 0,
        "keyword_value": "HARVEST",
        "date_created": format_zoned(END - timedelta(days=200)),
        "response": "You are on the harvest list. See you Saturday",
        "group_id": keyword_group.id,
    }


def _add_contact(state: State, rng: random.Random, dashboard: Dashboard, index: int) -> Contact:
    area_code = _AREA_CODES[1 + index // _NUMBERS_PER_AREA_CODE]
    phone = f"1{area_code}55501{index % _NUMBERS_PER_AREA_CODE:02}"
    created_at = END - timedelta(days=180, seconds=rng.randrange(86_400))
    contact = state.add_contact(dashboard, phone, created_at)
    if rng.random() < 0.8:  # live: names are null for some
        contact.first_name, contact.last_name = rng.choice(_FIRST_NAMES), rng.choice(_LAST_NAMES)
        contact.display_name = f"{contact.first_name} {contact.last_name}"
    if rng.random() < 0.3:
        contact.tags = [rng.choice(list(dashboard.tags))]
    if rng.random() < 0.3:
        group_ids = [key for key, group in dashboard.groups.items() if not group.is_keyword]
        state.set_groups(dashboard, contact, [rng.choice(group_ids)])
    if rng.random() < 0.2:
        field_id = rng.choice(list(dashboard.custom_fields))
        contact.custom_fields[field_id] = rng.choice(["plum", "rhubarb", None])
    contact.is_resolved = rng.random() < 0.3
    return contact


def _add_messages(
    state: State, rng: random.Random, dashboard: Dashboard, contacts: list[Contact], count: int
) -> None:
    start = END - timedelta(days=170)
    step = (END - start) / max(count, 1)
    for index in range(count):
        contact = contacts[int(rng.random() * len(contacts))]
        is_sent = rng.random() < 0.55
        bodies = _SENT_BODIES if is_sent else _RECEIVED_BODIES
        body = bodies[int(rng.random() * len(bodies))]
        status, error_code = _delivery_status(rng) if is_sent else (None, None)
        message = Message(
            id=state.next_uuid(),
            dashboard_id=dashboard.id,
            dashboard_phone=dashboard.phone,
            customer_phone=contact.phone,
            body=body,
            direction="S" if is_sent else "R",
            timestamp=start + step * index + timedelta(milliseconds=int(rng.random() * 1000)),
            segment_count=segments(body).segments,
            status=status,
            error_code=error_code,
        )
        state.add_message(dashboard, contact, message)


def _delivery_status(rng: random.Random) -> tuple[str, str | None]:
    # live: of 50 sends 47 were delivered, 2 were undelivered and 1 never got a final status
    draw = rng.random() * 50
    if draw < 47:
        return "delivered", None
    return ("undelivered", "2001") if draw < 49 else ("sent", None)


def _add_payments(state: State, dashboard: Dashboard, contacts: list[Contact]) -> None:
    for index, contact in enumerate(contacts[:4]):
        payment = Payment(
            id=state.next_id("payment"),
            description="Kitchen sink repair",
            customer_phone=contact.phone,
            recipient=contact.display_name,
            amount=84.5 + index,
            reference_number=f"invoice-{2200 + index}",
            requested_at=END - timedelta(days=index + 1),
            status=("Sent", "Paid", "PastDue", "Cancelled")[index],
            transaction_status="Approved" if index == 1 else "Unknown",
        )
        dashboard.payments[payment.id] = payment


def _add_reviews(state: State, rng: random.Random, dashboard: Dashboard) -> None:
    """Adds a campaign and reviews, some of them requested by the campaign."""
    campaign_id = state.next_id("campaign")
    dashboard.campaigns[campaign_id] = {
        "id": campaign_id,
        "name": "Autumn follow-up",
        "base_link": "https://example.com/reviews/autumn",
        "date_created": format_naive(END - timedelta(days=160)),
        "is_archived": False,
    }
    for index in range(6):
        has_stars, is_requested = index % 2 == 0, index % 3 == 0
        dashboard.reviews.append(
            {
                "id": state.next_id("review"),
                "platform": "Google" if has_stars else "Facebook",
                "review_date_utc": format_naive(END - timedelta(days=10 * (6 - index))),
                "review_message": rng.choice(["Quick and friendly", "The sink no longer drips", None]),
                "reviewer_name": f"{rng.choice(_FIRST_NAMES)} {rng.choice(_LAST_NAMES)}",
                "star_rating": rng.randrange(1, 6) if has_stars else None,  # live: one of the two is null
                "is_positive_recommendation": None if has_stars else rng.random() < 0.8,
                "resopnse_message": None,  # vendor: the document's spelling
                "response_utc": None,
                "source": "requested" if is_requested else "organic",
                "campaign_id": campaign_id if is_requested else None,  # live: null if organic
                "campaign_name": "Autumn follow-up" if is_requested else None,
            }
        )


def _add_scheduled_messages(state: State, dashboard: Dashboard) -> None:
    # third: scheduled messages exist; their fields are unpublished and made up here
    for days in (1, 7):
        message_id = state.next_uuid()
        dashboard.scheduled_messages[message_id] = {
            "message_id": message_id,
            "body": "See you tomorrow at ten",
            "schedule_date_utc": format_naive(END + timedelta(days=days)),
            "is_recurring": days == 7,
        }
