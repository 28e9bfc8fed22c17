"""The operations that send a text: their arguments, and the result of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from textrequest_api.api.messages import messages_send, messages_send_to_contact
from textrequest_api.models.message import Message
from textrequest_api.models.post_message_response import PostMessageResponse
from textrequest_api.types import UNSET, Unset
from textrequest_ext._location import check_location_callback, with_location_tag
from textrequest_ext._reconciliation import SETTLE
from textrequest_ext._sending.ledger import Conversation
from textrequest_ext._sending.reconciling import IfUnknown
from textrequest_ext._sending.sends import sends
from textrequest_ext._texts.bodies import text_to_send
from textrequest_ext.errors import MessageRejectedError, UnexpectedArgumentError

if TYPE_CHECKING:
    import httpx

SentT = TypeVar("SentT", Message, PostMessageResponse)
MAX_ID_LENGTH = 20  # of 64 bits; Python converts no text of any length to an int
# What an error shows of the code: anything else may be a part of the text.
_CODE = re.compile(r"[A-Z]{0,4}\d{1,6}")


def _send(
    from_: str,
    to: str,
    body: str,
    *,
    sender_name: str | None = None,
    status_callback: str | None = None,
    location_callback: str | None = None,
    mms_media: Sequence[str] | None = None,
    geolocation_requested: bool = False,
    authvia_conversation_id: str | None = None,
    max_segments: int | None = None,
    smart: bool = False,
    if_unknown: IfUnknown = "raise",
    settle: float = SETTLE,
    extra_query: Mapping[str, Any] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    timeout: httpx.Timeout | float | Unset | None = UNSET,
) -> dict[str, Any]:
    """Send a text from the phone number of a dashboard. Returns the message id and the current status.

    from_, to: 10 or 11 digits, punctuation allowed. body: at most 1600 characters; no opt-out footer
    is added. sender_name: name of the sender, at most 41 characters; default "API". status_callback: URL
    that receives the delivery status, several times per message. location_callback: URL that receives the
    location; requires the tag [LocationRequest] in the body. mms_media: at most three URLs returned by
    `upload_media`. geolocation_requested: the service adds a link for sharing a location.
    authvia_conversation_id: id of a conversation at Authvia, the payment processor.

    max_segments: raise MessageTooLongError if the body has more segments; see `segments`. smart: replace
    curly quotes, long dashes and other typographic characters if the text then fits into GSM-7; see
    `smart_text`.

    if_unknown: what to do if the message may or may not have been sent. "raise" raises
    SendOutcomeUnknownError. "reconcile" looks the message up in the conversation first: it returns the
    message if it was sent and raises MessageNotSentError if it provably was not. "resend" sends it again
    in that case, at most twice. settle: seconds after the attempt until a message that is not recorded
    counts as not sent.

    extra_query: query parameters that the contract does not define. extra_headers: headers of this
    request. timeout: seconds, or an httpx.Timeout, instead of the client's; None disables it.

    Raises MessageRejectedError if the service responds with 200 and rejects the message,
    SendOutcomeUnknownError if the message may or may not have been sent, LocationRequestError,
    MessageTooLongError, PhoneNumberError. The message is never sent twice, unless `if_unknown` permits it.
    """
    body = text_to_send(body, max_segments, smart=smart)
    check_location_callback(body, location_callback)
    if geolocation_requested and geolocation_requested is not True:
        raise UnexpectedArgumentError("geolocation_requested", "must be True or False")
    return _given(
        from_=from_,
        to=to,
        body=body,
        sender_name=sender_name,
        status_callback=status_callback,
        location_callback=location_callback,
        mms_media=mms_media,
        geolocation_requested=True if geolocation_requested else None,
        authvia_conversation_id=authvia_conversation_id,
        extra_query=extra_query,
        extra_headers=extra_headers,
        timeout=timeout,
    )


def _send_to_contact(
    dashboard_id: int,
    phone_number: str,
    body: str,
    *,
    sender_name: str | None = None,
    status_callback: str | None = None,
    location_callback: str | None = None,
    mms_media: Sequence[str] | None = None,
    max_segments: int | None = None,
    smart: bool = False,
    if_unknown: IfUnknown = "raise",
    settle: float = SETTLE,
    extra_query: Mapping[str, Any] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    timeout: httpx.Timeout | float | Unset | None = UNSET,
) -> dict[str, Any]:
    """Send a text to a contact of a dashboard. Returns the complete message as the service stored it.

    dashboard_id: the dashboard to send from. phone_number: 10 or 11 digits, punctuation allowed; an
    unknown number becomes a new contact. The other arguments, and the errors, are those of `send`.
    """
    body = text_to_send(body, max_segments, smart=smart)
    check_location_callback(body, location_callback)
    return _given(
        dashboard_id=dashboard_id,
        phone_number=phone_number,
        body=body,
        sender_name=sender_name,
        status_callback=status_callback,
        location_callback=location_callback,
        mms_media=mms_media,
        extra_query=extra_query,
        extra_headers=extra_headers,
        timeout=timeout,
    )


def _request_location(
    dashboard_id: int,
    phone_number: str,
    body: str,
    *,
    callback: str | None = None,
    sender_name: str | None = None,
    status_callback: str | None = None,
    mms_media: Sequence[str] | None = None,
    max_segments: int | None = None,
    smart: bool = False,
    if_unknown: IfUnknown = "raise",
    settle: float = SETTLE,
    extra_query: Mapping[str, Any] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    timeout: httpx.Timeout | float | Unset | None = UNSET,
) -> dict[str, Any]:
    """Request the location of a contact by text. A missing tag [LocationRequest] is added to the body.

    callback: URL that receives the location when the contact shares it. Without it, the location is
    shown in the web app and delivered to webhooks for location_received. The other arguments, and the
    errors, are those of `send_to_contact`.
    """
    return _send_to_contact(
        dashboard_id,
        phone_number,
        with_location_tag(body),
        sender_name=sender_name,
        status_callback=status_callback,
        location_callback=callback,
        mms_media=mms_media,
        max_segments=max_segments,
        smart=smart,
        extra_query=extra_query,
        extra_headers=extra_headers,
        timeout=timeout,
    )


def _given(**arguments: Any) -> dict[str, Any]:
    """The arguments without None: a message has no field that may be null, so None means omitted."""
    required = ("from_", "to", "dashboard_id", "phone_number", "body", "timeout")
    return {name: value for name, value in arguments.items() if value is not None or name in required}


def _accepted(result: SentT) -> SentT:
    """Return the result of a send; raises MessageRejectedError for a 200 with status error (vendor)."""
    status = result.delivery_status if isinstance(result, Message) else result.status
    if status == "error":
        code = result.delivery_error if isinstance(result, Message) else None
        reason = f" (code {code})" if _CODE.fullmatch(str(code)) else ""
        raise MessageRejectedError(
            f"the service rejected the message: status 200 with message status error{reason}", response=result
        )
    return result


def _from_number(url: str, payload: dict[str, Any]) -> Conversation:
    return Conversation(payload["from"], payload["to"])


def _with_contact(url: str, payload: dict[str, Any]) -> Conversation:
    _, _, dashboard_id, _, phone_number, _ = url.split("/")
    if not (dashboard_id.isascii() and dashboard_id.isdigit() and len(dashboard_id) <= MAX_ID_LENGTH):
        raise UnexpectedArgumentError("dashboard_id", "must be the id of a dashboard, an int")
    return Conversation(int(dashboard_id), phone_number)


def _short_result(message: Message, conversation: Conversation) -> PostMessageResponse:
    """What `send` returns for a message that was found in the conversation."""
    return PostMessageResponse(
        message_id=message.message_id,
        from_=str(conversation.dashboard),
        to=conversation.number,
        status=message.delivery_status,
    )


def _whole_result(message: Message, conversation: Conversation) -> Message:
    return message


SEND = sends(messages_send.operation, _send, _from_number, _short_result, _accepted)
SEND_TO_CONTACT = sends(
    messages_send_to_contact.operation, _send_to_contact, _with_contact, _whole_result, _accepted
)
REQUEST_LOCATION = sends(
    messages_send_to_contact.operation, _request_location, _with_contact, _whole_result, _accepted
)
