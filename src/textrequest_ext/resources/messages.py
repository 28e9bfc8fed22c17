"""Messages: sending, listing, media and scheduled messages."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, TypeVar, Unpack

from textrequest_api.api.messages import (
    messages_get_scheduled,
    messages_list,
    messages_list_scheduled,
    messages_list_with_contact,
    messages_redact,
    messages_send,
    messages_send_to_contact,
    messages_unredact,
    messages_upload_media,
)
from textrequest_api.models.dashboard_message import DashboardMessage
from textrequest_api.models.message import Message
from textrequest_api.models.mms_media_upload import MmsMediaUpload
from textrequest_api.models.post_message_response import PostMessageResponse
from textrequest_ext._delivery import is_final
from textrequest_ext._location import check_location_callback, with_location_tag
from textrequest_ext._operations.descriptors import ClientT_co, RequestOptions, Resource, adapted, call, paged
from textrequest_ext._operations.flows import flow
from textrequest_ext._texts.bodies import apply_text_options
from textrequest_ext.errors import InvalidArgumentError, MessageRejectedError, UnexpectedArgumentError
from textrequest_ext.resources._media import media_file

MAX_PAGES_TO_SEARCH = 10
SentT = TypeVar("SentT", Message, PostMessageResponse)


class SendOptions(RequestOptions, total=False):
    """Options of a message.

    sender_name: name of the sender, at most 41 characters; default "API". status_callback: URL that
    receives the delivery status, several times per message. mms_media: at most three URLs returned by
    `upload_media`. max_segments: raise MessageTooLongError if the body has more segments; see `segments`.
    smart: replace curly quotes, long dashes and other typographic characters if the text then fits into
    GSM-7; see `smart_text`.
    """

    sender_name: str
    status_callback: str
    mms_media: Sequence[str]
    max_segments: int
    smart: bool


def _send(
    from_: str,
    to: str,
    body: str,
    *,
    location_callback: str | None = None,
    geolocation_requested: bool = False,
    authvia_conversation_id: str | None = None,
    **options: Unpack[SendOptions],
) -> dict[str, Any]:
    """Send a text from the phone number of a dashboard. Returns the message id and the current status.

    from_, to: 10 or 11 digits, punctuation allowed. body: at most 1600 characters; no opt-out footer
    is added. location_callback: URL that receives the location; requires the tag [LocationRequest] in
    the body. geolocation_requested: the service adds a link for sharing a location. The other options
    are those of `SendOptions`.

    Raises MessageRejectedError if the service responds with 200 and rejects the message,
    SendOutcomeUnknownError if the message may or may not have been sent, LocationRequestError,
    MessageTooLongError, PhoneNumberError. The message is never sent twice.
    """
    body = apply_text_options(body, options)
    check_location_callback(body, location_callback)
    more: dict[str, Any] = {
        "location_callback": location_callback,
        "authvia_conversation_id": authvia_conversation_id,
    }
    if geolocation_requested:
        more["geolocation_requested"] = True
    return {"from_": from_, "to": to, "body": body, **_given(more), **_given(options)}


def _send_to_contact(
    dashboard_id: int,
    phone_number: str,
    body: str,
    *,
    location_callback: str | None = None,
    **options: Unpack[SendOptions],
) -> dict[str, Any]:
    """Send a text to a contact of a dashboard. Returns the complete message as the service stored it.

    phone_number: 10 or 11 digits, punctuation allowed; an unknown number becomes a new contact. The
    other arguments, and the errors, are those of `send`.
    """
    body = apply_text_options(body, options)
    check_location_callback(body, location_callback)
    more = _given({"location_callback": location_callback})
    return {
        "dashboard_id": dashboard_id,
        "phone_number": phone_number,
        "body": body,
        **more,
        **_given(options),
    }


def _request_location(
    dashboard_id: int,
    phone_number: str,
    body: str,
    *,
    callback: str | None = None,
    **options: Unpack[SendOptions],
) -> dict[str, Any]:
    """Request the location of a contact by text. A missing tag [LocationRequest] is added to the body.

    callback: URL that receives the location when the contact shares it. Without it, the location is
    shown in the web app and delivered to webhooks for location_received. The other arguments, and the
    errors, are those of `send`.
    """
    return _send_to_contact(
        dashboard_id, phone_number, with_location_tag(body), location_callback=callback, **options
    )


def _upload_media(
    file: str | os.PathLike[str] | bytes | BinaryIO,
    *,
    filename: str | None = None,
    content_type: str | None = None,
    **options: Unpack[RequestOptions],
) -> dict[str, Any]:
    """Upload a file for messages. Pass the `url` of the result in mms_media, for any number of messages.

    file: a path, bytes, or a binary file object, which is read from its current position and is not
    closed. It is read while it is sent. filename, content_type: derived from the path or the name of the
    file object if omitted. The service accepts at most 5 MB, 1 MB for a PDF. The accepted types change,
    so they are not checked here.

    Raises InvalidArgumentError if the file is empty, cannot be read, or has no known content type.
    """
    return {"body": MmsMediaUpload(file=media_file(file, filename, content_type)), **_given(options)}


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without None: a message has no field that may be null, so None means omitted."""
    return {name: value for name, value in options.items() if value is not None or name == "timeout"}


