"""What a message's status and error code mean. Both sets are open: unknown values are neither."""

from __future__ import annotations

FINAL_STATUSES = frozenset({"delivered", "undelivered", "failed", "error"})
FAILURE_STATUSES = FINAL_STATUSES - {"delivered"}
OPT_OUT_CODES = frozenset({"2100", "30050"})
"""2100 comes with a delivery, 30050 with a send (the vendor's help pages)."""


def is_final(status: str | None) -> bool:
    """Whether the status will not change any more: delivered, undelivered, failed, error."""
    return status in FINAL_STATUSES


def is_failure(status: str | None) -> bool:
    """Whether the message did not arrive: undelivered, failed, error."""
    return status in FAILURE_STATUSES


def is_opt_out(error_code: str | int | None) -> bool:
    """Whether an error code says that the recipient has opted out of texts from this number."""
    return error_code is not None and str(error_code) in OPT_OUT_CODES
