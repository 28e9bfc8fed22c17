"""A history to start from, the same for the same seed: numbers with 555-01 and addresses of example.com only."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .models import Contact, Dashboard, Group, Message, Payment
from .state import State
from .texting import segments
from .times import naive, zoned

# The history ends here, whatever the clock says: the same seed gives the same moments.
LAST_MOMENT = datetime(2026, 6, 30, 16, 0, tzinfo=UTC)
_AREA_CODES = [code for code in range(201, 990) if code % 100 != 11]
_A_CODE = 100
MOST_CONTACTS = (len(_AREA_CODES) - 1) * _A_CODE
_FIRST = ("Odette", "Rafael", "Mina", "Tobias", "Ines", "Caleb", "Yara", "Hugo", "Priya", "Soren")
_LAST = ("Marsh", "Lindqvist", "Okafor", "Reyes", "Brandt", "Haddad", "Novak", "Sato", "Ferris", "Quill")
_ASKED = (
    "Is the counter open today?",
    "Running ten minutes late",
    "Can I move my appointment to Friday?",
    "Thanks, see you then",
    "What do I owe you?",
    "Perfect 👍",
)
_SAID = (
    "Your order is ready. The counter is open until six",
    "We have you down for Friday at ten",
    "No problem, see you soon",
    "The estimate is in your mailbox",
    "Thank you for coming in today",
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is to begin with: dashboards, and on each of them contacts and messages.

    Raises ValueError for a size that cannot be.
    """

    dashboards: int = 2
    contacts: int = 25
    messages: int = 250

    def __post_init__(self) -> None:
        for name in ("dashboards", "contacts", "messages"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: {getattr(self, name)} is negative")
        if self.dashboards > _A_CODE:
            raise ValueError(f"dashboards: {self.dashboards} is more than {_A_CODE}")
        if self.contacts > MOST_CONTACTS:
            raise ValueError(f"contacts: {self.contacts} is more than {MOST_CONTACTS}")
        if self.messages and not self.contacts:
            raise ValueError("messages: there is nobody to text with; contacts is 0")


def seed(state: State, number: int, sizes: Sizes) -> None:
    """Fills an empty state. No callbacks go out for what is made here."""
    draw = random.Random(number)  # noqa: S311 - a history that repeats, not secrets
    for place in range(sizes.dashboards):
        dashboard = state.add_dashboard(f"Dashboard {place + 1}", f"1{_AREA_CODES[0]}55501{place:02}")
        dashboard.payments_on = True
        _things(state, draw, dashboard)
        contacts = [_contact(state, draw, dashboard, which) for which in range(sizes.contacts)]
        _messages(state, draw, dashboard, contacts, sizes.messages)
        _money_and_praise(state, draw, dashboard, contacts)
    for which in range(3 if sizes.dashboards else 0):
        user_id = state.next_id("user")
        state.users[user_id] = {
            "id": user_id,
            "first_name": _FIRST[which],
            "last_name": _LAST[which],
            "is_administrator": which == 0,
            "email": f"{_FIRST[which]}.{_LAST[which]}@example.com".lower(),
            "external_user_id": None if which == 2 else f"crew-{which + 1:02}",
            "permissions": [{"dashboard_id": key, "role": "Manager"} for key in state.dashboards],
        }


def _things(state: State, draw: random.Random, dashboard: Dashboard) -> None:
    for name, color in (("Wholesale", "#2E8B57"), ("New", "#4682B4")):
        key = state.guid()
        dashboard.tags[key] = {"id": key, "tag_color": color, "tag": name}
    for name in ("Favorite flavor", "Email"):
        key = state.guid()
        dashboard.fields[key] = {"id": key, "name": name}
    for name in ("Spring fair visitors", "Regulars"):
        group = Group(state.next_id("group"), name)
        dashboard.groups[group.id] = group
    harvest = Group(state.next_id("group"), "HARVEST", is_keyword=True)
    dashboard.groups[harvest.id] = harvest
    keyword_id = state.next_id("keyword")
    dashboard.keywords[keyword_id] = {
        "id": keyword_id,
        "subscribers_count": 0,
        "keyword_value": "HARVEST",
        "date_created": zoned(LAST_MOMENT - timedelta(days=200)),
        "response": "You are on the harvest list. See you Saturday",
        "group_id": harvest.id,
    }


def _contact(state: State, draw: random.Random, dashboard: Dashboard, which: int) -> Contact:
    phone = f"1{_AREA_CODES[1 + which // _A_CODE]}55501{which % _A_CODE:02}"
    contact = state.new_contact(
        dashboard, phone, LAST_MOMENT - timedelta(days=180, seconds=draw.randrange(86_400))
    )
    if draw.random() < 0.8:  # live: names are null for some
        contact.first_name, contact.last_name = draw.choice(_FIRST), draw.choice(_LAST)
        contact.display_name = f"{contact.first_name} {contact.last_name}"
    if draw.random() < 0.3:
        contact.tags = [draw.choice(list(dashboard.tags))]
    if draw.random() < 0.3:
        state.set_groups(
            dashboard,
            contact,
            [draw.choice([key for key, group in dashboard.groups.items() if not group.is_keyword])],
        )
    if draw.random() < 0.2:
        field = draw.choice(list(dashboard.fields))
        contact.fields[field] = draw.choice(["plum", "rhubarb", None])
    contact.is_resolved = draw.random() < 0.3
    return contact


def _messages(
    state: State, draw: random.Random, dashboard: Dashboard, contacts: list[Contact], count: int
) -> None:
    start = LAST_MOMENT - timedelta(days=170)
    step = (LAST_MOMENT - start) / max(count, 1)
    for place in range(count):
        contact = contacts[int(draw.random() * len(contacts))]
        sent = draw.random() < 0.55
        body = _SAID[int(draw.random() * len(_SAID))] if sent else _ASKED[int(draw.random() * len(_ASKED))]
        fate = draw.random() * 50 if sent else 0.0
        message = Message(
            state.guid(),
            dashboard.id,
            dashboard.phone,
            contact.phone,
            body,
            "S" if sent else "R",
            start + step * place + timedelta(milliseconds=int(draw.random() * 1000)),
            segments=segments(body),
            sender=None,
            # live: of 50 sends 47 were delivered, 2 undelivered, 1 never got a receipt
            status=None if not sent else "delivered" if fate < 47 else "undelivered" if fate < 49 else "sent",
            error="2001" if 47 <= fate < 49 else None,
        )
        state.record(dashboard, contact, message)


def _money_and_praise(
    state: State, draw: random.Random, dashboard: Dashboard, contacts: list[Contact]
) -> None:
    for which, contact in enumerate(contacts[:4]):
        payment = Payment(
            state.next_id("payment"),
            "Kitchen sink repair",
            contact.phone,
            contact.display_name,
            84.5 + which,
            f"invoice-{2200 + which}",
            LAST_MOMENT - timedelta(days=which + 1),
            status=("Sent", "Paid", "PastDue", "Cancelled")[which],
            transaction="Approved" if which == 1 else "Unknown",
        )
        dashboard.payments[payment.id] = payment
    campaign_id = state.next_id("campaign")
    dashboard.campaigns[campaign_id] = {
        "id": campaign_id,
        "name": "Autumn follow-up",
        "base_link": "https://example.com/reviews/autumn",
        "date_created": naive(LAST_MOMENT - timedelta(days=160)),
        "is_archived": False,
    }
    for which in range(6):
        by_stars, asked = which % 2 == 0, which % 3 == 0
        dashboard.reviews.append(
            {
                "id": state.next_id("review"),
                "platform": "Google" if by_stars else "Facebook",
                "review_date_utc": naive(LAST_MOMENT - timedelta(days=10 * (6 - which))),
                "review_message": draw.choice(["Quick and friendly", "The sink no longer drips", None]),
                "reviewer_name": f"{draw.choice(_FIRST)} {draw.choice(_LAST)}",
                "star_rating": draw.randrange(1, 6) if by_stars else None,  # live: one of the two is null
                "is_positive_recommendation": None if by_stars else draw.random() < 0.8,
                "resopnse_message": None,  # vendor: spelled so in the document
                "response_utc": None,
                "source": "requested" if asked else "organic",
                "campaign_id": campaign_id if asked else None,  # live: null when organic
                "campaign_name": "Autumn follow-up" if asked else None,
            }
        )
    for days in (1, 7):
        key = state.guid()
        # third: scheduled messages exist; their fields are unpublished, these are made up
        dashboard.scheduled[key] = {
            "message_id": key,
            "body": "See you tomorrow at ten",
            "schedule_date_utc": naive(LAST_MOMENT + timedelta(days=days)),
            "is_recurring": days == 7,
        }
