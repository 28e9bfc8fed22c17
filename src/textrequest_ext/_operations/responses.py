"""From a response to a result, or to the raw response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeVar

from textrequest_api.errors import ResponseParseError
from textrequest_api.types import Operation
from textrequest_ext.errors import SendUnreadableError, UnexpectedArgumentError, UnexpectedResponseError

if TYPE_CHECKING:
    import httpx

P = ParamSpec("P")
T = TypeVar("T")
I = TypeVar("I")  # noqa: E741
I_co = TypeVar("I_co", covariant=True)


class PageOf(Protocol[I_co]):
    """A response with one page of a list: `items`, and `meta` with page, page_size and total_items."""

    @property
    def items(self) -> Sequence[I_co]: ...
    @property
    def meta(self) -> Any: ...


def request_of(operation: Operation[P, Any], *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
    """The request of an operation; raises InvalidArgumentError."""
    if not isinstance(operation, Operation):
        raise UnexpectedArgumentError(
            "operation", f"must be an operation of the generated package, not {type(operation).__name__}"
        )
    return operation.build(*args, **kwargs)


def result_of(operation: Operation[..., T], response: httpx.Response) -> T:
    """The result in a 2xx response; raises UnexpectedResponseError if it does not match the contract."""
    try:
        return operation.parse(response)
    except ResponseParseError as error:
        # It can be the response to another request, which a server has sent late; then the one to this
        # request comes next, on the same connection.
        distrust = response.extensions.get("textrequest_distrust")
        if distrust is not None:
            distrust()
        error_class = SendUnreadableError if operation.sends_text else UnexpectedResponseError
        raise error_class(
            f"{operation.method} {operation.path}: {error}",
            body=response.content,
            status_code=response.status_code,
            method=operation.method,
            path=operation.path,
        ) from error


class RawResponse(Generic[T]):
    """A successful response before it is parsed.

    status_code: the HTTP status. headers: an httpx.Headers. content: the body as bytes. request_id: the
    service's id of the request, or None. elapsed: seconds from the first attempt to the end of the
    response. attempts: how many were made.
    """

    def __init__(self, operation: Operation[..., T], response: httpx.Response) -> None:
        self._operation = operation
        self._response = response

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
        seconds: Any = self._response.extensions.get("textrequest_elapsed", 0.0)
        return float(seconds)

    @property
    def attempts(self) -> int:
        """How many requests were sent."""
        count: Any = self._response.extensions.get("textrequest_attempts", 1)
        return int(count)

    def parse(self) -> T:
        """The result, as the method returns it without `with_raw_response`. Raises the same errors."""
        return result_of(self._operation, self._response)
