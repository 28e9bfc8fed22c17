"""Messages: sent by either route, listed, hidden, and those that wait for their time."""

from __future__ import annotations

from datetime import datetime

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, Refusal, page, rendered_page, window
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.models import Message
from textrequest_ext.sandbox.phones import normalized
from textrequest_ext.sandbox.state import State, phone_or_refusal
from textrequest_ext.sandbox.texting import Draft, contact_for, deliver, refused, segments, send
from textrequest_ext.sandbox.times import read_utc, zoned

_BIGGEST = 5_000_000  # vendor
_BIGGEST_PDF = 1_000_000  # vendor
_NO_MEDIA = ("text/html", "application/x-msdownload")


@answers("Messages_send")
def send_from_number(state: State, call: Call) -> Answer:
    body = call.body
    draft = _draft(call)
    draft.check()
    dashboard = state.dashboard_of(normalized(body["from"]) or "")
    if dashboard is None:
        raise Refusal("The from number is not one of the account's.")
    phone = normalized(body["to"])
    result = {
        "message_id": None,
        "segments_count": segments(draft.body),
        "from": dashboard.phone,
        "to": phone or body["to"],
        "status": "error",
    }
    contact = dashboard.contacts.get(phone) if phone else None
    if phone is None or (contact and contact.opted_out):
        # vendor: a bad number or an opt-out is a 200 with status error; the prose also lists a 400 for the number
        return Answer(payload=result)
    message = send(state, dashboard, contact or contact_for(state, dashboard, phone), draft)
    result |= {"message_id": message.id, "segments_count": message.segments, "status": message.status}
    deliver(state, message)
    return Answer(payload=result)


@answers("Messages_send_to_contact")
def send_to_contact(state: State, call: Call) -> Answer:
    dashboard = state.dashboard(call.path["dashboard_id"])
    phone = phone_or_refusal(call.path["phone_number"])
    draft = _draft(call)
    draft.check()
    contact = contact_for(state, dashboard, phone)
    if contact.opted_out:
        # open: what this route answers to an opted-out number; POST /messages has a 200 with status error (vendor)
        return Answer(payload=_as_sent(refused(dashboard, contact, draft, state)))
    message = send(state, dashboard, contact, draft)
    answer = Answer(payload=_as_sent(message))
    deliver(state, message)
    return answer


def _as_sent(message: Message) -> dict[str, object]:
    return {
        **message.answer(),
        "message_id": message.id or None,
        "message_timestamp_utc": zoned(message.moment),
    }


def _draft(call: Call) -> Draft:
    body = call.body
    return Draft(
        body["body"],
        sender=body.get("sender_name"),
        status_callback=body.get("status_callback"),
        location_callback=body.get("location_callback"),
        asks_location=bool(body.get("geolocation_requested")),
        media=body.get("mms_media") or [],
    )


@answers("Messages_list")
def list_of_dashboard(state: State, call: Call) -> Answer:
    """Oldest first; sort and message_direction work though undocumented (live)."""
    dashboard = state.dashboard(call.path["dashboard_id"])
    by_direction = {"S": dashboard.sent, "R": dashboard.received}
    timeline = by_direction.get(call.query.get("message_direction", ""), dashboard.messages)
    first, last = timeline.between(call.moment("start_date"), call.moment("end_date"))
    start, end, meta = window(call.query, last - first)
    if first == last:
        return Answer(NO_CONTENT)
    if call.query.get("sort") == "desc":
        rows = timeline.slice(last - end, last - start)[::-1]
    else:
        rows = timeline.slice(first + start, first + end)
    return rendered_page([message.long() for message in rows], meta)


@answers("Messages_list_with_contact")
def list_with_contact(state: State, call: Call) -> Answer:
    """Oldest first: vendor for the dashboard's messages, open here."""
    dashboard = state.dashboard(call.path["dashboard_id"])
    contact = dashboard.contacts.get(normalized(call.path["phone_number"]) or "")
    if contact is None or not len(contact.messages):
        return Answer(NO_CONTENT)
    start, end, meta = window(call.query, len(contact.messages))
    return rendered_page([message.short() for message in contact.messages.slice(start, end)], meta)


@answers("Messages_upload_media")
def upload(state: State, call: Call) -> Answer:
    """No list of allowed types: newer documents allow more than the published one (vendor)."""
    file = call.file
    if file is None or not file.content:
        raise Refusal("The form field file is missing.")
    kind = file.content_type.partition(";")[0].strip().lower()
    if kind in _NO_MEDIA or kind.startswith("text/"):
        raise Refusal(f"Files of type {kind} cannot be attached.")
    if len(file.content) > (_BIGGEST_PDF if kind == "application/pdf" else _BIGGEST):
        raise Refusal("The file is too big.")
    name = "".join(
        letter for letter in file.filename if letter.isascii() and (letter.isalnum() or letter in "._-")
    )
    url = f"https://media.example.com/{state.guid()}/{name or 'file'}"
    state.media[url] = kind
    return Answer(payload={"mime_type": kind, "url": url})


@answers("Messages_redact")
def redact(state: State, call: Call) -> Answer:
    return _set_redacted(state, call, True)


@answers("Messages_unredact")
def unredact(state: State, call: Call) -> Answer:
    return _set_redacted(state, call, False)


def _set_redacted(state: State, call: Call, redacted: bool) -> Answer:
    message = state.messages.get(call.path["message_id"])
    if message is None:
        raise Refusal("The message id is not valid.")  # open: the answer to an unknown id
    message.set_redacted(redacted)
    return Answer()


@answers("Messages_list_scheduled")
def list_scheduled(state: State, call: Call) -> Answer:
    """third: the operation exists; its fields and filters are unpublished."""
    after = call.moment("schedule_date_after")
    before = call.moment("schedule_date_before")
    recurring = call.query.get("recurring_only")

    def matches(row: dict[str, object]) -> bool:
        due = _due(row)
        return not (
            (recurring and not row.get("is_recurring"))
            or (after and (due is None or due <= after))
            or (before and (due is None or due >= before))
        )

    rows = [row for row in state.dashboard(call.path["dashboard_id"]).scheduled.values() if matches(row)]
    return page(rows, call.query, dict) if rows else Answer(NO_CONTENT)


def _due(row: dict[str, object]) -> datetime | None:
    text = row.get("schedule_date_utc")
    return read_utc(text) if isinstance(text, str) else None


@answers("Messages_get_scheduled")
def get_scheduled(state: State, call: Call) -> Answer:
    row = state.dashboard(call.path["dashboard_id"]).scheduled.get(call.path["message_id"])
    return Answer(payload=row) if row else Answer(NO_CONTENT)
