"""Messages: sending, listing, media and scheduled messages."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, overload

from textrequest_api._arguments import check_names
from textrequest_api.api.messages import (
    messages_get_scheduled,
    messages_list,
    messages_list_scheduled,
    messages_list_with_contact,
    messages_redact,
    messages_unredact,
    messages_upload_media,
)
from textrequest_api.models.dashboard_message import DashboardMessage
from textrequest_api.models.message import Message
from textrequest_api.models.mms_media_upload import MmsMediaUpload
from textrequest_api.models.post_message_response import PostMessageResponse
from textrequest_api.types import UNSET, Unset
from textrequest_ext._delivery import is_final
from textrequest_ext._operations.clients import AnyAsyncClient, AnyBlockingClient
from textrequest_ext._operations.descriptors import ClientT_co, Resource, adapted, call, paged
from textrequest_ext._operations.flows import flow
from textrequest_ext._sending.routes import REQUEST_LOCATION, SEND, SEND_TO_CONTACT
from textrequest_ext.errors import InvalidArgumentError, UnexpectedArgumentError
from textrequest_ext.resources._media import media_file

if TYPE_CHECKING:
    from datetime import time as time_of_day
    from datetime import tzinfo

    import httpx

    from textrequest_ext._sending.awaiting import AsyncSendRun
    from textrequest_ext._sending.blocking import SendRun
    from textrequest_ext._sending.results import OutgoingMessage, SendResult
    from textrequest_ext._sending.settings import IfRunUnknown

MAX_PAGES_TO_SEARCH = 10


def _upload_media(
    file: str | os.PathLike[str] | bytes | BinaryIO,
    *,
    filename: str | None = None,
    content_type: str | None = None,
    extra_query: Mapping[str, Any] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    timeout: httpx.Timeout | float | Unset | None = UNSET,
) -> dict[str, Any]:
    """Upload a file for messages. Pass the `url` of the result in mms_media, for any number of messages.

    file: a path, bytes, or a binary file object, which is read from its current position and is not
    closed. It is read while it is sent. filename, content_type: derived from the path or the name of the
    file object if omitted. The service accepts at most 5 MB, 1 MB for a PDF. The accepted types change,
    so they are not checked here.

    extra_query: query parameters that the contract does not define. extra_headers: headers of this
    request. timeout: seconds, or an httpx.Timeout, instead of the client's; None disables it.

    Raises InvalidArgumentError if the file is empty, cannot be read, or has no known content type.
    """
    return {
        "body": MmsMediaUpload(file=media_file(file, filename, content_type)),
        "extra_query": extra_query,
        "extra_headers": extra_headers,
        "timeout": timeout,
    }


class Messages(Resource[ClientT_co]):
    """Messages: sending, listing, media and scheduled messages."""

    send = SEND
    """Send a text to a phone number. It is never sent twice."""
    send_to_contact = SEND_TO_CONTACT
    """Send a text to a contact of a dashboard. It is never sent twice."""
    request_location = REQUEST_LOCATION
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

    @overload
    def send_many(
        self: Resource[AnyBlockingClient],
        dashboard_id: int,
        messages: Iterable[OutgoingMessage],
        *,
        journal: str | os.PathLike[str] | None = None,
        concurrency: int = 8,
        per_second: float | None = None,
        opted_out: Iterable[str] | None = None,
        hours: tuple[time_of_day, time_of_day] | None = None,
        time_zone: str | tzinfo | None = None,
        max_segments: int | None = None,
        smart: bool = False,
        if_unknown: IfRunUnknown = "reconcile",
        settle: float = 60.0,
        on_result: Callable[[SendResult], object] | None = None,
    ) -> SendRun: ...
    @overload
    def send_many(
        self: Resource[AnyAsyncClient],
        dashboard_id: int,
        messages: Iterable[OutgoingMessage] | AsyncIterable[OutgoingMessage],
        *,
        journal: str | os.PathLike[str] | None = None,
        concurrency: int = 8,
        per_second: float | None = None,
        opted_out: Iterable[str] | None = None,
        hours: tuple[time_of_day, time_of_day] | None = None,
        time_zone: str | tzinfo | None = None,
        max_segments: int | None = None,
        smart: bool = False,
        if_unknown: IfRunUnknown = "reconcile",
        settle: float = 60.0,
        on_result: Callable[[SendResult], object] | None = None,
    ) -> AsyncSendRun: ...
    @check_names
    def send_many(self, dashboard_id: int, messages: Any, **options: Any) -> Any:
        """Send many texts from a dashboard. Returns an iterator of one SendResult for each message.

        messages: OutgoingMessage objects, read as they are needed; the async client also takes an async
        iterable. Nothing is sent before the first result is requested. docs/sending.md describes it.

        journal: path of the journal, which is created if it does not exist; with it, a run that was
        stopped or killed can be resumed without sending a message again. concurrency: how many messages
        are in flight at the same time. per_second: how many are started per second at most.

        opted_out: phone numbers that are not texted; by default, the service is asked once for the
        contacts of the dashboard that have opted out. hours: local times between which messages are sent,
        the first included, such as (time(9), time(20)); each message needs a time zone then. time_zone:
        for messages without one. max_segments, smart: those of `send`, for every message; a message with
        more segments is invalid.

        if_unknown: what to do if a message may or may not have been sent. "reconcile" looks it up in the
        conversation. "resend" also sends it again if it provably was not sent. "report" does neither.
        settle: seconds after the attempt until a message that is not recorded counts as not sent.
        on_result: called with each SendResult, before it is returned.

        Raises InvalidArgumentError for invalid options. The iterator raises JournalError if the journal
        cannot be used, AuthenticationError or PermissionDeniedError if the service refuses the API key,
        and what the iterable raises; everything else is part of a result.
        """
        from textrequest_ext._sending.many import send_many

        return send_many(self._client, dashboard_id, messages, options)

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
