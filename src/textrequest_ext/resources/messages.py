"""Texts: sending, reading, media, and what is scheduled."""

from __future__ import annotations

import io
import mimetypes
import os
import time
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
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
from textrequest_api.types import File
from textrequest_ext.delivery import is_final
from textrequest_ext.errors import InvalidArgumentError, MessageRejectedError, UnexpectedArgumentError
from textrequest_ext.location import check_location_callback, with_location_tag
from textrequest_ext.operations import ClientT_co, RequestOptions, Resource, arranged, call, flow, paged

MOST_PAGES_TO_SEARCH = 10
SentT = TypeVar("SentT", Message, PostMessageResponse)


class SendOptions(RequestOptions, total=False):
    """What a text can carry besides its words.

    sender_name: who sends it, at most 41 characters; "API" if left out. status_callback: address that
    is told of the delivery, several times per message. mms_media: addresses from `upload_media`, at
    most three.
    """

    sender_name: str
    status_callback: str
    mms_media: Sequence[str]


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
    """Text a number from a dashboard's number; takes a short result, with the status so far.

    from_, to: 10 or 11 digits, punctuation allowed. body: at most 1600 characters; no opt-out footer
    is added. location_callback: address told of the location, needs the tag [LocationRequest] in the
    text. geolocation_requested: have the service add a link for sharing a location. The rest is in
    `SendOptions`.

    Raises MessageRejectedError where the service answers 200 and refuses the message,
    SendOutcomeUnknownError where nobody knows whether it was sent, LocationRequestError,
    MessageTooLongError, PhoneNumberError. Never sent twice.
    """
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
    """Text a contact of a dashboard; takes the whole message as the service stored it.

    phone_number: 10 or 11 digits, punctuation allowed; a new contact is made for a new number. The
    rest, and what is raised, as in `send`.
    """
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
    """Ask a contact for their location by text; adds the tag [LocationRequest] where it is missing.

    callback: address that is sent the location once the contact shares it; without it, the location
    shows in the web app and goes to webhooks for location_received. The rest as in `send_to_contact`.
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
    """Upload a file that texts can carry; put the `url` of the result into mms_media, as often as wanted.

    file: a path, bytes, or a binary file object, which is read from where it stands. filename,
    content_type: guessed from the path or the file object's name if left out. The service takes at
    most 5 MB, 1 MB for a PDF; which types it takes changes, so none is refused here.
    """
    if isinstance(file, str | os.PathLike):
        path = Path(file)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InvalidArgumentError("file", f"cannot be read: {error.strerror}") from error
        filename = filename or path.name
    elif isinstance(file, bytes | bytearray | memoryview):
        content = bytes(file)
    elif hasattr(file, "read"):
        content = file.read()
        if not isinstance(content, bytes):
            raise UnexpectedArgumentError("file", "a file opened in binary mode, as with open(path, 'rb')")
        filename = filename or os.path.basename(str(getattr(file, "name", "")))
    else:
        raise UnexpectedArgumentError("file", f"a path, bytes, or a binary file, not {type(file).__name__}")
    if not content:
        raise InvalidArgumentError("file", "is empty")
    guessed = content_type or mimetypes.guess_type(filename or "")[0]
    if guessed is None:
        raise InvalidArgumentError(
            "content_type", "cannot be guessed; give it, such as image/png, or a filename"
        )
    suffix = mimetypes.guess_extension(guessed) or ""
    part = File(io.BytesIO(content), filename or f"media{suffix}", guessed)
    return {"body": MmsMediaUpload(file=part), **_given(options)}


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is None: a text has no null to send, so None means left out."""
    return {name: value for name, value in options.items() if value is not None or name == "timeout"}


def _accepted(result: SentT) -> SentT:
    """The result of a send, unless the service refused the message with status 200 (vendor)."""
    status = result.delivery_status if isinstance(result, Message) else result.status
    if status == "error":
        code = result.delivery_error if isinstance(result, Message) else None
        reason = f" (code {code})" if code else ""
        raise MessageRejectedError(
            f"the service refused the message with status 200 and status error{reason}", response=result
        )
    return result


class Messages(Resource[ClientT_co]):
    """Texts: sending, reading, media, and what is scheduled."""

    send = call(arranged(messages_send.operation, _send, _accepted))
    """Text a number from a dashboard's number. Never sent twice."""
    send_to_contact = call(arranged(messages_send_to_contact.operation, _send_to_contact, _accepted))
    """Text a contact of a dashboard. Never sent twice."""
    request_location = call(arranged(messages_send_to_contact.operation, _request_location, _accepted))
    """Ask a contact for their location by text. Never sent twice."""
    upload_media = call(arranged(messages_upload_media.operation, _upload_media))
    """Upload a file that texts can carry."""
    list = paged(messages_list.operation)
    """The messages of a dashboard, the oldest first."""
    list_with_contact = paged(messages_list_with_contact.operation)
    """The messages between a dashboard and one contact."""
    redact = call(messages_redact.operation)
    """Hide a message's text on the service's side; what was sent stays sent."""
    unredact = call(messages_unredact.operation)
    """Show a redacted message's text again."""
    list_scheduled = paged(messages_list_scheduled.operation)
    """The messages of a dashboard that wait to be sent."""
    get_scheduled = call(messages_get_scheduled.operation)
    """One message that waits to be sent, or None."""

    @flow
    def wait_for_delivery(
        self,
        dashboard_id: int,
        message: str | Message | PostMessageResponse,
        *,
        timeout: float = 60.0,
        poll: float = 1.0,
    ) -> Generator[Any, Any, DashboardMessage | None]:
        """Wait until a message's delivery status is final, or until the timeout, by polling.

        message: what a send returned, or a message id. timeout, poll: seconds; the wait between two
        looks doubles up to 10 seconds. Returns the message as last seen, whose delivery_status may
        well not be final: receipts are at times never sent (1 of 50, live). None: never seen at all.
        Searched are the thousand newest of the past hour. Raises InvalidArgumentError for a message
        without an id and for seconds that cannot be waited. A status_callback tells sooner.
        """
        message_id = message if isinstance(message, str) else getattr(message, "message_id", None)
        if not message_id:
            raise InvalidArgumentError(
                "message", "what a send returned, or a message id; this has no message_id"
            )
        if not timeout >= 0 or not poll > 0:
            name, least = ("timeout", "from 0") if not timeout >= 0 else ("poll", "above 0")
            raise InvalidArgumentError(name, f"seconds {least}")
        recent = self._client.paginate(
            messages_list.operation,
            dashboard_id,
            start_date=datetime.now(UTC) - timedelta(hours=1),
            sort="desc",
            message_direction="S",
        )
        deadline = time.monotonic() + timeout
        seen: DashboardMessage | None = None
        while True:
            # The newest pages, one by one: what was just sent is on the first as a rule.
            for page in range(MOST_PAGES_TO_SEARCH):
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
