"""A response before it is parsed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class RawResponse(Generic[T]):
    """A successful response before it is parsed.

    status_code: the HTTP status. headers: an httpx.Headers. content: the body as bytes. request_id: the
    service's id of the request, or None. elapsed: seconds from the first attempt to the end of the
    response. attempts: how many were made.
    """

    def __init__(
        self, operation: Any, response: httpx.Response, parse: Callable[[Any, httpx.Response], T]
    ) -> None:
        """operation: of the request. parse: takes both and returns the result."""
        self._operation = operation
        self._response = response
        self._parse = parse

    def __repr__(self) -> str:
        return f"<RawResponse {self.status_code} of {self._operation.method} {self._operation.path}>"

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """The headers of the response."""
        return self._response.headers

    @property
    def content(self) -> bytes:
        """The body, decompressed."""
        return self._response.content

    @property
    def request_id(self) -> str | None:
        """The id that the service gave the request, from the header x-request-id, or None."""
        value: str | None = self._response.headers.get("x-request-id")
        return value

    @property
    def elapsed(self) -> float:
        """Seconds for the whole call, with all attempts and the delays between them."""
        return float(self._response.extensions.get("textrequest_elapsed", 0.0))

    @property
    def attempts(self) -> int:
        """How many requests were sent."""
        return int(self._response.extensions.get("textrequest_attempts", 1))

    def parse(self) -> T:
        """The result, as the method returns it without `with_raw_response`. Raises the same errors."""
        return self._parse(self._operation, self._response)
