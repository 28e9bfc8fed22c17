"""Messages: send, list, redact and upload media; list and get scheduled messages."""

from __future__ import annotations

from datetime import datetime

from textrequest_ext import segments
from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.messaging import (
    OutgoingMessage,
    deliver_message,
    find_or_add_contact,
    rejected_message,
    send_message,
)
from textrequest_ext.sandbox._account.models import Message
from textrequest_ext.sandbox._account.phone_numbers import normalize
from textrequest_ext.sandbox._account.state import State, require_phone_number
from textrequest_ext.sandbox._account.timestamps import format_zoned, parse_utc
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import (
    NO_CONTENT,
    Response,
    encoded_page_response,
    page_response,
    page_slice,
)

_MAX_FILE_BYTES = 5_000_000  # vendor
_MAX_PDF_BYTES = 1_000_000  # vendor
_REJECTED_MEDIA_TYPES = ("text/html", "application/x-msdownload")


@handles("Messages_send")
def send(state: State, request: Request) -> Response:
    body = request.body
    outgoing = _outgoing_message(request)
    outgoing.check()
    dashboard = state.dashboard_with_phone(normalize(body["from"]) or "")
    if dashboard is None:
        raise ServiceError("The from number is not one of the account's.")
    phone = normalize(body["to"])
    result = {
        "message_id": None,
        "segments_count": segments(outgoing.body).segments,
        "from": dashboard.phone,
        "to": phone or body["to"],
        "status": "error",
    }
    contact = dashboard.contacts.get(phone) if phone else None
    if phone is None or (contact and contact.opted_out_at):
        # vendor: an invalid number or an opt-out is a 200 with status error; the prose also lists a 400
        return Response(payload=result)
    contact = contact or find_or_add_contact(state, dashboard, phone)
    message = send_message(state, dashboard, contact, outgoing)
    result |= {"message_id": message.id, "segments_count": message.segment_count, "status": message.status}
    deliver_message(state, message)
    return Response(payload=result)


@handles("Messages_send_to_contact")
def send_to_contact(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    phone = require_phone_number(request.path_parameters["phone_number"])
    outgoing = _outgoing_message(request)
    outgoing.check()
    contact = find_or_add_contact(state, dashboard, phone)
    if contact.opted_out_at:
        # open: the response of this route for an opt-out; POST /messages has a 200 with status error (vendor)
        return Response(payload=_send_result(rejected_message(state, dashboard, contact, outgoing)))
    message = send_message(state, dashboard, contact, outgoing)
    response = Response(payload=_send_result(message))
    deliver_message(state, message)
    return response


def _send_result(message: Message) -> dict[str, object]:
    return {
        **message.to_dict(),
        "message_id": message.id or None,
        "message_timestamp_utc": format_zoned(message.timestamp),
    }


def _outgoing_message(request: Request) -> OutgoingMessage:
    body = request.body
    return OutgoingMessage(
        body["body"],
        sender_name=body.get("sender_name"),
        status_callback=body.get("status_callback"),
        location_callback=body.get("location_callback"),
        requests_location=bool(body.get("geolocation_requested")),
        media=body.get("mms_media") or [],
    )


@handles("Messages_list")
def list_messages(state: State, request: Request) -> Response:
    """The oldest first. `sort` and `message_direction` are undocumented and work (live)."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    by_direction = {"S": dashboard.sent_messages, "R": dashboard.received_messages}
    timeline = by_direction.get(request.query.get("message_direction", ""), dashboard.messages)
    first, last = timeline.range(request.timestamp("start_date"), request.timestamp("end_date"))
    start, end, meta = page_slice(request.query, last - first)
    if first == last:
        return Response(NO_CONTENT)
    if request.query.get("sort") == "desc":
        messages = timeline.slice(last - end, last - start)[::-1]
    else:
        messages = timeline.slice(first + start, first + end)
    return encoded_page_response([message.dashboard_item() for message in messages], meta)


@handles("Messages_list_with_contact")
def list_with_contact(state: State, request: Request) -> Response:
    """The oldest first: vendor for the messages of a dashboard, open for those of a contact."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    contact = dashboard.contacts.get(normalize(request.path_parameters["phone_number"]) or "")
    if contact is None or not len(contact.messages):
        return Response(NO_CONTENT)
    start, end, meta = page_slice(request.query, len(contact.messages))
    messages = contact.messages.slice(start, end)
    return encoded_page_response([message.contact_item() for message in messages], meta)


@handles("Messages_upload_media")
def upload_media(state: State, request: Request) -> Response:
    """Has no list of allowed types, because newer documents allow more than the published one (vendor)."""
    file = request.file
    if file is None or not file.content:
        raise ServiceError("The form field file is missing.")
    media_type = file.content_type.partition(";")[0].strip().lower()
    if media_type in _REJECTED_MEDIA_TYPES or media_type.startswith("text/"):
        raise ServiceError(f"Files of type {media_type} cannot be attached.")
    if len(file.content) > (_MAX_PDF_BYTES if media_type == "application/pdf" else _MAX_FILE_BYTES):
        raise ServiceError("The file is too big.")
    name = "".join(
        character
        for character in file.filename
        if character.isascii() and (character.isalnum() or character in "._-")
    )
    url = f"https://media.example.com/{state.next_uuid()}/{name or 'file'}"
    state.media[url] = media_type
    return Response(payload={"mime_type": media_type, "url": url})


@handles("Messages_redact")
def redact(state: State, request: Request) -> Response:
    return _set_redacted(state, request, True)


@handles("Messages_unredact")
def unredact(state: State, request: Request) -> Response:
    return _set_redacted(state, request, False)


def _set_redacted(state: State, request: Request, is_redacted: bool) -> Response:
    message = state.messages.get(request.path_parameters["message_id"])
    if message is None:
        raise ServiceError("The message id is not valid.")  # open: the response for an unknown id
    message.set_redacted(is_redacted)
    return Response()


@handles("Messages_list_scheduled")
def list_scheduled(state: State, request: Request) -> Response:
    """third: the operation exists; its fields and filters are unpublished."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    after = request.timestamp("schedule_date_after")
    before = request.timestamp("schedule_date_before")
    recurring_only = request.query.get("recurring_only")

    def matches(message: dict[str, object]) -> bool:
        scheduled_at = _scheduled_at(message)
        return not (
            (recurring_only and not message.get("is_recurring"))
            or (after and (scheduled_at is None or scheduled_at <= after))
            or (before and (scheduled_at is None or scheduled_at >= before))
        )

    messages = [message for message in dashboard.scheduled_messages.values() if matches(message)]
    return page_response(messages, request.query, dict) if messages else Response(NO_CONTENT)


def _scheduled_at(message: dict[str, object]) -> datetime | None:
    text = message.get("schedule_date_utc")
    return parse_utc(text) if isinstance(text, str) else None


@handles("Messages_get_scheduled")
def get_scheduled(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    message = dashboard.scheduled_messages.get(request.path_parameters["message_id"])
    return Response(payload=message) if message else Response(NO_CONTENT)
