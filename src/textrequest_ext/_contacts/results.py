"""What became of a contact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from textrequest_api.models.contact import Contact
from textrequest_ext.errors import BadRequestError, InvalidArgumentError

Outcome = Literal["created", "updated", "saved", "unchanged", "invalid", "skipped"]


@dataclass(frozen=True, slots=True)
class ContactResult:
    """What became of one contact of `contacts.sync`.

    index: its position in the input, from 0. outcome: "created" or "updated"; "saved" if the response does
    not tell which; "unchanged" if it was not sent, because nothing differs (only with compare=True);
    "invalid" if it was refused, before sending or by the service; "skipped" if it was not sent for another
    reason. reason: why it is invalid or was skipped, without phone numbers; None otherwise. error: the error
    for an invalid contact, or None. contact: the contact as the service has it, or None. not_sent: the fields
    that were omitted because they could undo an opt-out. item: the item of the input.
    """

    index: int
    outcome: Outcome
    reason: str | None = None
    error: InvalidArgumentError | BadRequestError | None = None
    contact: Contact | None = field(default=None, repr=False)
    not_sent: tuple[str, ...] = ()
    item: Any = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the service has the contact as it is in the input: neither invalid nor skipped."""
        return self.outcome not in ("invalid", "skipped")
