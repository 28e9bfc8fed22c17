"""Texts in both directions, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .answers import Refusal
from .contract import is_uri
from .deliveries import OPTED_OUT_AT_SEND, Ending
from .events import contact_created, contact_updated, message_event, status_updated
from .models import Contact, Dashboard, Message
from .state import State

TAG = "[LocationRequest]"  # vendor
LONGEST_SENDER = 41
MOST_ATTACHMENTS = 3  # vendor
_STOP = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"}
)  # STOP: vendor, the others: third
_START = frozenset({"START", "UNSTOP", "YES"})  # third
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that somebody wants to send through the API."""

    body: str
    sender: str | None = None
    status_callback: str | None = None
    location_callback: str | None = None
    asks_location: bool = False
    media: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Raises Refusal for what no schema can say."""
        if not self.body and not self.media:
            raise Refusal("A body must be specified.")
        if self.location_callback and TAG not in self.body:
            # vendor: even with geolocation_requested
            raise Refusal(f"A location_callback needs the tag {TAG} in the body.")
        if len(self.media) > MOST_ATTACHMENTS:
            raise Refusal(f"A message carries at most {MOST_ATTACHMENTS} attachments.")
        if bad := [url for url in self.media if not is_uri(url)]:
            raise Refusal(
                f"mms_media: {bad[0]!r} is not an address."
            )  # third; of one route the contract says so


def segments(text: str) -> int:
    """How many segments the text takes: 160 septets or 70 UTF-16 units, 153 or 67 when it takes several."""
    if all(letter in _GSM or letter in _GSM_TWICE for letter in text):
        length, single, several = sum(2 if letter in _GSM_TWICE else 1 for letter in text), 160, 153
    else:
        length, single, several = len(text.encode("utf-16-le", "surrogatepass")) // 2, 70, 67
    return 1 if length <= single else -(-length // several)


def contact_for(state: State, dashboard: Dashboard, phone: str) -> Contact:
    """The contact with this number, made if there is none yet."""
    contact = dashboard.contacts.get(phone)
    if contact is None:
        contact = state.new_contact(dashboard, phone)
        contact_created(state, dashboard, contact)
    return contact


def send(state: State, dashboard: Dashboard, contact: Contact, draft: Draft) -> Message:
    """Sends a text that may be sent. The message is `sending`; deliver() takes it from there."""
    message_id = state.guid()
    link = f"https://location.example.com/{message_id[:8]}"
    body = draft.body.replace(TAG, link)
    if draft.asks_location and TAG not in draft.body:
        body += f" Share your location: {link}"
    message = Message(
        message_id,
        dashboard.id,
        dashboard.phone,
        contact.phone,
        body,
        "S",
        state.clock(),
        segments=segments(body),
        sender=draft.sender or "API",  # vendor: shown as API without a sender_name
        status="sending",
        media=list(draft.media),
        status_callback=draft.status_callback,
        location_callback=draft.location_callback,
        asks_location=draft.asks_location or TAG in draft.body,
    )
    contact.is_archived = False  # vendor: a text from either side brings the conversation back
    state.record(dashboard, contact, message)
    for group_id in contact.groups:
        dashboard.groups[group_id].last_message = message.moment
    message_event(state, dashboard, contact, message)
    return message


def refused(dashboard: Dashboard, contact: Contact, draft: Draft, state: State) -> Message:
    """What the answer shows for a text to somebody who opted out; the text is kept nowhere (third)."""
    return Message(
        "",
        dashboard.id,
        dashboard.phone,
        contact.phone,
        draft.body,
        "S",
        state.clock(),
        sender=draft.sender or "API",
        status="error",
        error=OPTED_OUT_AT_SEND,
        media=list(draft.media),
    )


def deliver(state: State, message: Message) -> None:
    """Lets the message come to its end, or wait for release() while deliveries are held."""
    ending = state.deliveries.next(message.customer_phone)
    if state.deliveries.held:
        state.waiting.append((message, ending))
    else:
        _finish(state, message, ending)


def release(state: State) -> None:
    """Lets the messages that waited come to their ends."""
    waiting, state.waiting = state.waiting, []
    for message, ending in waiting:
        _finish(state, message, ending)


def _finish(state: State, message: Message, ending: Ending) -> None:
    for status, error in ending.steps():
        set_status(state, message, status, error)


def set_status(state: State, message: Message, status: str, error: str | None = None) -> None:
    """Sets the delivery state of a message and tells the hooks and the message's callback."""
    message.set_status(status, error)
    dashboard = state.dashboards.get(message.dashboard_id)
    if dashboard is not None:
        status_updated(state, dashboard, message)


def receive(state: State, dashboard: Dashboard, phone: str, body: str, media: list[str]) -> Message:
    """A person texts the dashboard: STOP opts out and archives, a keyword enrolls."""
    contact = contact_for(state, dashboard, phone)
    message = Message(
        state.guid(),
        dashboard.id,
        dashboard.phone,
        phone,
        body,
        "R",
        state.clock(),
        segments=segments(body),
        media=media,
    )
    contact.is_archived = False
    contact.is_resolved = False  # third: a new text opens the conversation again
    state.record(dashboard, contact, message)
    message_event(state, dashboard, contact, message)
    word = body.strip().upper()
    if word in _STOP:
        contact.opted_out = message.moment
        contact.is_archived = True
        contact_updated(state, dashboard, contact)  # open: whether an opt-out is told so
    elif word in _START and contact.opted_out:
        contact.opted_out = None
        contact_updated(state, dashboard, contact)
    else:
        _enroll(state, dashboard, contact, word)
    return message


def _enroll(state: State, dashboard: Dashboard, contact: Contact, word: str) -> None:
    for keyword in dashboard.keywords.values():
        if keyword["keyword_value"].strip().upper() != word:
            continue
        if keyword["group_id"] in dashboard.groups and keyword["group_id"] not in contact.groups:
            state.set_groups(dashboard, contact, [*contact.groups, keyword["group_id"]])
            keyword["subscribers_count"] += 1
            contact_updated(state, dashboard, contact)
        if keyword["response"] and not contact.opted_out:
            deliver(state, send(state, dashboard, contact, Draft(keyword["response"])))
        return
