"""What a route answers: a status with a JSON payload, or none, or a refusal."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

JSON = "application/json; charset=utf-8"
MOST_A_PAGE = 1000  # live: a larger page_size is cut to this without a word
DEFAULT_PAGE = 100  # live

Row = TypeVar("Row")
Payload = dict[str, Any] | list[Any] | None


def encoded(payload: Any) -> bytes:
    """The payload as compact JSON in UTF-8."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(slots=True)
class Answer:
    """An answer. payload: what is validated against the contract. body: the bytes that are sent.

    A route gives the payload alone as a rule; a page of messages brings its bytes, put together from
    the kept bytes of its rows.
    """

    status: int = 200
    payload: Payload = None
    body: bytes | None = None
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if self.body is None:
            self.body = b"" if self.payload is None else encoded(self.payload)
        return self.body


NO_CONTENT = 204


class Refusal(Exception):
    """The service refuses a request: a status, its words, its code."""

    def __init__(self, message: str, *, status: int = 400, code: str | None = None) -> None:
        self.status = status
        self.message = message
        self.code = code
        super().__init__(message)


@dataclass(slots=True)
class Rendered:
    """One row as the dict that is validated and the bytes that are sent, both from the same moment."""

    payload: dict[str, Any]
    body: bytes

    @classmethod
    def of(cls, payload: dict[str, Any]) -> Rendered:
        return cls(payload, encoded(payload))


def window(query: dict[str, Any], total: int) -> tuple[int, int, dict[str, int]]:
    """Start and end of the page that is asked for, and the answer's meta."""
    number = query.get("page", 0)
    size = min(query.get("page_size", DEFAULT_PAGE), MOST_A_PAGE)
    start = min(number * size, total)
    return start, min(start + size, total), {"page": number, "page_size": size, "total_items": total}


def page(rows: Sequence[Row], query: dict[str, Any], show: Callable[[Row], dict[str, Any]]) -> Answer:
    """One page of rows in the envelope, each as `show` renders it. A page past the end has no items (vendor)."""
    start, end, meta = window(query, len(rows))
    return Answer(payload={"items": [show(row) for row in rows[start:end]], "meta": meta})


def rendered_page(rows: Sequence[Rendered], meta: dict[str, int]) -> Answer:
    """One page of rows that are rendered already."""
    body = b'{"items":[%b],"meta":%b}' % (b",".join([row.body for row in rows]), encoded(meta))
    return Answer(payload={"items": [row.payload for row in rows], "meta": meta}, body=body)
