"""From a response to a result: one object, or one page of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textrequest_api.errors import ResponseParseError
from textrequest_ext._operations.clients import PageOf
from textrequest_ext._pagination.rules import Page
from textrequest_ext.errors import InvalidArgumentError, SendUnreadableError, UnexpectedResponseError

if TYPE_CHECKING:
    import httpx

    from textrequest_api.types import Operation

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741


def result_of(operation: Operation[..., T], response: httpx.Response) -> T:
    """The result in a 2xx response; raises UnexpectedResponseError if it does not match the contract."""
    try:
        return operation.parse(response)
    except ResponseParseError as error:
        error_class = SendUnreadableError if operation.sends_text else UnexpectedResponseError
        raise error_class(
            f"{operation.method} {operation.path}: {error}",
            body=response.content,
            status_code=response.status_code,
            method=operation.method,
            path=operation.path,
        ) from error


class ListRequest(Generic[I]):
    """A list operation with its arguments.

    They are checked and built once: invalid ones are reported by the call itself, and every page is
    requested with the same filters.
    """

    def __init__(
        self, operation: Operation[..., PageOf[I] | None], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        query = {one.name for one in operation.parameters if one.location == "query"}
        if "page" not in query:
            raise InvalidArgumentError("operation", f"{operation.name} is not paginated; use call()")
        self._operation = operation
        self._request = operation.build(*args, **kwargs)
        self._sized = "page_size" in query
        page = self._request["params"].get("page")
        self.start: int = 0 if page is None else page

    def request(self, number: int, size: int | None) -> dict[str, Any]:
        """The arguments of `httpx.Client.request` for one page; with size None, page_size is as given."""
        params = {**self._request["params"], "page": number}
        if size is not None and self._sized:
            params["page_size"] = size
        return {**self._request, "params": params}

    def page(self, response: httpx.Response, number: int) -> Page[I]:
        """The page in a response; some lists respond with 204 when they are empty."""
        content = None if response.status_code == 204 else result_of(self._operation, response)
        if content is None:
            return Page([], number, None, None)
        if content.items is None:
            raise UnexpectedResponseError(
                f"{self._operation.method} {self._operation.path}: the page has no items"
            )
        reported, size, total = (
            value if isinstance(value := getattr(content.meta, name, None), int) else None
            for name in ("page", "page_size", "total_items")
        )
        return Page(list(content.items), number if reported is None else reported, size, total)
