"""List operations: from the number of a page to a request, and from its response to a page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textrequest_api.types import ListPages, Operation
from textrequest_ext._operations.responses import PageOf, raw_response_of, request_of, result_of
from textrequest_ext._pagination.prefetch import Settings
from textrequest_ext._pagination.rules import MAX_PAGE_SIZE, Page
from textrequest_ext.errors import InvalidArgumentError, UnexpectedResponseError

if TYPE_CHECKING:
    import httpx

    from textrequest_ext._raw_response import RawResponse

I = TypeVar("I")  # noqa: E741
F = TypeVar("F")


class ListRequest(Generic[I]):
    """A list operation with its arguments.

    They are checked and built once: invalid ones are reported by the call itself, and every page is
    requested with the same filters.

    start: the given page number, or 0. page_size: the given size of a page, or None if the pager is free
    to choose it. The default of the contract, 100, is not used: it needs ten times the requests.
    """

    def __init__(
        self, operation: Operation[..., PageOf[I] | None], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self._request = request_of(operation, *args, **kwargs)
        self._operation = operation
        self.kind = operation.pages.kind if operation.pages else ""
        if operation.pages:
            self._start_at_position(operation.pages)
            return
        query = _query_of(operation)
        if "page" not in query:
            raise InvalidArgumentError("operation", f"{operation.name} is not paginated; use call()")
        self._is_sized = "page_size" in query
        self.start = _given(self._request, "page", 0) or 0
        # Without the parameter, the size in a request has no effect.
        self.page_size = _given(self._request, "page_size", 1) if self._is_sized else MAX_PAGE_SIZE

    def _start_at_position(self, pages: ListPages) -> None:
        given = self._request["params"].get(pages.parameter)
        self.start = (given if pages.kind == "cursor" else _given(self._request, pages.parameter, 0)) or 0
        size = _given(self._request, pages.limit, 1) if pages.limit else None
        self.page_size = size or pages.maximum or None

    def settings(self, fetch: F) -> Settings[I, F]:
        """The settings of a pager that fetches the pages with this function."""
        return Settings(fetch, self.page, self.start, self.page_size, kind=self.kind)

    def request(self, number: Any, size: int) -> dict[str, Any]:
        """The arguments of `httpx.Client.request` for one page.

        number: of the page; its offset or its cursor in lists that have these.
        """
        pages = self._operation.pages
        position, limit = (pages.parameter, pages.limit) if pages else ("page", "page_size" * self._is_sized)
        params = {**self._request["params"]}
        if number or self.kind != "cursor":
            params[position] = number
        if limit and size:
            params[limit] = size
        return {**self._request, "params": params}

    def page(self, response: httpx.Response, number: int) -> Page[I]:
        """The page in a response; some lists respond with 204 when they are empty."""
        content = None if response.status_code == 204 else result_of(self._operation, response)
        if content is None:
            return Page([], number, None, None, response=raw_response_of(self._operation, response))
        if content.items is None:
            raise UnexpectedResponseError(
                f"{self._operation.method} {self._operation.path}: the page has no items"
            )
        if pages := self._operation.pages:
            return self._page_at_position(content, pages, raw_response_of(self._operation, response), number)
        meta = getattr(content, "meta", None)
        reported = _valid(meta, "page", 0)
        return Page(
            list(content.items),
            number if reported is None else reported,
            _valid(meta, "page_size", 1),
            _valid(meta, "total_items", 0),
            response=raw_response_of(self._operation, response),
        )

    def _page_at_position(
        self, content: PageOf[I], pages: ListPages, response: RawResponse[Any], position: Any
    ) -> Page[I]:
        items = list(content.items)
        total = _at(content, pages.total)
        total = total if _is_number(total, 0) else None
        if pages.kind == "cursor":
            following = _at(content, pages.next) or None
        else:
            following = position + len(items)
            # An empty page ends the list, and one that is not full and reaches the total.
            if not items or (total is not None and len(items) < (self.page_size or 1) and following >= total):
                following = None
        return Page(items, 0, None, total, response=response, next=following)


@cache
def _query_of(operation: Operation[..., Any]) -> frozenset[str]:
    """The names of its query parameters."""
    return frozenset(one.name for one in operation.parameters if one.location == "query")


def _at(content: Any, attributes: tuple[str, ...]) -> Any:
    """The value at a path of attributes, or None."""
    for name in attributes:
        content = getattr(content, name, None)
    return content if attributes else None


def _valid(meta: Any, name: str, minimum: int) -> int | None:
    """A number of the page's metadata, or None if it is missing or cannot be what it should."""
    value = getattr(meta, name, None)
    return value if _is_number(value, minimum) else None


def _given(request: dict[str, Any], name: str, minimum: int) -> int | None:
    """A number of the query, which may come from `extra_query`; None if it was not given."""
    value: Any = request["params"].get(name)
    if value is not None and not _is_number(value, minimum):
        raise InvalidArgumentError(name, f"must be an integer of at least {minimum}")
    return value  # type: ignore[no-any-return]


def _is_number(value: Any, minimum: int) -> bool:
    # A service counts with 64 bits at most.
    return isinstance(value, int) and not isinstance(value, bool) and minimum <= value < 2**63
