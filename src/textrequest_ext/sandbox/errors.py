"""The three error bodies of the service (vendor; which operation has which is contradictory)."""

from __future__ import annotations

from .answers import Answer, Refusal
from .contract import Operation

# The document shows a bare message for the upload, error_message with error_code for these, and the
# three keys of its prose for the rest.
_BARE = frozenset({"Messages_upload_media"})
_WITH_CODE = ("Payments_", "Dashboards_available_numbers")


def error_answer(operation: Operation | None, refusal: Refusal) -> Answer:
    """The refusal as the operation words it."""
    if refusal.empty:
        return Answer(refusal.status)
    name = operation.id if operation else ""
    if name in _BARE:
        return Answer(refusal.status, {"error_message": refusal.message})
    if name.startswith(_WITH_CODE):
        return Answer(refusal.status, {"error_message": refusal.message, "error_code": refusal.code})
    return Answer(
        refusal.status, {"status": refusal.status, "errorCode": refusal.code, "message": refusal.message}
    )


def bad_request(operation: Operation, reason: str) -> Answer:
    """The 400 for a request that is not what the contract says; without a body where none is documented."""
    documented = operation.document["responses"].get("400")
    empty = documented is not None and not documented.get("content")
    return error_answer(operation, Refusal(reason, code="parameterInvalid", empty=empty))
