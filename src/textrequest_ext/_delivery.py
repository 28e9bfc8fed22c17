"""What a delivery status and an error code mean. Both may have values that are not listed here."""

from __future__ import annotations

from textrequest_api.errors import UnexpectedArgumentError

FINAL_STATUSES = frozenset({"delivered", "undelivered", "failed", "error"})
FAILURE_STATUSES = FINAL_STATUSES - {"delivered"}
OPT_OUT_CODES = frozenset({"2100", 2100, "30050", 30050})
"""2100 is an error of the delivery, 30050 of the send (vendor)."""


def is_final(status: str | None) -> bool:
    """Whether the status will not change again: delivered, undelivered, failed, error.

    status: the `delivery_status` of a message or the `status` of an event; None and unknown values are not
    final. Raises UnexpectedArgumentError for another type.
    """
    return _checked(status) in FINAL_STATUSES


def is_failure(status: str | None) -> bool:
    """Whether the message was not delivered: undelivered, failed, error.

    status: the `delivery_status` of a message, or None. Raises UnexpectedArgumentError for another type.
    """
    return _checked(status) in FAILURE_STATUSES


def is_opt_out(error_code: str | int | None) -> bool:
    """Whether an error code means that the recipient has opted out of texts from this number.

    error_code: of a message or a status event, as text or a number. 2100 and 30050 mean it (vendor); there
    may be others.

    Raises UnexpectedArgumentError, which is a TypeError, for another type.
    """
    if not isinstance(error_code, str | int | None):
        raise UnexpectedArgumentError(
            "error_code", f"must be a str, an int or None, not {type(error_code).__name__}"
        )
    return error_code in OPT_OUT_CODES


def _checked(status: str | None) -> str | None:
    if not isinstance(status, str | None):
        raise UnexpectedArgumentError("status", f"must be a str or None, not {type(status).__name__}")
    return status
