"""What `send_many` takes and returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal

from textrequest_api.models.message import Message
from textrequest_ext.errors import TextRequestError

Outcome = Literal["sent", "rejected", "opted_out", "outside_hours", "invalid", "not_sent", "unknown"]


@dataclass(frozen=True)
class OutgoingMessage:
    """A message to send with `send_many`.

    phone_number: 10 or 11 digits, punctuation allowed. body: at most 1600 characters. key: identifies
    the message in the journal; without it, the key is derived from the content and the index. time_zone:
    of the recipient, as a name such as America/New_York or a tzinfo; needed for `hours`. sender_name,
    status_callback, location_callback, mms_media: as for `send_to_contact`.

    Phone number and body are not part of the repr.
    """

    phone_number: str = field(repr=False)
    body: str = field(repr=False)
    key: str | None = field(default=None, kw_only=True)
    time_zone: str | tzinfo | None = field(default=None, kw_only=True)
    sender_name: str | None = field(default=None, kw_only=True)
    status_callback: str | None = field(default=None, kw_only=True, repr=False)
    location_callback: str | None = field(default=None, kw_only=True, repr=False)
    mms_media: Sequence[str] = field(default=(), kw_only=True, repr=False)

    def options(self) -> dict[str, object]:
        """The options that are set, in a form that JSON can hold."""
        has_no_media = isinstance(self.mms_media, list | tuple) and not self.mms_media
        values = {
            "sender_name": self.sender_name,
            "status_callback": self.status_callback,
            "location_callback": self.location_callback,
            "mms_media": None if has_no_media else self.mms_media,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class SendResult:
    """What became of one message.

    index: the position of the message in the iterable, from 0. key: its key in the journal. message:
    the message itself.

    outcome: `sent`: the service accepted it, which does not mean that it was delivered. `rejected`: the
    service refused it. `opted_out`: the recipient has opted out. `outside_hours`: the hours do not
    permit it now. `invalid`: it cannot be sent as it is. `not_sent`: it was not sent, for certain; the
    next run with the same journal sends it. `unknown`: it may or may not have been sent.

    message_id: the id of a message that was sent. response: the message as the service returned it, if
    it was sent in this run. reason: why it was not sent. error: the error, if there was one. earlier:
    whether the outcome is that of an earlier run, read from the journal.
    """

    index: int
    key: str
    outcome: Outcome
    message: OutgoingMessage
    message_id: str | None = None
    reason: str | None = None
    error: TextRequestError | None = None
    response: Message | None = field(default=None, repr=False)
    earlier: bool = False
