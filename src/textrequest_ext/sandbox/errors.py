"""The three error bodies of the service (vendor; which operation has which is contradictory)."""

from __future__ import annotations

from .answers import Answer, Refusal
from .contract import Operation

# The document shows a bare message for the upload, error_message with error_code for these, and the
# three keys of its prose for the rest.
_BARE = frozenset({"Messages_upload_media"})
_WITH_CODE = ("Payments_", "Dashboards_available_numbers")


def error_answer(operation: Operation | None, refusal: Refusal) -> Answer:
    """The refusal as the operation words it, without a body where the contract has none (vendor)."""
    name, status = "", refusal.status
    if operation is not None:
        name = operation.id
        documented = operation.document["responses"].get(str(status))
        if documented is not None and not documented.get("content"):
            return Answer(status)
    if name in _BARE:
        return Answer(status, {"error_message": refusal.message})
    if name.startswith(_WITH_CODE):
        return Answer(status, {"error_message": refusal.message, "error_code": refusal.code})
    return Answer(status, {"status": status, "errorCode": refusal.code, "message": refusal.message})
