"""From answers to results: one thing, or one page of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textrequest_api.errors import ResponseParseError
from textrequest_ext.arguments import build_request
from textrequest_ext.errors import InvalidArgumentError, SendUnreadableError, UnexpectedResponseError
from textrequest_ext.walk import Page

if TYPE_CHECKING:
    import httpx

    from textrequest_api.types import Operation
    from textrequest_ext.operations import PageOf

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741


def result_of(operation: Operation[..., T], response: httpx.Response) -> T:
    """The result of a success; raises UnexpectedResponseError for one the contract does not know."""
    try:
        return operation.parse(response)
    except ResponseParseError as error:
        kind = SendUnreadableError if operation.sends_text else UnexpectedResponseError
        raise kind(
            f"{operation.method} {operation.path}: {error}",
            body=response.content,
            status_code=response.status_code,
            method=operation.method,
            path=operation.path,
        ) from error


class Listing(Generic[I]):
    """A list operation with its arguments, checked and built once, so that a mistake shows at the call
    and every page is asked for with the very same filters."""

    def __init__(
        self, operation: Operation[..., PageOf[I] | None], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        keywords = operation.build.__kwdefaults__ or {}
        if "page" not in keywords:
            raise InvalidArgumentError("operation", f"{operation.name} has no pages; use call()")
        self._operation = operation
        self._request = build_request(operation, args, kwargs)
        self._sized = "page_size" in keywords
        page = self._request["params"].get("page")
        self.start: int = 0 if page is None else page

    def request(self, number: int, size: int | None) -> dict[str, Any]:
        """The arguments of `httpx.Client.request` for one page; size None leaves it as it was given."""
        params = {**self._request["params"], "page": number}
        if size is not None and self._sized:
            params["page_size"] = size
        return {**self._request, "params": params}

    def page(self, response: httpx.Response, number: int) -> Page[I]:
        """The page in an answer; some lists answer 204 when there is nothing."""
        answer = None if response.status_code == 204 else result_of(self._operation, response)
        if answer is None:
            return Page([], number, None, None)
        if answer.items is None:
            raise UnexpectedResponseError(
                f"{self._operation.method} {self._operation.path}: a page without items"
            )
        asked, size, total = (
            value if isinstance(value := getattr(answer.meta, name, None), int) else None
            for name in ("page", "page_size", "total_items")
        )
        return Page(list(answer.items), number if asked is None else asked, size, total)
