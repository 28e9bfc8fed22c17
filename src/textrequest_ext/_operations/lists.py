"""List operations: from the number of a page to a request, and from its response to a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textrequest_api.types import ListPages, Operation
from textrequest_ext._operations.responses import I, PageOf, raw_response_of, request_of, result_of
from textrequest_ext._pagination.prefetch import Settings
from textrequest_ext._pagination.rules import MAX_PAGE_SIZE, Page
from textrequest_ext.errors import InvalidArgumentError, UnexpectedResponseError

if TYPE_CHECKING:
    import httpx

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
        self._pages = pages = operation.pages or _numbered_pages(operation)
        start = self._request["params"].get(pages.parameter)
        self.start = (start if pages.kind == "cursor" else _given(self._request, pages.parameter, 0)) or 0
        size = _given(self._request, pages.limit, 1) if pages.limit else None
        self.page_size = size or pages.maximum or None

    def settings(self, fetch: F) -> Settings[I, F]:
        """The settings of a pager that fetches the pages with this function."""
        return Settings(fetch, self.page, self.start, self.page_size, kind=self._pages.kind)

    def request(self, number: Any, size: int) -> dict[str, Any]:
        """The arguments of `httpx.Client.request` for one page.

        number: of the page; its offset or its cursor in lists that have these.
        """
        params = {**self._request["params"]}
        if number or self._pages.kind != "cursor":
            params[self._pages.parameter] = number
        if self._pages.limit and size:
            params[self._pages.limit] = size
        return {**self._request, "params": params}

    def page(self, response: httpx.Response, number: int) -> Page[I]:
        """The page in a response; some lists respond with 204 when they are empty."""
        raw = raw_response_of(self._operation, response)
        content = None if response.status_code == 204 else result_of(self._operation, response)
        if content is None:
            return Page([], number, None, None, response=raw)
        if content.items is None:
            raise UnexpectedResponseError(
                f"{self._operation.method} {self._operation.path}: the page has no items"
            )
        items = list(content.items)
        total = _valid(content, self._pages.total, 0)
        if self._pages.kind:
            following = self._following(content, number, len(items), total)
            return Page(items, 0, None, total, response=raw, next=following)
        reported = _valid(content, ("meta", "page"), 0)
        size = _valid(content, ("meta", "page_size"), 1)
        return Page(items, number if reported is None else reported, size, total, response=raw)

    def _following(self, content: PageOf[I], position: Any, count: int, total: int | None) -> Any:
        """The offset or the cursor of the next page; None after the last page."""
        if self._pages.kind == "cursor":
            return _at(content, self._pages.next) or None
        following = position + count
        # An empty page ends the list, and one that is not full and reaches the total.
        is_last = total is not None and count < (self.page_size or 1) and following >= total
        return None if is_last or not count else following


def _numbered_pages(operation: Operation[..., Any]) -> ListPages:
    """How to request the next page of a list whose pages have numbers, as most lists have."""
    query = {one.name for one in operation.parameters if one.location == "query"}
    if "page" not in query:
        raise InvalidArgumentError("operation", f"{operation.name} is not paginated; use call()")
    total = ("meta", "total_items")
    if "page_size" in query:
        return ListPages("", "page", total=total, limit="page_size")
    # Without the parameter, the size in a request has no effect.
    return ListPages("", "page", total=total, maximum=MAX_PAGE_SIZE)


def _at(content: Any, attributes: tuple[str, ...]) -> Any:
    """The value at a path of attributes, or None."""
    for name in attributes:
        content = getattr(content, name, None)
    return content if attributes else None


def _valid(content: Any, attributes: tuple[str, ...], minimum: int) -> int | None:
    """A number of a page, or None if it is missing or cannot be what it should."""
    value = _at(content, attributes)
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
