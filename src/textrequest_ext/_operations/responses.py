"""From a response to a result, or to the raw response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from textrequest_api.errors import ResponseParseError
from textrequest_api.types import Operation
from textrequest_ext.errors import SendUnreadableError, UnexpectedArgumentError, UnexpectedResponseError

if TYPE_CHECKING:
    import httpx

    from textrequest_ext._raw_response import RawResponse

# Of an operation: its parameters, its result, and the items of its list.
P = ParamSpec("P")
T = TypeVar("T")
I = TypeVar("I")  # noqa: E741
I_co = TypeVar("I_co", covariant=True)


class PageOf(Protocol[I_co]):
    """A response with one page of a list: `items`, and usually `meta` with page, page_size and total_items."""

    @property
    def items(self) -> Sequence[I_co]: ...


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


def raw_response_of(operation: Operation[..., T], response: httpx.Response) -> RawResponse[T]:
    """A response that the caller parses."""
    from textrequest_ext._raw_response import RawResponse

    return RawResponse(operation, response, result_of)
