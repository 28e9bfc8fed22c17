"""The tag that the service replaces with a link for sharing a location."""

from __future__ import annotations

from textrequest_ext.errors import LocationRequestError, UnexpectedArgumentError

LOCATION_REQUEST_TAG = "[LocationRequest]"
"""The service replaces it with the link. This is the vendor's spelling; others are not documented."""


def has_location_tag(body: str) -> bool:
    """Whether the body contains the tag. Raises UnexpectedArgumentError if it is not a str."""
    if not isinstance(body, str):
        raise UnexpectedArgumentError("body", f"must be a str, not {type(body).__name__}")
    return LOCATION_REQUEST_TAG in body


def with_location_tag(body: str) -> str:
    """The body with the tag. A missing tag is added at the end, after a space."""
    if has_location_tag(body):
        return body
    return f"{body.rstrip()} {LOCATION_REQUEST_TAG}".lstrip()


def check_location_callback(body: str, location_callback: object) -> None:
    """Raise LocationRequestError for a callback without the tag.

    The service responds to it with 400, even if geolocation_requested is set (vendor).
    """
    if location_callback and not has_location_tag(body):
        raise LocationRequestError(
            "location_callback",
            f"requires the tag {LOCATION_REQUEST_TAG} in the body; add it with with_location_tag(body), "
            "or use messages.request_location",
        )
