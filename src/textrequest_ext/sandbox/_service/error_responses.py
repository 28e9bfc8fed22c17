"""The three formats of the service's error bodies (vendor; which operation uses which is contradictory)."""

from __future__ import annotations

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._contract import Operation

from .responses import Response

# The vendor's document shows only a message for the upload, error_message with error_code for these
# operations, and status, errorCode and message in its prose.
_MESSAGE_ONLY = frozenset({"Messages_upload_media"})
_MESSAGE_AND_CODE = ("Payments_", "Dashboards_available_numbers")


def error_response(operation: Operation | None, error: ServiceError) -> Response:
    """The error response in the format of the operation. It has no body if the contract has none (vendor)."""
    operation_id, status = "", error.status
    if operation is not None:
        operation_id = operation.id
        documented = operation.document["responses"].get(str(status))
        if documented is not None and not documented.get("content"):
            return Response(status)
    if operation_id in _MESSAGE_ONLY:
        return Response(status, {"error_message": error.message})
    if operation_id.startswith(_MESSAGE_AND_CODE):
        return Response(status, {"error_message": error.message, "error_code": error.code})
    return Response(status, {"status": status, "errorCode": error.code, "message": error.message})