def _accepted(result: SentT) -> SentT:
    """Return the result of a send; raises MessageRejectedError for a 200 with status error (vendor)."""
    status = result.delivery_status if isinstance(result, Message) else result.status
    if status == "error":
        code = result.delivery_error if isinstance(result, Message) else None
        reason = f" (code {code})" if code else ""
        raise MessageRejectedError(
            f"the service rejected the message: status 200 with message status error{reason}", response=result
        )
    return result


class Messages(Resource[ClientT_co]):
    """Messages: sending, listing, media and scheduled messages."""

    send = call(adapted(messages_send.operation, _send, _accepted))
    """Send a text to a phone number. It is never sent twice."""
    send_to_contact = call(adapted(messages_send_to_contact.operation, _send_to_contact, _accepted))
    """Send a text to a contact of a dashboard. It is never sent twice."""
    request_location = call(adapted(messages_send_to_contact.operation, _request_location, _accepted))
    """Request the location of a contact by text. It is never sent twice."""
    upload_media = call(adapted(messages_upload_media.operation, _upload_media))
    """Upload a file for messages."""
    list = paged(messages_list.operation)
    """The messages of a dashboard, oldest first."""
    list_with_contact = paged(messages_list_with_contact.operation)
    """The messages between a dashboard and one contact."""
    redact = call(messages_redact.operation)
    """Hide the body of a message in the service. The recipient keeps the text."""
    unredact = call(messages_unredact.operation)
    """Show the body of a redacted message again."""
    list_scheduled = paged(messages_list_scheduled.operation)
    """The scheduled messages of a dashboard."""
    get_scheduled = call(messages_get_scheduled.operation)
    """One scheduled message by id, or None."""

    @flow
    def wait_for_delivery(
        self,
        dashboard_id: int,
        message: str | Message | PostMessageResponse,
        *,
        timeout: float = 60.0,
        poll: float = 1.0,
    ) -> Generator[Any, Any, DashboardMessage | None]:
        """Poll until the delivery status of a message is final, or until the timeout.

        message: the result of a send, or a message id. timeout: seconds. poll: seconds between two
        polls; they double up to 10. Returns the message as last seen. Its delivery_status may not be
        final: some messages never get a receipt (1 of 50, live). Returns None if the message was not
        found among the 1,000 newest of the past hour. Raises InvalidArgumentError for a message without
        an id and for invalid seconds. A status_callback is faster.
        """
        message_id = message if isinstance(message, str) else getattr(message, "message_id", None)
        if not message_id:
            raise InvalidArgumentError(
                "message", "must be the result of a send or a message id; this one has no message_id"
            )
        for name, value in {"timeout": timeout, "poll": poll}.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise UnexpectedArgumentError(name, f"must be seconds, not {type(value).__name__}")
            if not 0 <= value < 1e9:
                raise InvalidArgumentError(name, "must be at least 0 seconds, and less than 1e9")
        if not poll:
            raise InvalidArgumentError("poll", "must be more than 0 seconds")
        recent = self._client.paginate(
            messages_list.operation,
            dashboard_id,
            start_date=datetime.now(UTC) - timedelta(hours=1),
            page_size=100,
            sort="desc",
            message_direction="S",
        )
        deadline = time.monotonic() + timeout
        seen: DashboardMessage | None = None
        while True:
            # The newest pages first: a message that was just sent is usually on the first one.
            for page in range(MAX_PAGES_TO_SEARCH):
                found = yield recent.starting_at(page).limit(100).collect()
                matching = [candidate for candidate in found if candidate.message_id == message_id]
                seen = matching[0] if matching else seen
                if matching or len(found) < 100:
                    break
            left = deadline - time.monotonic()
            if left <= 0 or (seen is not None and is_final(seen.delivery_status)):
                return seen
            yield self._client._sleep(min(poll, left))
            poll = min(poll * 2, 10.0)
