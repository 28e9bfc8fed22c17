"""The tag in a text that becomes a link for sharing a location."""

from __future__ import annotations

from textrequest_ext.errors import LocationRequestError, UnexpectedArgumentError

LOCATION_REQUEST_TAG = "[LocationRequest]"
"""The service replaces it by the link. The vendor spells it so; other spellings are not known to work."""


def has_location_tag(body: str) -> bool:
    """Whether the text asks for a location; raises UnexpectedArgumentError for what is no text."""
    if not isinstance(body, str):
        raise UnexpectedArgumentError("body", f"text, not {type(body).__name__}")
    return LOCATION_REQUEST_TAG in body


def with_location_tag(body: str) -> str:
    """The text with the tag, added at the end after a space where it is missing."""
    if has_location_tag(body):
        return body
    return f"{body.rstrip()} {LOCATION_REQUEST_TAG}".lstrip()


def check_location_callback(body: str, location_callback: object) -> None:
    """Raise LocationRequestError for a callback without the tag: the service answers 400 to it, even
    where geolocation_requested is set (the vendor's document)."""
    if location_callback and not has_location_tag(body):
        raise LocationRequestError(
            "location_callback",
            f"needs the tag {LOCATION_REQUEST_TAG} in the text; with_location_tag(body) adds it, "
            "and messages.request_location does so by itself",
        )
