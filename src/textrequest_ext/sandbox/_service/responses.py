"""Responses of the service, and the pages of its list operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from textrequest_ext.sandbox._json import EncodedObject, encode

JSON = "application/json; charset=utf-8"
NO_CONTENT = 204
MAX_PAGE_SIZE = 1000  # live: a larger page_size is silently reduced to this
DEFAULT_PAGE_SIZE = 100  # live

ItemT = TypeVar("ItemT")
Payload = dict[str, Any] | list[Any] | None


@dataclass(slots=True)
class Response:
    """A response. payload: the JSON value that is validated. body: the bytes that are sent.

    Without a body, the payload is encoded. A page of messages has both, because its items are cached bytes.
    """

    status: int = 200
    payload: Payload = None
    body: bytes | None = None
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """The bytes of the body."""
        if self.body is None:
            self.body = b"" if self.payload is None else encode(self.payload)
        return self.body


def page_slice(query: dict[str, Any], total: int) -> tuple[int, int, dict[str, int]]:
    """The start and end of the requested page, and the `meta` object of its response."""
    number = query.get("page", 0)
    size = min(query.get("page_size", DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE)
    start = min(number * size, total)
    return start, min(start + size, total), {"page": number, "page_size": size, "total_items": total}


def page_response(
    items: Sequence[ItemT], query: dict[str, Any], to_dict: Callable[[ItemT], dict[str, Any]]
) -> Response:
    """The requested page of the items. A page after the last has no items (vendor)."""
    start, end, meta = page_slice(query, len(items))
    return Response(payload={"items": [to_dict(item) for item in items[start:end]], "meta": meta})


def encoded_page_response(items: Sequence[EncodedObject], meta: dict[str, int]) -> Response:
    """A page of items that are already encoded."""
    body = b'{"items":[%b],"meta":%b}' % (b",".join([item.body for item in items]), encode(meta))
    return Response(payload={"items": [item.payload for item in items], "meta": meta}, body=body)
